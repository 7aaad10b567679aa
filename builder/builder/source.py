"""What was pushed, read from git's objects: nothing is checked out, no link is followed out of the tree.

Every function takes the directory and the environment that the hook had: pushed objects are in git's quarantine
until the push is accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from builder.apps import App
from builder.errors import GitFailed, ReceiveError
from builder.refs import ObjectId
from builder.repositories import run_git, store_output
from kit.errors import PlatformError
from kit.objectstore import ObjectStore

ARCHIVE_FAILED = 128


@dataclass(frozen=True, kw_only=True)
class PushedTree:
    """One pushed commit."""

    app: App
    commit: ObjectId
    repository: Path
    environment: Mapping[str, str]

    def list_root(self) -> frozenset[str]:
        """Return the names at the root.

        Raises:
            ReceiveError: the commit is not there, which is how deleting a branch ends.
        """
        result = run_git(
            ["ls-tree", "-z", "--name-only", self.commit.full],
            cwd=self.repository,
            environment=self.environment,
        )
        if result.returncode != 0:
            raise self.archive_error(ARCHIVE_FAILED)
        return frozenset(result.stdout.decode(errors="surrogateescape").rstrip("\0").split("\0"))

    def read_file(self, name: str) -> bytes | None:
        """Return a file at the root, also by a link that stays within the tree; None if there is none."""
        result = run_git(
            ["cat-file", "--batch", "--follow-symlinks"],
            cwd=self.repository,
            environment=self.environment,
            stdin=f"{self.commit.full}:{name}\n".encode(),
        )
        header, _, content = result.stdout.partition(b"\n")
        words = header.split(b" ")
        if result.returncode != 0 or len(words) != 3 or words[1] != b"blob":
            return None
        return content[: int(words[2])]

    def store_archive(self, store: ObjectStore, key: str) -> None:
        """Put the source as a compressed archive to object storage, as git writes it.

        Raises:
            ReceiveError: git could not write it, or it could not be stored.
        """
        arguments = ["archive", "--format=tar.gz", "-1", self.commit.full]
        try:
            store_output(store, key, arguments, cwd=self.repository, environment=self.environment)
        except GitFailed as error:
            raise self.archive_error(error.status) from error
        except PlatformError as error:
            raise ReceiveError(f"uploading {self.app}.tar.gz to {key} ({error})") from error

    def archive_error(self, status: int) -> ReceiveError:
        command = f"git archive --format=tar.gz --output={self.app}.tar.gz {self.commit.short}"
        return ReceiveError(f"running {command} (exit status {status})")
