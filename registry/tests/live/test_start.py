"""Starting the registry when something is missing."""

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]


def start(**env):
    paths = os.pathsep.join(str(CHECKOUT / name) for name in ("registry", "kit"))
    return subprocess.run(
        [sys.executable, "-m", "registry"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": paths, **env},
        capture_output=True,
        text=True,
        timeout=50,
    )


def test_every_missing_setting_is_named_at_once():
    ended = start(REGISTRY_STORAGE="in-cluster")

    assert ended.returncode == 1
    assert "REGISTRY_MODE is missing" in ended.stderr
    assert "DEIS_OBJECTSTORAGE_SERVICE_HOST is missing" in ended.stderr


def test_missing_credentials_are_named(tmp_path):
    ended = start(REGISTRY_MODE="push", REGISTRY_STORAGE="s3", CREDENTIALS_DIR=str(tmp_path))

    assert ended.returncode == 1
    assert "registry-bucket is missing" in ended.stderr


def test_a_store_that_never_answers_is_fatal_in_the_end(tmp_path, unused_port):
    for name in ("accesskey", "secretkey"):
        (tmp_path / name).write_text("x")

    ended = start(
        REGISTRY_MODE="push",
        REGISTRY_STORAGE="in-cluster",
        CREDENTIALS_DIR=str(tmp_path),
        DEIS_OBJECTSTORAGE_SERVICE_HOST="127.0.0.1",
        DEIS_OBJECTSTORAGE_SERVICE_PORT=str(unused_port),
        STORAGE_TIMEOUT="0",
    )

    assert ended.returncode == 1
    assert "Error creating the registry bucket" in ended.stderr


def test_refused_credentials_are_fatal_at_once(tmp_path, store):
    (tmp_path / "accesskey").write_text("somebody")
    (tmp_path / "secretkey").write_text("else")

    ended = start(**{**store, "REGISTRY_MODE": "push", "CREDENTIALS_DIR": str(tmp_path)})

    assert ended.returncode == 1
    assert "Error creating the registry bucket" in ended.stderr
