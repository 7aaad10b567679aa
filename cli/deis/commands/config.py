"""``deis config``: environment variables of an app."""

from __future__ import annotations

import os
from collections.abc import Mapping

from deis import configvars
from deis.api import Json, get_object
from deis.changes import change
from deis.controllers import build_path
from deis.errors import CliError
from deis.files import read_text, write_private
from deis.parameters import app_option, argument, option, wait_options
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import format_value, render_pairs

noun = Noun("config", default="list", column=19)

ENV_FILE = ".env"


@noun.verb(
    "list",
    usage="[options]",
    about="list environment variables for an app",
    summary="Lists environment variables for an application.",
)
@option("--oneline", "print all as KEY=value on one line")
@option("--diff", "print KEY=value, one a line, fit for comparison")
@app_option
@pass_session
def list_config(session: Session, *, oneline: bool, diff: bool, app: str | None) -> None:
    name = session.find_app(app)
    values = get_values(session, name)
    session.console.answer({"app": name, "values": values})
    if oneline:
        session.console.write(configvars.render_oneline(values))
    elif diff:
        session.console.write(configvars.render_lines(values))
    else:
        session.console.write(render_config(name, values))


def get_values(session: Session, app: str) -> dict[str, str]:
    values = get_object(session.client.get(build_path("apps", app, "config")), "values")
    return {key: format_value(value) for key, value in values.items()}


def render_config(app: str, values: Mapping[str, str]) -> str:
    return f"=== {app} Config\n{render_pairs(values, gap=6)}"


@noun.verb(
    "set",
    usage="<var>=<value> [<var>=<value>...] [options]",
    about="set environment variables for an app",
    summary="Sets environment variables for an application.",
)
@argument("<var>=<value>", "a variable and its value, such as MODE=test", "pairs", nargs=-1, required=True)
@app_option
@wait_options
@pass_session
def set_config(session: Session, pairs: tuple[str, ...], *, app: str | None) -> None:
    apply_values(session, session.find_app(app), pairs)


def apply_values(session: Session, app: str, pairs: tuple[str, ...]) -> None:
    """Set the variables, make a release of it, and show all that is set then."""
    values = configvars.parse_pairs(pairs)
    if "SSH_KEY" in values:
        values["SSH_KEY"] = configvars.encode_ssh_key(values["SSH_KEY"], read=_read_if_file)
    for key in values:
        if "HEALTHCHECK_" in key:
            session.console.print(configvars.render_healthcheck_notice(key))
    answer = _post_values(session, app, dict(values), "Creating config... ")
    version = get_object(answer, "values").get("WORKFLOW_RELEASE")
    session.console.print(f"done, {version}" if version else "done")
    _show_after(session, app)


def _read_if_file(path: str) -> str | None:
    return read_text(path) if os.path.isfile(path) else None


def _post_values(session: Session, app: str, values: Json, progress: str) -> Json:
    answer: Json = change(
        session, "POST", build_path("apps", app, "config"), {"values": values}, said=progress
    )
    return answer


def _show_after(session: Session, app: str) -> None:
    values = get_values(session, app)
    session.console.print()
    session.console.answer({"app": app, "values": values})
    session.console.write(render_config(app, values))


@noun.verb(
    "unset",
    usage="<key>... [options]",
    about="unset environment variables for an app",
    summary="Unsets an environment variable for an application.",
)
@argument("<key>", "a variable's name", "keys", nargs=-1, required=True)
@app_option
@wait_options
@pass_session
def unset_config(session: Session, keys: tuple[str, ...], *, app: str | None) -> None:
    name = session.find_app(app)
    _post_values(session, name, dict.fromkeys(keys), "Removing config... ")
    session.console.print("done")
    _show_after(session, name)


@noun.verb(
    "edit",
    usage="[options]",
    about="edit environment variables in your editor",
    summary="Opens all environment variables in $VISUAL or $EDITOR, and makes one release of what you change.",
)
@app_option
@wait_options
@pass_session
def edit(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    before = get_values(session, name)
    after = _edit_until_readable(session, configvars.render_for_editor(name, before))
    if before and not after:
        raise CliError(
            "no variable is left in the file, so nothing is changed; 'deis config:unset' removes them"
        )
    changes = configvars.plan_changes(before, after)
    if not changes:
        session.console.answer({"app": name, "values": before})
        session.console.print("Nothing has changed")
        return
    _post_values(session, name, dict(changes), "Creating config... ")
    session.console.print("done")
    _show_after(session, name)


def _edit_until_readable(session: Session, text: str) -> dict[str, str]:
    """Back to the editor, if the user wants to, with a text that cannot be read."""
    from deis.editor import edit_text

    while True:
        text = edit_text(text, editor=session.settings.editor)
        try:
            return configvars.parse_edited(text)
        except CliError as error:
            session.console.write_error(f"{error}\n".replace("\n\n", "\n"))
            if not session.console.confirm("edit again? (y/N) "):
                raise CliError("nothing is changed") from error


@noun.verb(
    "pull",
    usage="[options]",
    about="extract environment variables to .env",
    summary="Extract all environment variables from an application for local use.\n\n"
    "They are written to .env, or to standard output if that is a pipe or a file.",
)
@app_option
@option("-i --interactive", "ask before a value in .env is replaced by another")
@option("-o --overwrite", "write .env even if it exists")
@pass_session
def pull(session: Session, *, app: str | None, interactive: bool, overwrite: bool) -> None:
    name = session.find_app(app)
    values = get_values(session, name)
    session.console.answer({"app": name, "values": values})
    if session.console.form:
        return
    if session.console.is_pipe_out():
        session.console.write(configvars.render_lines(values))
        return
    if os.path.lexists(ENV_FILE) and not overwrite:
        raise CliError(".env already exists, pass -o to overwrite")
    if interactive:
        values = merge_local(session, configvars.parse_env_file(read_text(ENV_FILE)), values)
    write_private(ENV_FILE, configvars.render_lines(values))


def merge_local(session: Session, local: dict[str, str], remote: dict[str, str]) -> dict[str, str]:
    """Local and remote variables; where both differ the user decides."""
    merged = {**remote, **local}
    for key in sorted(remote):
        mine, theirs = merged[key], remote[key]
        if mine != theirs and session.console.confirm(f"{key}: overwrite {mine} with {theirs}? (y/N) "):
            merged[key] = theirs
    return merged


@noun.verb(
    "push",
    usage="[options]",
    about="set environment variables from .env",
    summary="Sets environment variables for an application.\n\n"
    "They are read from standard input if that is a pipe or a file.",
)
@app_option
@option("-p <path>, --path=<path>", "the file to read", default=ENV_FILE)
@wait_options
@pass_session
def push(session: Session, *, app: str | None, path: str) -> None:
    name = session.find_app(app)
    text = session.console.read_all() if session.console.is_pipe_in() else read_text(path)
    apply_values(session, name, tuple(configvars.split_env_lines(text)))
