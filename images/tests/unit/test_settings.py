"""Where caches lie."""

from pathlib import Path

import pytest

from images.errors import SettingsError
from images.settings import SYSTEM_CACHE, Settings, choose_cache_dir


def test_root_shares_one_cache_and_others_have_their_own():
    assert choose_cache_dir({}, is_root=True) == SYSTEM_CACHE
    assert choose_cache_dir({"HOME": "/home/ann"}, is_root=False) == Path(
        "/home/ann/.cache/deis-workflow/build-cache"
    )
    assert choose_cache_dir({"XDG_CACHE_HOME": "/c"}, is_root=False) == Path("/c/deis-workflow/build-cache")


def test_missing_certificates_are_a_sentence(tmp_path):
    with pytest.raises(SettingsError, match="install ca-certificates"):
        Settings.from_env({"SSL_CERT_FILE": str(tmp_path / "none")})
