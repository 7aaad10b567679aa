"""``python -m controller`` migrates the database and serves; ``... manage COMMAND`` runs a management command."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.conf import settings as django_settings

from controller.apiserver import load_kube
from controller.djangosettings import build_django_settings
from controller.loglines import be_verbose
from controller.settings import Settings
from kit.errors import PlatformError
from kit.logs import configure

if TYPE_CHECKING:
    from controller.server import WorkerApplication


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    try:
        settings = Settings.from_env(env)
        configure("DEBUG" if settings.debug else "INFO")
        if settings.log_verbose:
            be_verbose()
        quieten()
        django_settings.configure(**build_django_settings(settings))
        if arguments[:1] == ["manage"]:
            return manage(settings, arguments[1:], env)
        return serve(settings, env)
    except PlatformError as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1


def quieten() -> None:
    """Libraries that tell too much; access lines go to stdout in their own form."""
    for name in ("urllib3", "asyncio", "uvicorn.error", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("django.request").setLevel(logging.ERROR)  # a 404 is no event
    access = logging.getLogger("controller.access")
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    access.addHandler(handler)
    access.propagate = False


def serve(settings: Settings, env: Mapping[str, str]) -> int:
    """All code is loaded once, then forked: workers start sooner and share its memory.

    The process that forks opens no connection and starts no thread; so migrations run in a child, too.
    """
    share_counts(settings.process.metrics_port)
    django.setup()
    from controller.server import Gunicorn, preload

    preload(settings)
    gc.freeze()
    migrated = run_in_child(partial(prepare_database, settings, env))
    if migrated:
        return migrated
    Gunicorn(settings, load=partial(load_worker, settings, env)).run()
    return 0


def share_counts(port: int) -> None:
    """Tell the library that counts where files of several processes are: it looks once, when it is imported."""
    if not port:
        return
    directory = Path(tempfile.gettempdir()) / f"deis-controller-metrics-{port}"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)


def prepare_database(settings: Settings, env: Mapping[str, str]) -> None:
    try:
        manage(settings, ["deis_migrate"], env)
    except PlatformError as error:
        sys.exit(f"ERROR {error}")


def run_in_child(action: Callable[[], object]) -> int:
    """The exit status of a forked process that does this."""
    child = multiprocessing.get_context("fork").Process(target=action)
    child.start()
    child.join()
    return child.exitcode or 0


def load_worker(settings: Settings, env: Mapping[str, str]) -> WorkerApplication:
    """In a worker, after the fork."""
    from controller.server import WorkerApplication

    return WorkerApplication(settings, kube=load_kube(env, verify=settings.verifies_kubernetes))


def manage(settings: Settings, arguments: Sequence[str], env: Mapping[str, str]) -> int:
    django.setup()
    from controller import commands

    return commands.run(settings, arguments, env=env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
