"""``python -m controller`` migrates the database and serves; ``... manage COMMAND`` runs a management command."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import django
from django.conf import settings as django_settings

from controller.settings import Settings, build_django_settings
from kit.errors import PlatformError
from kit.kube import Kube
from kit.logs import configure

if TYPE_CHECKING:
    from controller.server import WorkerApplication


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    try:
        settings = Settings.from_env(env)
        configure("DEBUG" if settings.debug else "INFO")
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
    """Migrations run in a process of their own, so that the one that forks workers stays small."""
    migrated = subprocess.run([sys.executable, "-m", "controller", "manage", "deis_migrate"], env=dict(env))
    if migrated.returncode:
        return migrated.returncode
    from controller.server import Gunicorn

    Gunicorn(settings, load=partial(load_worker, settings, env)).run()
    return 0


def load_worker(settings: Settings, env: Mapping[str, str]) -> WorkerApplication:
    """In a worker, after the fork."""
    django.setup()
    from controller.server import WorkerApplication

    return WorkerApplication(settings, kube=Kube.load(env))


def manage(settings: Settings, arguments: Sequence[str], env: Mapping[str, str]) -> int:
    django.setup()
    from controller import commands

    return commands.run(settings, arguments, env=env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
