"""``deis keys``: the SSH keys that ``git push`` is let in with."""

from __future__ import annotations

import os

from deis.controllers import build_path
from deis.errors import CliError
from deis.parameters import argument, limit_option
from deis.program import Noun, pass_session
from deis.publickeys import PublicKey, get_public_key, list_public_keys
from deis.session import Session
from deis.tables import render_count

noun = Noun("keys", default="list", column=17, label="SSH keys")


@noun.verb(
    "list",
    usage="[options]",
    about="list SSH keys for the logged in user",
    summary="Lists SSH keys for the logged in user.",
)
@limit_option
@pass_session
def list_keys(session: Session, *, limit: int | None) -> None:
    page = session.client.list(build_path("keys"), session.find_limit(limit))
    session.console.answer(page.document)
    session.console.print(f"=== {session.profile.username} Keys{render_count(len(page.results), page.total)}")
    keys = [(str(key["id"]), str(key["public"])) for key in page.results]
    width = max((len(name) for name, _ in keys), default=0)
    for name, public in keys:
        session.console.print(f"{name:<{width}} {public[:16]}...{public[-10:]}")


@noun.verb(
    "add",
    usage="[<name>] [<key>]",
    about="add an SSH key",
    summary="Adds SSH keys for the logged in user.\n\n"
    "Without a key file one of those in ~/.ssh can be chosen.",
)
@argument(
    "<name>", "name of the key; one word that is a file is the key file instead", "name", required=False
)
@argument("<key>", "path of the public key", "path", required=False)
@pass_session
def add(session: Session, name: str | None, path: str | None) -> None:
    client = session.client
    if name and not path and os.path.isfile(name):
        name, path = None, name
    key = get_public_key(path) if path else choose_key(session)
    session.console.write(f"Uploading {key.file_name} to deis...")
    session.console.flush()
    try:
        added = client.post(build_path("keys"), {"id": name or key.id, "public": key.public})
    except CliError:
        session.console.print()
        raise
    session.console.answer(added)
    session.console.print(" done")


def choose_key(session: Session) -> PublicKey:
    """Let the user pick one of the keys in ``~/.ssh``, or name another file."""
    console = session.console
    keys, wrong = list_public_keys(session.settings.home)
    for error in wrong:
        console.print(str(error))
    console.print("Found the following SSH public keys:")
    for number, key in enumerate(keys, 1):
        console.print(f"{number}) {key.file_name} {key.id}")
    console.print("0) Enter path to pubfile (or use keys:add <key_path>)")
    answer = console.ask("Which would you like to use with Deis? ")
    choice = parse_choice(answer, most=len(keys))
    return keys[choice - 1] if choice else get_public_key(console.ask("Enter the path to the pubkey file: "))


def parse_choice(answer: str, *, most: int) -> int:
    try:
        choice = int(answer)
    except ValueError as error:
        raise CliError(f"{answer} is not a valid integer") from error
    if not 0 <= choice <= most:
        raise CliError(f"{answer} is not a valid option")
    return choice


@noun.verb(
    "remove",
    usage="<key>",
    about="remove an SSH key",
    summary="Removes an SSH key for the logged in user.",
)
@argument("<key>", "name of the key", "key")
@pass_session
def remove(session: Session, key: str) -> None:
    client = session.client
    session.console.write(f"Removing {key} SSH Key...")
    session.console.flush()
    try:
        client.delete(build_path("keys", key, slash=False))
    except CliError:
        session.console.print()
        raise
    session.console.answer({"id": key})
    session.console.print(" done")
