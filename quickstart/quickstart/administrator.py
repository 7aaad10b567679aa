"""The first user, its password file, its profile for `deis`, and its SSH key."""

from __future__ import annotations

import json
import os
import secrets
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from .commands import Commands
from .errors import CommandFailed, QuickstartError
from .settings import Settings

USERNAME = "admin"
BUILDER_PORT = "2222"
KEY_ID = "quickstart"


def ensure_administrator(settings: Settings) -> None:
    """Register the administrator, or log in again with the password kept from an earlier run."""
    password = get_password(settings.password_file)
    post(  # refused when it was registered earlier: the login tells whether the password is still right
        f"{settings.controller_url}/v2/auth/register/",
        {"username": USERNAME, "password": password, "email": f"{USERNAME}@{settings.domain}"},
    )
    login = post(f"{settings.controller_url}/v2/auth/login/", {"username": USERNAME, "password": password})
    if "token" not in login:
        raise QuickstartError(
            f"The administrator's password in {settings.password_file} is not the one this platform knows: {login}. "
            "Write the right one into that file, or start again with `make cluster-reset`."
        )
    profile = {
        "username": USERNAME,
        "ssl_verify": True,
        "controller": settings.controller_url,
        "token": login["token"],
        "response_limit": 0,
    }
    write_private(settings.profile, json.dumps(profile, separators=(",", ":")))


def get_password(path: Path) -> str:
    """The password kept in the file; made on the first call."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24) + "\n")
    return path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; nobody else can read it at any moment."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)


def post(url: str, body: dict[str, str]) -> dict[str, Any]:
    """The JSON object of the answer, whatever its status."""
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as response:
            text = response.read()
    except urllib.error.HTTPError as error:
        text = error.read()
    except OSError as error:
        raise QuickstartError(f"The API does not answer at {url}: {error}.") from error
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise QuickstartError(f"{url} answered something that is not JSON: {text[:200]!r}.") from error
    return answer if isinstance(answer, dict) else {"detail": answer}


def ensure_ssh_key(commands: Commands, settings: Settings) -> None:
    """A key of the quick start's own, known to the controller; and the builder's host keys, known to ssh."""
    is_known = KEY_ID in commands.run("deis", "keys:list")
    if not settings.ssh_key.exists():
        if is_known:  # its private half was deleted here
            commands.run("deis", "keys:remove", KEY_ID)
            is_known = False
        commands.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", KEY_ID, "-f", str(settings.ssh_key))
    if not is_known:
        commands.run("deis", "keys:add", str(settings.ssh_key.with_suffix(".pub")))
    host = f"deis-builder.{settings.domain}"
    keys = [
        line
        for line in commands.run("ssh-keyscan", "-4", "-p", BUILDER_PORT, host).splitlines()
        if line.startswith("[") and len(line.split()) == 3
    ]
    if not keys:
        raise CommandFailed(f"The builder does not answer ssh at {host}, port {BUILDER_PORT}.")
    write_private(settings.known_hosts, "\n".join(keys) + "\n")
