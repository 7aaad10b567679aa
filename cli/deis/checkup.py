"""What ``deis doctor`` looks at: each check says what is so and, if that is wrong, how to mend it."""

from __future__ import annotations

import os
import socket
import ssl
import stat
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from deis import API_VERSION, git
from deis.api import Answer
from deis.controllers import build_path
from deis.errors import ApiError, CliError
from deis.publickeys import list_public_keys
from deis.replies import is_compatible
from deis.session import Session
from deis.transport import build_context, is_loopback

OK, WARNING, BAD = "ok", "warning", "bad"
CLOCK_SECONDS = 60.0
"""How far clocks may be apart before somebody wonders about times in logs and certificates."""
CERTIFICATE_DAYS = 14
SOCKET_SECONDS = 10.0
STRANGER = 401
"""What a controller says to one who is not logged in."""


class Finding(NamedTuple):
    name: str
    state: str
    detail: str
    fix: str = ""


def examine(session: Session, app: str | None) -> Iterator[Finding]:
    """Look at one thing after the other, as far as one builds on the other."""
    yield from check_git_program()
    settings = list(check_settings(session))
    yield from settings
    if any(finding.state == BAD for finding in settings):
        return
    greeting: list[Answer] = []
    yield check_controller(session, greeting)
    if greeting:
        yield check_version(greeting[0])
        yield check_clock(greeting[0], now=time.time())
    yield check_tls(session)
    if greeting:
        login = check_login(session)
        yield login
        if login.state == OK:
            yield check_keys(session)
    yield from check_repository(session, app, reachable=bool(greeting))
    yield check_builder(session)


def check_git_program() -> Iterator[Finding]:
    try:
        yield Finding("git", OK, git.run_git("--version").strip())
    except CliError as error:
        yield Finding("git", WARNING, str(error), "install git; without it nothing can be pushed")


def check_settings(session: Session) -> Iterator[Finding]:
    path = session.profile_path
    try:
        profile = session.profile
    except CliError as error:
        yield Finding("settings", BAD, str(error).splitlines()[0], "deis login <controller>")
        return
    yield Finding("settings", OK, f"{path}: {profile.username} at {profile.controller}")
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if os.name == "posix" and mode & 0o077:
        yield Finding("settings", WARNING, f"others may read the token in {path}", f"chmod 600 {path}")


def check_controller(session: Session, greeting: list[Answer]) -> Finding:
    """Puts what the controller says into ``greeting``, if one answers."""
    url = session.profile.controller
    began = time.monotonic()
    try:
        answer = session.client.greet()
    except CliError as error:
        return Finding("controller", BAD, str(error), advise_unreachable(str(error), url))
    milliseconds = (time.monotonic() - began) * 1000
    if answer.status != STRANGER:
        fix = "check the address: deis login <controller>"
        return Finding(
            "controller", BAD, f"{url} answers with status {answer.status}, no controller does", fix
        )
    greeting.append(answer)
    return Finding("controller", OK, f"{url} answers in {milliseconds:.0f} ms")


def advise_unreachable(reason: str, url: str) -> str:
    """What to do about the commonest reasons."""
    if "certificate" in reason:
        return (
            "name the authority's certificate in SSL_CERT_FILE, or have the controller's certificate renewed"
        )
    if "looked up" in reason:
        return f"check the address {url}, and this machine's DNS"
    if "refused" in reason:
        return f"nothing listens at {url}: is the router running, and the port right?"
    return "check the network between here and the controller, and http_proxy, https_proxy and no_proxy"


def check_version(answer: Answer) -> Finding:
    theirs = answer.api_version or "none"
    if is_compatible(answer.api_version, client=API_VERSION):
        return Finding("version", OK, f"API {API_VERSION} here, {theirs} there")
    older = "the controller" if theirs < API_VERSION else "this client"
    return Finding("version", WARNING, f"API {API_VERSION} here, {theirs} there", f"upgrade {older}")


def check_clock(answer: Answer, *, now: float) -> Finding:
    try:
        theirs = parsedate_to_datetime(answer.date).timestamp()
    except (TypeError, ValueError):
        return Finding("clock", OK, "the controller does not tell its time")
    apart = now - theirs
    if abs(apart) <= CLOCK_SECONDS:
        return Finding("clock", OK, "like the controller's, but for a few seconds")
    side = "ahead of" if apart > 0 else "behind"
    detail = f"this clock is {abs(apart):.0f} s {side} the controller's"
    return Finding("clock", WARNING, detail, "set the one that is wrong: timedatectl set-ntp true")


