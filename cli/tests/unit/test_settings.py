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
    assert Settings.from_env(env) == Settings(
        "/home/u", "", "tea", True, "/bin", "/certs", cache="/home/u/.cache"
    )


def test_the_place_of_what_is_kept() -> None:
    assert Settings.from_env({"HOME": "/home/u", "XDG_CACHE_HOME": "/var/tmp/u"}).cache == "/var/tmp/u"
    assert Settings.from_env({"HOME": "/home/u", "XDG_CACHE_HOME": "relative"}).cache == "/home/u/.cache"
    assert Settings.from_env({}).cache == ""


def test_the_home_on_windows() -> None:
    env = {"HOMEDRIVE": "C:", "HOMEPATH": "\\Users\\u"}
    assert Settings.from_env(env, windows=True).home == "C:\\Users\\u"
    assert Settings.from_env(env, windows=False).home == ""
    assert Settings.from_env({**env, "HOME": "/home/u"}, windows=True).home == "/home/u"


def test_patience() -> None:
    assert Settings.from_env({"DEIS_TIMEOUT": "0.5"}).patience == 0.5
    assert Settings.from_env({"DEIS_TIMEOUT": "0"}).patience == 0
    assert Settings.from_env({"DEIS_TIMEOUT": "9" * 400}).patience == 86_400
    for wrong in ("", "soon", "-1", "1.2.3"):
        assert Settings.from_env({"DEIS_TIMEOUT": wrong}).patience == 60


def test_an_empty_drink_is_coffee() -> None:
    assert Settings.from_env({"DEIS_DRINK_OF_CHOICE": ""}).drink == "coffee"


def test_the_readme_names_every_variable() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    source = (Path(__file__).parents[2] / "deis/settings.py").read_text()
    for name in ("HOME", "DEIS_PROFILE", "DEIS_DRINK_OF_CHOICE", "DEIS_DEBUG", "PATH", "SSL_CERT_FILE"):
        assert name in source
        assert f"`{name}`" in readme
