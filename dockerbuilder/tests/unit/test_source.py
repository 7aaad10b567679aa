"""The pushed source: what is no archive is refused with a sentence."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import urllib3

from dockerbuilder.errors import SourceMissing
from dockerbuilder.settings import Places
from dockerbuilder.source import unpack


def test_an_archive_that_tar_gives_up_early_is_refused_with_a_sentence(tmp_path: Path) -> None:
    answer = urllib3.HTTPResponse(io.BytesIO(b"this is no archive" * 1_000_000), preload_content=False)
    with pytest.raises(SourceMissing, match=r"^The pushed source could not be unpacked\.$"):
        unpack(answer, Places(workspace=tmp_path, secrets=tmp_path))
