"""Writing files so that nobody ever sees half of one."""

import os
import shutil
from pathlib import Path


def write_file(path: Path, content: str | bytes, *, mode: int = 0o644) -> bool:
    """Make the file so, by a rename; return whether that changed anything."""
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data and path.stat().st_mode & 0o777 == mode:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(data)
    temporary.rename(path)
    return True


def link(path: Path, target: Path) -> None:
    """Make ``path`` a symbolic link to ``target``."""
    if path.is_symlink() and path.readlink() == target:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.rename(path)


def delete_tree(path: Path) -> None:
    """Delete a directory that may not be there."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