def check_tls(session: Session) -> Finding:
    profile = session.profile
    parts = urlsplit(profile.controller)
    host = parts.hostname or ""
    if parts.scheme != "https":
        if is_loopback(host) or host.endswith(".localhost"):
            return Finding("tls", OK, "none, and none needed on one machine")
        fix = f"deis login https://{parts.netloc}"
        return Finding("tls", WARNING, "the token travels in clear text", fix)
    if not profile.ssl_verify:
        fix = f"deis login {profile.controller} --ssl-verify=true"
        return Finding("tls", WARNING, "the controller's certificate is not checked", fix)
    try:
        left = read_days_left(host, parts.port or 443, session.settings.ca_bundle)
    except (OSError, ValueError, CliError) as error:
        return Finding("tls", BAD, f"{error}", advise_unreachable("certificate", profile.controller))
    if left < CERTIFICATE_DAYS:
        return Finding("tls", WARNING, f"the certificate expires in {left} days", "renew it")
    return Finding("tls", OK, f"the certificate is trusted and good for {left} days")


def read_days_left(host: str, port: int, ca_bundle: str | None) -> int:
    """Until the server's certificate expires."""
    context = build_context(ca_bundle, verify=True)
    with (
        socket.create_connection((host, port), timeout=SOCKET_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        cert = secured.getpeercert() or {}
    expires = ssl.cert_time_to_seconds(str(cert.get("notAfter", "")))
    return int((expires - datetime.now(timezone.utc).timestamp()) // 86400)


def check_login(session: Session) -> Finding:
    try:
        user = session.client.get(build_path("auth", "whoami"))
    except ApiError as error:
        return Finding("login", BAD, str(error), f"deis login {session.profile.controller}")
    except CliError as error:
        return Finding("login", BAD, str(error), "see what is said of the controller")
    role = ", an administrator" if user.get("is_superuser") else ""
    return Finding("login", OK, f"the controller knows {user.get('username')}{role}")


def check_keys(session: Session) -> Finding:
    """Whether a key of this machine is one of the user's at the controller."""
    known = session.client.list(build_path("keys"), session.profile.limit).results
    try:
        local, _ = list_public_keys(session.settings.home)
    except CliError:
        local = []
    mine = {get_key_body(key.public) for key in local}
    if any(get_key_body(str(key.get("public"))) in mine for key in known):
        return Finding("key", OK, "a key of ~/.ssh is known to the controller")
    fix = "deis keys:add" if local else "ssh-keygen -t ed25519, then deis keys:add"
    if known:
        return Finding("key", WARNING, "no key of ~/.ssh is known; another may be in your agent", fix)
    return Finding("key", WARNING, "the controller knows no key of yours, so nothing can be pushed", fix)


def get_key_body(public: str) -> str:
    """The key without its comment."""
    return " ".join(public.split()[:2])


def check_repository(session: Session, app: str | None, *, reachable: bool) -> Iterator[Finding]:
    host = session.controller_host
    try:
        remotes = git.list_remotes()
    except CliError:
        yield Finding("remote", OK, "this directory is no git repository")
        remotes = []
    else:
        found = git.find_app(remotes, host)
        fix = f"deis git:remote -a {app or '<app>'}"
        if found:
            yield Finding("remote", OK, f"a git remote of this directory leads to {found}")
        else:
            yield Finding("remote", WARNING, "no git remote of this directory leads to this controller", fix)
    name = app or git.find_app(remotes, host)
    if name and reachable:
        yield check_app(session, name)


def check_app(session: Session, name: str) -> Finding:
    try:
        session.client.get(build_path("apps", name))
    except ApiError as error:
        fix = f"deis create {name}" if error.status == 404 else "ask its owner: deis perms:create <you>"
        return Finding("app", BAD, f"{name}: {error}", fix)
    except CliError as error:
        return Finding("app", BAD, f"{name}: {error}", "see what is said of the controller")
    return Finding("app", OK, f"{name} is there, and you may use it")


def check_builder(session: Session) -> Finding:
    """Whether the port is reached that ``git push`` goes to."""
    host = git.build_builder_host(session.controller_host)
    place = f"{host}:{git.BUILDER_PORT}"
    fix = f"port {git.BUILDER_PORT} must lead to the router, and {host} must be a name that is known"
    try:
        greeting = read_greeting(host, git.BUILDER_PORT)
    except OSError as error:
        return Finding(
            "builder", WARNING, f"{place}: {error.strerror or error}, so nothing can be pushed", fix
        )
    if not greeting.startswith(b"SSH-"):
        return Finding("builder", WARNING, f"{place} is no SSH server", fix)
    return Finding("builder", OK, f"{place} answers")


def read_greeting(
    host: str, port: int, *, connect: Callable[..., socket.socket] = socket.create_connection
) -> bytes:
    with connect((host, port), timeout=SOCKET_SECONDS) as connection:
        return connection.recv(64)
