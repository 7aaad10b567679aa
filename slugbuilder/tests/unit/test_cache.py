import os
import tarfile
from pathlib import Path

from slugbuilder.cache import compute_fingerprint, write_cache


def test_only_names_and_contents_count(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one")
    (tmp_path / "folder").mkdir()
    before = compute_fingerprint(tmp_path)
    os.utime(tmp_path / "a", (1, 1))
    (tmp_path / "a").chmod(0o600)
    (tmp_path / "empty").mkdir()
    assert compute_fingerprint(tmp_path) == before
    (tmp_path / "folder" / "b").write_text("two")
    assert compute_fingerprint(tmp_path) != before


def test_a_directory_without_files_has_no_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert compute_fingerprint(tmp_path) == ""


def test_the_archive_holds_everything(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "a").write_text("one")
    write_cache(cache, tmp_path / "cache.tgz")
    with tarfile.open(tmp_path / "cache.tgz") as archive:
        assert "./a" in archive.getnames()
