from pathlib import Path

import pytest

from slugbuilder.environ import build_environ, write_ca_bundle
from slugbuilder.errors import BuildError
from slugbuilder.settings import Places, Settings


def test_proxies_mirrors_and_certificates_reach_the_build_and_nothing_else_does() -> None:
    settings = Settings.from_env(
        {
            "SOURCE_VERSION": "abc12345",
            "HTTPS_PROXY": "http://proxy:3128",
            "DEIS_MIRRORS": '{"pypi": "https://mirror/pypi", "npm": "https://mirror/npm", "docker.io": "http://m:5000"}',
            "SOMETHING_ELSE": "secret",
        }
    )
    environ = build_environ(settings, Places(), ca_bundle=Path("/tmp/ca.crt"), request_id="r")
    assert environ["SOURCE_VERSION"] == "abc12345"
    assert environ["HTTPS_PROXY"] == "http://proxy:3128"
    assert environ["UV_DEFAULT_INDEX"] == environ["PIP_INDEX_URL"] == "https://mirror/pypi"
    assert environ["npm_config_registry"] == "https://mirror/npm"
    assert environ["GIT_SSL_CAINFO"] == environ["NODE_EXTRA_CA_CERTS"] == "/tmp/ca.crt"
    assert "SOMETHING_ELSE" not in environ


def test_without_extra_certificates_the_programs_keep_their_own() -> None:
    environ = build_environ(Settings(), Places(), ca_bundle=None, request_id="r")
    assert "SSL_CERT_FILE" not in environ


def test_mirrors_that_are_no_json_are_named() -> None:
    with pytest.raises(BuildError, match="DEIS_MIRRORS"):
        Settings.from_env({"DEIS_MIRRORS": "docker.io=http://m"})


def test_the_bundle_has_public_and_extra_certificates(tmp_path: Path) -> None:
    system, extra, target = tmp_path / "system", tmp_path / "extra", tmp_path / "bundle"
    system.write_text("public")
    assert write_ca_bundle(target, extra=extra, system=system) is None
    extra.write_text("private")
    assert write_ca_bundle(target, extra=extra, system=system) == target
    assert target.read_text() == "public\nprivate"
