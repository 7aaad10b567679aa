"""The import check, run on small trees that break its rules one at a time."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2]
KIT = '[project]\nname = "deis-kit"\n[project.optional-dependencies]\nkube = ["urllib3", "orjson"]\n'
ROUTER = '[project]\nname = "deis-router"\ndependencies = ["deis-kit[kube]"]\n'
CONTROLLER = '[project]\nname = "deis-controller"\ndependencies = ["django"]\n'


@pytest.fixture
def check(tmp_path):
    """Return what the check says of a tree that holds these lines as well."""
    (tmp_path / "scripts").mkdir()
    for name in ("check_imports.py", "lock.py"):
        shutil.copy(SCRIPTS / name, tmp_path / "scripts")
    for name, project in (("kit", KIT), ("router", ROUTER), ("controller", CONTROLLER)):
        (tmp_path / name / name).mkdir(parents=True)
        (tmp_path / name / "pyproject.toml").write_text(project)
        (tmp_path / name / name / "__init__.py").write_text("")

    def run(path="kit/kit/errors.py", line=""):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"{line}\n")
        script = tmp_path / "scripts/check_imports.py"
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=30)
        assert (done.returncode == 0) == (done.stderr == "")
        return done.stderr

    return run


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("kit/kit/errors.py", "import json"),
        ("router/router/sync.py", "from kit.kube import Kube"),
        ("router/router/sync.py", "import urllib3"),
        ("router/router/sync.py", "from router import model"),
        ("router/tests/unit/test_sync.py", "import pytest"),
        ("router/router/sync.py", "if TYPE_CHECKING:\n    import yaml"),
        ("controller/controller/services/apps.py", "from controller.model import App"),
        ("controller/controller/model/apps.py", "from django.db import models"),
        ("e2e/test_push.py", "import requests"),
    ],
)
def test_what_is_allowed(check, path, line):
    assert check(path, line) == ""


@pytest.mark.parametrize(
    ("path", "line", "said"),
    [
        (
            "router/router/sync.py",
            "import controller",
            "router may not import controller, another component's",
        ),
        ("router/tests/unit/test_x.py", "from controller import x", "another component's"),
        (
            "kit/kit/errors.py",
            "def f():\n    from router import x",
            "kit/kit/errors.py:2: kit may not import",
        ),
        ("e2e/test_push.py", "from kit.waiting import wait_for", "may import nothing of ours"),
        (
            "router/router/sync.py",
            "import yaml",
            "yaml is not among the dependencies in router/pyproject.toml",
        ),
        ("controller/controller/model/a.py", "from controller import api", "a layer above it"),
        ("controller/controller/model/__init__.py", "from ..api import views", "a layer above it"),
        (
            "controller/controller/operations/a.py",
            "from controller.services.apps import b",
            "a layer above it",
        ),
        ("controller/controller/cluster/a.py", "from django.db import models", "may not import django.db"),
        (
            "controller/controller/cluster/a.py",
            "import controller.model.apps",
            "may not import controller.model",
        ),
        ("kit/kit/kube/a.py", "from kit.objectstore import open_store", "may not import kit.objectstore"),
    ],
)
def test_what_is_not(check, path, line, said):
    assert said in check(path, line)
