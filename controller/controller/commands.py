"""Management commands: ours, else the framework's. Source: API specification, section 13.4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg
from django.core.management import execute_from_command_line

from controller.apiserver import load_kube
from controller.assembly import build_tools
from controller.database import close_pool, connect, migrate, release_leases
from controller.owners import build_owner
from controller.services.republication import publish_all
from controller.settings import Settings


def run(settings: Settings, arguments: Sequence[str], *, env: Mapping[str, str]) -> int:
    """The exit status."""
    try:
        return run_command(settings, arguments, env=env)
    finally:
        close_pool()


def run_command(settings: Settings, arguments: Sequence[str], *, env: Mapping[str, str]) -> int:
    name = arguments[0] if arguments else "help"
    if name == "healthchecks":
        return check_health(settings)
    if name == "deis_migrate":
        migrate(settings.database)
        release_leases(settings.database, build_owner(settings))  # of the container that was here before
    elif name == "load_db_state_to_k8s":
        publish_all(
            build_tools(settings, kube=load_kube(env, verify=settings.verifies_kubernetes)), say=print
        )
    else:
        execute_from_command_line(["manage", *arguments])
    return 0


def check_health(settings: Settings) -> int:
    print("Checking if database is alive")
    try:
        with connect(settings.database) as connection:
            connection.execute("SELECT 0")
    except psycopg.Error as error:
        print("There was a problem connecting to the database")
        print(error)
        return 1
    print("Database is alive!")
    return 0
