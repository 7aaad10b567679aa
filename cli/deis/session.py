"""What a command works with: the user's settings file, the controller, the console."""

from __future__ import annotations

from functools import cached_property

from deis import git
from deis.api import Client
from deis.changes import Patience
from deis.console import Console
from deis.controllers import get_host
from deis.profiles import NO_TOKEN, Profile, Token, load_profile, locate_profile
from deis.settings import Settings


class Session:
    """One run of the program. The settings file is read when it is first needed."""

    def __init__(self, settings: Settings, console: Console, *, config: str | None = None) -> None:
        self.settings = settings
        self.console = console
        self._warned = False
        self.patience = Patience()
        self.profile_path = locate_profile(config, settings.profile, home=settings.home)

    @cached_property
    def profile(self) -> Profile:
        return load_profile(self.profile_path)

    @cached_property
    def client(self) -> Client:
        """The controller of the settings file, as its user."""
        profile = self.profile
        return self.connect(profile.controller, token=profile.token, ssl_verify=profile.ssl_verify)

    def connect(self, controller: str, *, token: Token = NO_TOKEN, ssl_verify: bool) -> Client:
        """Some controller; nothing is sent yet."""
        return Client(
            controller,
            token=token,
            ssl_verify=ssl_verify,
            ca_bundle=self.settings.ca_bundle,
            patience=self.settings.patience,
            warn=self._warn_once,
        )

    def _warn_once(self, warning: str) -> None:
        """A run says it once, however many connections it makes."""
        if not self._warned:
            self._warned = True
            self.console.write_error(warning)

    def forget_profile(self) -> None:
        """Read the settings file anew when it is next needed: a login has changed it."""
        self.__dict__.pop("profile", None)
        self.__dict__.pop("client", None)

    @property
    def controller_host(self) -> str:
        return get_host(self.profile.controller)

    def find_app(self, given: str | None) -> str:
        """The app of ``--app``, else the one this directory belongs to. Needs a login either way."""
        host = self.controller_host
        return given or git.detect_app(host)

    def find_limit(self, given: int | None) -> int:
        """Page size: that of ``--limit``, else of the settings file; -1 counts as not given."""
        return self.profile.limit if given is None or given == -1 else given
