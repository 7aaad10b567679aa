"""What is stored, read past the controller: to see that a refused request has changed nothing."""

from __future__ import annotations

from typing import Any

import psycopg

OF_APPS = ("app_permission", "config", "build", "release", "domain", "app_settings", "tls", "service", "run")
OF_NOBODY = ("app", "certificate", "key", "user")


def read_rows(connection: psycopg.Connection, app: str) -> list[Any]:
    """A digest of all rows of an app, by table; when they were touched last does not count."""
    columns = dict.fromkeys(OF_APPS, "app_id") | {"app": "id"}
    parts = (
        f"SELECT '{table}', md5(coalesce(string_agg((to_jsonb(t) - 'updated')::text, '|' ORDER BY t::text), ''))"
        f" FROM deis_{table} t WHERE {column} = %(app)s"
        for table, column in columns.items()
    )
    return connection.execute(" UNION ALL ".join(parts), {"app": app}).fetchall()


def count_rows(connection: psycopg.Connection) -> list[Any]:
    """How many there are of what is not below an app."""
    parts = (f"SELECT '{table}', count(*) FROM deis_{table}" for table in OF_NOBODY)
    return connection.execute(" UNION ALL ".join(parts)).fetchall()
