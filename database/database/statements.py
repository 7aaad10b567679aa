"""The SQL that brings roles and databases to what the settings say. Pure: one statement a text."""

from database.settings import Settings

SUPERUSER = "postgres"
"""Owner of the server; reached by the socket only."""


def quote_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def build_role_statements(settings: Settings) -> list[str]:
    """Make the role unless it exists, and give it its password: what every start does."""
    name = quote_name(settings.user)
    missing = f"NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {quote_text(settings.user)})"
    return [
        f"DO $do$ BEGIN IF {missing} THEN CREATE ROLE {name}; END IF; END $do$",
        f"ALTER ROLE {name} WITH LOGIN PASSWORD {quote_text(settings.password.reveal())}",
    ]


def build_first_statements(settings: Settings) -> list[str]:
    """Make role and database: what the first start does in addition."""
    name, owner = quote_name(settings.database), quote_name(settings.user)
    if settings.database == SUPERUSER:  # initdb makes this one itself
        return [*build_role_statements(settings), f"ALTER DATABASE {name} OWNER TO {owner}"]
    return [*build_role_statements(settings), f"CREATE DATABASE {name} OWNER {owner}"]
