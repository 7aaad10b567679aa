"""PostgreSQL's programs: their command lines, and running them.

Settings that must hold whatever an operator changes are on the command line; all others are his, by
``ALTER SYSTEM``. Continuous archiving will add ``archive_command`` and its like to ``build_server_command``.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from database.errors import ProgramFailed
from database.settings import Settings
from database.statements import SUPERUSER

ACCESS_RULES = f"""\
# Written at every start. The socket is open to the server's own user only (unix_socket_permissions).
local all all trust
host all {SUPERUSER} all reject
host all all all scram-sha-256
"""
SHOWN_LINES = 20


def build_init_command(directory: Path) -> list[str]:
    return [
        "initdb",
        f"--pgdata={directory}",
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--data-checksums",
    ]


def build_single_command(directory: Path) -> list[str]:
    """Return the command of a server for one session without a network, which ends at the first error.

    It must not log statements: one has the password.
    """
    options = ("exit_on_error=true", "log_min_error_statement=panic", "log_statement=none")
    flags = [flag for option in options for flag in ("-c", option)]
    return ["postgres", "--single", "-D", str(directory), *flags, SUPERUSER]


def build_server_command(settings: Settings) -> list[str]:
    options = {
        "listen_addresses": settings.listen_addresses,
        "port": str(settings.port),
        "unix_socket_directories": str(settings.run_dir),
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
    }
    flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
    return ["postgres", "-D", str(settings.data), *flags]


def build_ready_command(settings: Settings) -> list[str]:
    """Return the command that succeeds once the server takes connections."""
    address = [f"--host={settings.run_dir}", f"--port={settings.port}"]
    return [
        "pg_isready",
        "--quiet",
        *address,
        f"--username={SUPERUSER}",
        f"--dbname={SUPERUSER}",
        "--timeout=3",
    ]


def run_statements(directory: Path, statements: Sequence[str]) -> None:
    """Run SQL in a data directory that no server has.

    Raises:
        ProgramFailed: a statement failed, or the directory can't be recovered.
    """
    run_program(build_single_command(directory), stdin="".join(f"{statement}\n" for statement in statements))


def run_program(argv: Sequence[str], *, stdin: str = "") -> None:
    try:
        done = subprocess.run(argv, input=stdin, text=True, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise ProgramFailed(f"The program {argv[0]} is not installed.") from error
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-SHOWN_LINES:])
        raise ProgramFailed(f"{argv[0]} ended with status {done.returncode}:\n{tail}")
