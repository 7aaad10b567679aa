"""Built-in buildpacks in the image that builds: each way to name packages, from source to a slug that runs."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drive import Done, Platform, run

SLUG_USER = 2000
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
MOUNTED = "/etc/deis/trusted-ca/ca.crt"
"""This machine's certificates; the platform has them by a chart value."""
PYPROJECT = """
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["six==1.17.0"]
[dependency-groups]
dev = ["iniconfig==2.1.0"]
"""
POETRY = '[tool.poetry]\npackage-mode = false\n[tool.poetry.group.dev.dependencies]\niniconfig = "2.1.0"\n'
INDEX = "python3 -c 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)'"
POETRY_LOCK = f'poetry source add --priority=primary index "$({INDEX})" && poetry lock --no-interaction'
"""By the index that every tool knows; poetry's own interface to it is not in every mirror."""
PIPFILE = '[packages]\nsix = "==1.17.0"\n[dev-packages]\niniconfig = "==2.1.0"\n'
PACKAGE = {
    "name": "shop",
    "version": "1.0.0",
    "private": True,
    "scripts": {
        "start": "node .",
        "build": "node -e \"require('is-odd'); require('fs').writeFileSync('built', '1')\"",
    },
    "dependencies": {"is-number": "7.0.0"},
    "devDependencies": {"is-odd": "3.0.1"},
}
YARN = "npm exec --yes --package=yarn@1.22.22 -- yarn install --ignore-scripts"
YARN_4 = "npm exec --yes --package=@yarnpkg/cli-dist@4.18.1 -- yarn install --mode=update-lockfile"
PNPM = "npm exec --yes --package=pnpm@12.21.0 -- pnpm install --lockfile-only"


@dataclass(frozen=True)
class Case:
    """How packages are named: files, and the command with which their author makes the lock file."""

    files: dict[str, str]
    says: str
    lock: str = "true"


PYTHON = {
    "requirements": Case({"requirements.txt": "six==1.17.0\n"}, "Installing requirements.txt"),
    "pyproject": Case({"pyproject.toml": PYPROJECT}, "Installing the dependencies of pyproject.toml"),
    "uv": Case({"pyproject.toml": PYPROJECT}, "Installing uv.lock", "uv lock --python /usr/bin/python3"),
    "poetry": Case({"pyproject.toml": PYPROJECT + POETRY}, "Installing poetry.lock", POETRY_LOCK),
    "pipenv": Case({"Pipfile": PIPFILE}, "Installing Pipfile.lock", "pipenv lock"),
}
NODE = {
    "npm": Case({}, "Running: npm ci", "npm install --package-lock-only"),
    "npm without a lock": Case({}, "Running: npm install"),
    "yarn": Case({}, "Running: yarn install --frozen-lockfile", YARN),
    "yarn 4": Case({"packageManager": "yarn@4.18.1"}, "Running: yarn install --immutable", YARN_4),
    "pnpm": Case({}, "Running: pnpm install --frozen-lockfile", PNPM),
}
SETTINGS = """
import os
SECRET_KEY = os.environ["SECRET_KEY"]
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_URL, STATIC_ROOT = "/static/", os.environ.get("STATIC_ROOT")
STATICFILES_DIRS = ["assets"]
"""
DJANGO = {
    "requirements.txt": "django==5.2.8\n",
    "manage.py": (
        'import os, sys\nos.environ["DJANGO_SETTINGS_MODULE"] = "settings"\n'
        "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n"
    ),
    "settings.py": SETTINGS,
    "assets/shop.css": "body {}\n",
    "Procfile": "web: python manage.py runserver\n",
}


