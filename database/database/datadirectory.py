"""PostgreSQL's data directory: made whole or not at all, and opened by one server at a time."""

import fcntl
import logging
import os
import shutil
from pathlib import Path

from database.errors import VolumeBusy
from database.server import ACCESS_RULES, build_init_command, run_program, run_statements
from database.settings import Settings
from database.statements import build_first_statements, build_role_statements
from kit.errors import Timeout
from kit.waiting import wait_for

log = logging.getLogger(__name__)

LOCK_TIMEOUT = 60.0


def apply_lock(settings: Settings) -> int:
    """Take the volume for this process, and for the server that it becomes; return the open file.

    Raises:
        VolumeBusy: another server on this node has it.
    """
    settings.volume.mkdir(parents=True, exist_ok=True)
    lock = os.open(settings.volume / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        wait_for(lambda: try_lock(lock), what="the volume", timeout=LOCK_TIMEOUT)
    except Timeout as error:
        os.close(lock)
        raise VolumeBusy(f"Another server still has the volume at {settings.volume}.") from error
    os.set_inheritable(lock, True)
    return lock


def try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def apply_run_directory(settings: Settings) -> None:
    """Make the socket's directory, empty: what is there was left by a server that is gone."""
    settings.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for leftover in settings.run_dir.glob(".s.PGSQL.*"):
        leftover.unlink()


def apply_data_directory(settings: Settings) -> None:
    """Make the directory at the first start, bring role and password up to date at every later one.

    Whoever calls holds the lock, so a process id that an earlier server left is not another server's.
    """
    if (settings.data / "PG_VERSION").exists():
        settings.data.chmod(0o700)  # a mount with fsGroup opens it to the group, which PostgreSQL refuses
        (settings.data / "postmaster.pid").unlink(missing_ok=True)
        run_statements(settings.data, build_role_statements(settings))
    else:
        create_data_directory(settings)
    write_whole(settings.data / "pg_hba.conf", ACCESS_RULES)


def create_data_directory(settings: Settings) -> None:
    """Make it beside its place, and rename it when it is complete: a crash leaves nothing half done."""
    log.info("making a new database in %s", settings.data)
    unfinished = settings.data.with_name(f"{settings.data.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    run_program(build_init_command(unfinished))
    run_statements(unfinished, build_first_statements(settings))
    unfinished.rename(settings.data)
    sync(settings.volume)
    log.info("PostgreSQL init process complete; ready for start up.")


def write_whole(path: Path, text: str) -> None:
    """Replace a file at once."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(text)
    temporary.chmod(0o600)
    temporary.rename(path)


def sync(directory: Path) -> None:
    """Have a rename in the directory survive a power cut."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
