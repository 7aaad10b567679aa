"""Servers of a bench: PostgreSQL and the controller as in the live tests, which they share their code with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from live.conftest import KUBECONFIG, Client, Controller, Postgres, build_controller_env
from live.listeners import Listener
from live.test_slice import IMAGE, SERVER

from kit.kube import Kube

__all__ = [
    "IMAGE",
    "SERVER",
    "Client",
    "Controller",
    "Listener",
    "Postgres",
    "load_kube",
    "serving_controller",
    "serving_postgres",
]

DEFAULTS = ("GUNICORN_WORKERS", "WEB_THREADS", "OPERATION_LEASE", "OPERATION_THREADS")
"""Settings that the tests choose and a bench leaves as they are."""


def load_kube() -> Kube:
    """The administrator's client."""
    return Kube.load({"KUBECONFIG": str(KUBECONFIG)})


@contextmanager
def serving_postgres(database: str) -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="postgres-") as directory:
        server = Postgres(Path(directory))
        server.start()
        try:
            server.create_database(database)
            yield server
        finally:
            server.stop()


@contextmanager
def serving_controller(
    postgres: Postgres,
    database: str,
    *,
    router: Listener | None = None,
    program: tuple[str, ...] = ("-m", "controller"),
    **env: str,
) -> Iterator[Controller]:
    """With the settings it has by default."""
    values = build_controller_env(postgres, database, router=router)
    for name in DEFAULTS:
        del values[name]
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        server = Controller({**values, **env}, log=Path(directory) / "log", program=program)
        try:
            yield server.start()
        except BaseException:
            print(server.log.read_text()[-20000:])
            raise
        finally:
            server.stop()
