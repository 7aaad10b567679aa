"""Names that the controller knows, for completion: kept for a minute in a file that only the user can read.

Nobody at a prompt waits for a controller that is slow, or reads its errors: what was known before is offered then.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from deis.api import Json, get_array, get_object
from deis.controllers import build_path
from deis.errors import CliError
from deis.files import replace_file
from deis.session import Session

FRESH = 60.0
"""Seconds that names are offered without a question."""
JUST_ASKED = 2.0
"""Seconds after which a word that nothing begins with is asked about: its name may be new."""
PATIENCE = 1.0
"""Seconds that somebody waits for the answer."""
LIMIT = 1000

Cache = dict[str, tuple[float, list[str]]]


class Kind(NamedTuple):
    """Where names of a kind are, and which they are in the controller's answer."""

    path: str
    """Below the app; one that begins with ``/`` is below the API's root."""
    pick: Callable[[Json], Iterable[Any]]


def pick_results(key: str) -> Callable[[Json], Iterable[Any]]:
    return lambda page: [item.get(key) for item in get_array(page, "results")]


def pick_keys(key: str) -> Callable[[Json], Iterable[Any]]:
    return lambda data: get_object(data, key)


KINDS = {
    "addresses": Kind("settings", lambda settings: get_array(settings, "whitelist")),
    "apps": Kind("/apps", pick_results("id")),
    "certificates": Kind("/certs", pick_results("name")),
    "domains": Kind("domains", pick_results("domain")),
    "keys": Kind("/keys", pick_results("id")),
    "labels": Kind("settings", pick_keys("label")),
    "operations": Kind("operations", pick_results("uuid")),
    "processes": Kind("pods", pick_results("name")),
    "releases": Kind(
        "releases", lambda page: [f"v{item.get('version')}" for item in get_array(page, "results")]
    ),
    "tags": Kind("config", pick_keys("tags")),
    "types": Kind("", pick_keys("structure")),
    "users": Kind("perms", lambda perms: get_array(perms, "users")),
    "variables": Kind("config", pick_keys("values")),
}


def find_names(session: Session, kind: str, *, app: str, typed: str) -> list[str]:
    """The names of a kind, for a word of which ``typed`` is there; none if nobody is logged in.

    ``app``: that of the command line, if it names one.
    """
    where = KINDS[kind]
    try:
        name = "" if where.path.startswith("/") else session.find_app(app or None)
        path = locate_cache(session)
    except CliError:
        return []
    cache, entry = read_cache(path), f"{kind} {name}"
    asked, known = cache.get(entry, (0.0, []))
    if is_fresh(time.time() - asked, known, typed=typed):
        return known
    names = ask_in_time(session, where, name)
    if names is None:
        return known
    recent = {key: value for key, value in cache.items() if time.time() - value[0] < FRESH}
    write_cache(path, recent | {entry: (time.time(), names)})
    return names


def is_fresh(age: float, known: list[str], *, typed: str) -> bool:
    """Whether names that were asked for ``age`` seconds ago will do."""
    found = any(word.startswith(typed) for word in known)
    return 0 <= age < (FRESH if found else JUST_ASKED)


def locate_cache(session: Session) -> str:
    """A file for each user of each controller; the names of files tell neither."""
    profile = session.profile
    owner = hashlib.sha256(f"{profile.controller}\0{profile.username}".encode()).hexdigest()[:32]
    return f"{session.settings.cache}/deis/names-{owner}.json"


def read_cache(path: str) -> Cache:
    """What is kept; a file that is missing or of another form counts as empty."""
    try:
        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        return {
            str(entry): (float(asked), [str(name) for name in names])
            for entry, (asked, names) in data.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def write_cache(path: str, cache: Cache) -> None:
    """As a whole or not at all; without a place to write it is asked for again each time."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        replace_file(path, json.dumps(cache))
    except OSError:
        return


def ask_in_time(session: Session, kind: Kind, app: str) -> list[str] | None:
    """What the controller says, if it says something soon. The thread of a question that takes longer is left."""
    answers: list[list[str]] = []

    def ask() -> None:
        try:
            answers.append(
                list(filter(is_offered, kind.pick(session.client.get(build_names_path(kind, app)))))
            )
        except CliError:
            return

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return answers[0] if answers else None


def build_names_path(kind: Kind, app: str) -> str:
    path = (
        f"/v2{kind.path}/"
        if kind.path.startswith("/")
        else build_path("apps", app, *filter(None, [kind.path]))
    )
    return f"{path}?limit={LIMIT}"


def is_offered(name: Any) -> bool:
    """A name that a line of a shell can have, whatever the controller sends."""
    return isinstance(name, str) and bool(name) and name.isprintable()
