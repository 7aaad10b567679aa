"""Direct connections, and migrations at start, one controller at a time."""

from __future__ import annotations

import logging

import psycopg
from django.core.management import call_command
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError
from django.db import connection as django_connection
from django.db.migrations.executor import MigrationExecutor

from controller.operations.channel import CHANNEL
from controller.settings import DatabaseSettings
from kit.waiting import wait_for

log = logging.getLogger(__name__)

MIGRATION_LOCK = 0x0DE15 + 1
PATIENCE = 300.0
CONNECT_TIMEOUT = 5
STATEMENT_TIMEOUT = 5000
AWAY = ("08", "53", "57P")
"""Classes of SQLSTATE: connections, resources, and a server that ends or has not begun yet."""


def connect(settings: DatabaseSettings) -> psycopg.Connection:
    """A connection of one's own, outside of the pool."""
    return psycopg.connect(
        host=settings.host or None,
        port=settings.port,
        user=settings.user,
        password=settings.password.reveal(),
        dbname=settings.name,
        connect_timeout=CONNECT_TIMEOUT,
        autocommit=True,
    )


def is_alive(settings: DatabaseSettings) -> bool:
    """Whether it answers a question."""
    try:
        with connect(settings) as connection:
            connection.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT}")
            connection.execute("SELECT 0")
    except psycopg.Error:
        return False
    return True


def is_away(error: DatabaseError) -> bool:
    """Whether the database could not be asked: no connection, or one that it closed, or no room for another.

    Everything else that it says is about the question.
    """
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(AWAY)


def release_leases(settings: DatabaseSettings, owner: str) -> None:
    """Whoever begins with ``owner`` is known to be dead: nobody needs to wait for the leases to run out."""
    with connect(settings) as connection:
        pattern = owner.replace("%", "").replace("_", "\\_") + "%"
        connection.execute(
            "UPDATE deis_operation SET lease_until = now() WHERE state = 'running' AND owner LIKE %s",
            [pattern],
        )
        connection.execute("SELECT pg_notify(%s, 'queued ')", [CHANNEL])


def is_current() -> bool:
    """Whether every migration of this version has been applied; much quicker than to migrate by nothing."""
    executor = MigrationExecutor(django_connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def migrate(settings: DatabaseSettings) -> None:
    """Wait for the database, then bring it to this version; others wait meanwhile."""
    wait_for(lambda: is_alive(settings) or None, what="the database", timeout=PATIENCE, interval=1.0)
    with connect(settings) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        if not is_current():
            call_command("migrate", interactive=False, verbosity=1)
    close_pool()


def close_pool() -> None:
    """Before a process ends: its threads would keep it waiting for 15 s."""
    django_connection.close()
    django_connection.close_pool()  # type: ignore[attr-defined] # of the driver for PostgreSQL
