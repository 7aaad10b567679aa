"""The engine in this process, on a real PostgreSQL, beside engines in processes that can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings as django_settings

from controller.djangosettings import build_django_settings
from controller.settings import DatabaseSettings, Settings
from kit.settings import Secret
from kit.waiting import wait_for

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
DATABASE = "engine"


def build_settings(**values: Any) -> dict[str, Any]:
    """Django's settings, as the controller makes them."""
    return build_django_settings(Settings(secret_key=Secret("x"), builder_key=Secret("y"), **values))


if not django_settings.configured:  # models are imported with the test modules, before there is a database
    django_settings.configure(**build_settings())
    django.setup()


@pytest.fixture(scope="session")
def database(postgres: Any) -> Iterator[DatabaseSettings]:
    """The database that Django in this process is pointed at."""
    from django.core.management import call_command
    from django.db import connections

    postgres.create_database(DATABASE)
    values = DatabaseSettings(host="127.0.0.1", port=postgres.port, user="deis", name=DATABASE)
    connections.settings["default"].update(build_settings(database=values)["DATABASES"]["default"])
    call_command("migrate", verbosity=0)
    yield values
    connections["default"].close()
    connections["default"].close_pool()  # type: ignore[attr-defined]


@pytest.fixture
def make_engine(database: DatabaseSettings) -> Iterator[Callable[..., Any]]:
    from .trialkinds import build_engine

    engines = []

    def make(**options: Any) -> Any:
        engine = build_engine(database, owner=f"test-{uuid.uuid4().hex[:6]}", **options)
        engine.start()
        engines.append(engine)
        return engine

    yield make
    for engine in engines:
        engine.stop()


@pytest.fixture
def engine(make_engine: Callable[..., Any]) -> Any:
    return make_engine()


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(tmp_path)


class Trial:
    """An app's name of its own, the file in which operations tell what they do, and signs for them."""

    def __init__(self, directory: Path) -> None:
        self.app = f"app-{uuid.uuid4().hex[:6]}"
        self.log = directory / "log"
        self.directory = directory

    def request(self, app: str | None = None, **values: Any) -> Any:
        from controller.operations.rows import Request

        options = {name: values.pop(name) for name in ("idempotency_key", "wait_seconds") if name in values}
        data = {"log": str(self.log), **values}
        return Request(
            app_id=app or self.app, app_uuid=uuid.uuid4(), requested_by="tester", input=data, **options
        )

    def sign(self, name: str = "go") -> Path:
        return self.directory / name

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def wait_for_line(self, start: str, *, timeout: float = 10) -> None:
        wait_for(
            lambda: any(line.startswith(start) for line in self.lines()) or None,
            what=f"{start!r} in {self.lines()}",
            timeout=timeout,
            interval=0.02,
        )


@pytest.fixture
def start_process(database: DatabaseSettings) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Engines in processes of their own."""
    started = []

    def start(*, lease: float = 2.0) -> subprocess.Popen[str]:
        path = os.pathsep.join([str(HERE), str(ROOT / "controller"), str(ROOT / "kit")])
        owner = f"p-{uuid.uuid4().hex}"
        process = subprocess.Popen(
            [sys.executable, str(HERE / "runner.py"), str(database.port), DATABASE, owner, str(lease)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
