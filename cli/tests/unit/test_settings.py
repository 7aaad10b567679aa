from __future__ import annotations

from pathlib import Path

from deis.settings import Settings


def test_an_empty_environment() -> None:
    assert Settings.from_env({}) == Settings()


def test_every_variable() -> None:
    env = {
        "HOME": "/home/u",
        "DEIS_PROFILE": "",
        "DEIS_DRINK_OF_CHOICE": "tea",
        "DEIS_DEBUG": "1",
        "PATH": "/bin",
        "SSL_CERT_DIR": "/certs",
        "CURL_CA_BUNDLE": "/other",
    }
    assert Settings.from_env(env) == Settings("/home/u", "", "tea", True, "/bin", "/certs")


def test_an_empty_drink_is_coffee() -> None:
    assert Settings.from_env({"DEIS_DRINK_OF_CHOICE": ""}).drink == "coffee"


def test_the_readme_names_every_variable() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    source = (Path(__file__).parents[2] / "deis/settings.py").read_text()
    for name in ("HOME", "DEIS_PROFILE", "DEIS_DRINK_OF_CHOICE", "DEIS_DEBUG", "PATH", "SSL_CERT_FILE"):
        assert name in source
        assert f"`{name}`" in readme
