"""What the environment says. No other module reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

DEFAULT_DRINK = "coffee"
DEFAULT_TERM = "xterm"
DEFAULT_PATIENCE = 60.0
LONGEST_PATIENCE = 86_400.0
DEFAULT_EDITOR = "vi"


class Settings(NamedTuple):
    """The client's environment variables; a tuple and not a dataclass, for a quick start."""

    home: str = ""
    """HOME, on Windows HOMEDRIVE and HOMEPATH; the settings file and the public keys are below it."""
    profile: str | None = None
    """DEIS_PROFILE: name or path of the settings file. Set but empty is a name, too."""
    drink: str = DEFAULT_DRINK
    """DEIS_DRINK_OF_CHOICE, named while processes are scaled and restarted."""
    debug: bool = False
    """DEIS_DEBUG=1 shows the traceback of an error."""
    path: str = ""
    """PATH, searched for plugins."""
    ca_bundle: str | None = None
    """SSL_CERT_FILE, else SSL_CERT_DIR, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE: certificates to trust."""
    term: str = DEFAULT_TERM
    """TERM: kind of the user's terminal, told to interactive runs."""
    patience: float = DEFAULT_PATIENCE
    """DEIS_TIMEOUT: seconds that the controller may be silent while something is read; 0 is for ever."""
    colours: bool = True
    """False if NO_COLOR is set to anything."""
    editor: str = DEFAULT_EDITOR
    """VISUAL, else EDITOR: what config:edit runs."""
    cache: str = ""
    """XDG_CACHE_HOME, else ``.cache`` below HOME: where completion keeps names. Empty: nowhere."""

    @classmethod
    def from_env(cls, env: Mapping[str, str], *, windows: bool = os.name == "nt") -> Settings:
        """Nothing here can be malformed, so nothing raises."""
        bundles = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
        return cls(
            home=find_home(env, windows=windows),
            cache=find_cache(env, home=find_home(env, windows=windows)),
            profile=env.get("DEIS_PROFILE"),
            drink=env.get("DEIS_DRINK_OF_CHOICE") or DEFAULT_DRINK,
            debug=env.get("DEIS_DEBUG", "").lower() in ("1", "true"),
            path=env.get("PATH", ""),
            term=env.get("TERM") or DEFAULT_TERM,
            colours=not env.get("NO_COLOR"),
            editor=env.get("VISUAL") or env.get("EDITOR") or DEFAULT_EDITOR,
            ca_bundle=next((env[name] for name in bundles if env.get(name)), None),
            patience=parse_patience(env.get("DEIS_TIMEOUT", "")),
        )


def find_home(env: Mapping[str, str], *, windows: bool) -> str:
    """Never the user database's: a script that sets HOME has one place for everything."""
    if windows:
        return env.get("HOME") or env.get("HOMEDRIVE", "") + env.get("HOMEPATH", "")
    return env.get("HOME", "")


def find_cache(env: Mapping[str, str], *, home: str) -> str:
    """A relative path counts as not given."""
    given = env.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):
        return given
    return os.path.join(home, ".cache") if home else ""


def parse_patience(text: str) -> float:
    """Seconds, a day at most; what is no number of them counts as not given."""
    return min(float(text), LONGEST_PATIENCE) if text.replace(".", "", 1).isdecimal() else DEFAULT_PATIENCE