class Workbench:
    """One build in a container of the image that builds, and its slug in one of the image that runs."""

    def __init__(self, platform: Platform, images: dict[str, str], directory: Path) -> None:
        self._env, self._images, self._directory = platform.env, images, directory
        for name in ("workspace/source", "workspace/results", "workspace/cache", "tmp", "config", "app"):
            (directory / name).mkdir(parents=True)
        self._containers: list[str] = []

    def write(self, files: dict[str, str], *, below: str = "workspace/source") -> None:
        for name, text in files.items():
            path = self._directory / below / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def in_builder(self, command: str) -> Done:
        mounts = {"workspace": "/workspace", "tmp": "/tmp", "config": "/workspace-env"}
        return self._run("slugbuilder", command, mounts, cwd="/workspace/source")

    def build(self) -> Done:
        return self.in_builder("exec python3 -m slugbuilder build")

    def in_app(self, command: str) -> Done:
        """The command as a process of the app, with the slug unpacked."""
        with tarfile.open(self._directory / "workspace/results/slug.tgz") as slug:
            slug.extractall(self._directory / "app", filter="tar")
        return self._run(
            "slugrunner", f"exec /runner/init {shlex.quote(command)}", {"app": "/app"}, cwd="/app"
        )

    def _run(self, image: str, command: str, mounts: dict[str, str], *, cwd: str) -> Done:
        for path in (self._directory, *self._directory.rglob("*")):
            os.chown(path, SLUG_USER, SLUG_USER, follow_symlinks=False)
        container = run("buildah", "from", self._images[image], env=self._env).out.strip()
        self._containers.append(container)
        options = [f"--volume={self._directory / name}:{place}" for name, place in mounts.items()]
        options += [f"--volume={TRUSTED}:{MOUNTED}:ro", f"--user={SLUG_USER}:{SLUG_USER}"]
        options += [
            f"--env={name}={MOUNTED}"
            for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        ]
        return run(
            "buildah", "run", "--isolation=chroot", "--network=host", f"--workingdir={cwd}", *options, container,
            "--", "bash", "-c", command, env=self._env,
        )  # fmt: skip

    def close(self) -> None:
        for container in self._containers:
            run("buildah", "rm", container, env=self._env)


@pytest.fixture(scope="module")
def images(platform: Platform) -> dict[str, str]:
    """What the platform builds and runs with."""

    def read(name: str) -> str:
        return str(platform.kubectl_json("get", "configmap", f"{name}-config", "-n", "deis")["data"]["image"])

    return {name: read(name) for name in ("slugbuilder", "slugrunner")}


@pytest.fixture
def bench(platform: Platform, images: dict[str, str], tmp_path: Path) -> Iterator[Workbench]:
    bench = Workbench(platform, images, tmp_path)
    yield bench
    bench.close()
    shutil.rmtree(tmp_path, ignore_errors=True)


def must(done: Done) -> str:
    assert done.code == 0, done.text
    return done.text


@pytest.mark.parametrize("name", PYTHON)
def test_python_packages(bench: Workbench, name: str) -> None:
    case = PYTHON[name]
    bench.write(case.files | {"Procfile": "web: python -m http.server $PORT\n"})
    must(bench.in_builder(case.lock))
    printed = must(bench.build())
    assert "-----> Python app detected" in printed
    assert f"-----> {case.says}" in printed
    check = (
        "import importlib.util, six; assert not importlib.util.find_spec('iniconfig'); print(six.__version__)"
    )
    assert must(bench.in_app(f'python -c "{check}"')) == "1.17.0\n"


@pytest.mark.parametrize("name", NODE)
def test_node_packages(bench: Workbench, name: str) -> None:
    case = NODE[name]
    bench.write(
        {"package.json": json.dumps(PACKAGE | case.files), "index.js": "setInterval(() => {}, 1000)\n"}
    )
    must(bench.in_builder(f"{case.lock} && rm -rf node_modules"))
    printed = must(bench.build())
    assert "-----> Node.js app detected" in printed
    assert f"-----> {case.says}" in printed
    assert "Default process types for Node.js -> web" in printed
    check = "require('fs').readFileSync('built'); require('is-number'); try { require('is-odd') } catch { console.log('pruned') }"
    assert must(bench.in_app(f'node -e "{check}"')) == "pruned\n"


def test_a_pipfile_without_its_lock_is_refused_with_a_sentence(bench: Workbench) -> None:
    bench.write({"Pipfile": PIPFILE, "Procfile": "web: x\n"})
    done = bench.build()
    assert done.code == 1
    assert "There is a Pipfile and no Pipfile.lock." in done.text


def test_djangos_static_files(bench: Workbench) -> None:
    bench.write(DJANGO)
    bench.write({"SECRET_KEY": "s", "STATIC_ROOT": "collected"}, below="config")
    printed = must(bench.build())
    assert "-----> Running: python manage.py collectstatic --noinput" in printed
    assert must(bench.in_app("cat collected/shop.css")) == "body {}\n"


def test_static_files_that_can_not_be_collected(bench: Workbench) -> None:
    bench.write(DJANGO)
    bench.write({"SECRET_KEY": "s"}, below="config")
    done = bench.build()
    assert done.code == 1
    assert "deis config:set DISABLE_COLLECTSTATIC=1" in done.text
    bench.write({"DISABLE_COLLECTSTATIC": "1"}, below="config")
    bench.in_builder("rm -rf /tmp/*")
    assert "collectstatic" not in must(bench.build())
