"""``deis apps``: applications, from creation to destruction."""

from __future__ import annotations

import os
import re
import sys
import time
from urllib.parse import urlencode

from deis import git
from deis.api import get_integer
from deis.changes import change
from deis.console import Console
from deis.controllers import build_path, expand_domain
from deis.errors import CliError
from deis.logtext import Painter, parse_line, render_line, split_log
from deis.parameters import app_option, argument, limit_option, option, parse_integer, wait_options
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_columns, render_count

noun = Noun("apps", default="list", column=19)

_ADDRESS = re.compile(r"https?://(?:[\w.*-]+|\[[0-9a-f:]+\])(?::[0-9]+)?(?:/[\w./~-]*)?")

_NO_LOGS = """\
There are currently no log messages. Please check the following things:
1) Logger and fluentd pods are running: kubectl --namespace=deis get pods.
2) The application is writing logs to the logger component by checking that an entry in the ring buffer was \
created: kubectl --namespace=deis logs <logger pod>
3) Making sure that the container logs were mounted properly into the fluentd pod: \
kubectl --namespace=deis exec <fluentd pod> ls /var/log/containers
3a) If the above command returns saying /var/log/containers cannot be found then please see the following \
github issue for a workaround: https://github.com/deis/logger/issues/50"""


@noun.verb(
    "create",
    usage="[<id>] [options]",
    about="create a new application",
    summary="Creates a new application.\n\nWithout an id the controller makes one up.",
)
@argument("<id>", "the application's name, unique on the platform", "app_id", required=False)
@option("--no-remote", "do not add a git remote to this directory's repository")
@option("-b --buildpack BUILDPACK", "URL of the buildpack to build the application with")
@option("-r --remote REMOTE", "name of the git remote to add", default="deis")
@pass_session
def create(
    session: Session, app_id: str | None, *, no_remote: bool, buildpack: str | None, remote: str
) -> None:
    """The app exists once the first request is answered; what fails later leaves it."""
    client = session.client
    with session.console.progress("Creating Application... "):
        answer = client.post(build_path("apps"), {"id": app_id} if app_id else None)
    app = str(answer.get("id", ""))
    session.console.print(f"done, created {app}")
    if buildpack:
        client.post(build_path("apps", app, "config"), {"values": {"BUILDPACK_URL": buildpack}})
    session.console.answer({**answer, "git_remote": None})
    if no_remote:
        session.console.print(
            f"If you want to add a git remote for this app later, use `deis git:remote -a {app}`"
        )
        return
    session.console.answer({**answer, "git_remote": remote})
    git.add_remote(remote, git.build_remote_url(session.controller_host, app), app=app)
    session.console.print(f"Git remote {remote} successfully created for app {app}.")


@noun.verb(
    "list",
    usage="[options]",
    about="list accessible applications",
    summary="Lists applications visible to the current user.",
)
@limit_option
@pass_session
def list_apps(session: Session, *, limit: int | None) -> None:
    page = session.client.list(build_path("apps"), session.find_limit(limit))
    session.console.answer(page.document)
    session.console.print(f"=== Apps{render_count(len(page.results), page.total)}")
    for app in page.results:
        session.console.print(app["id"])


@noun.verb(
    "info",
    usage="[options]",
    about="view info about an application",
    summary="Prints info about the current application.",
)
@app_option
@pass_session
def info(session: Session, *, app: str | None) -> None:
    from deis.commands import domains, labels, ps

    name, console = session.find_app(app), session.console
    details = session.client.get(build_path("apps", name))
    url = get_url(session, name) or f"No domain assigned to {name}"
    console.print(f"=== {details.get('id', name)} Application")
    for key in ("updated", "uuid", "created"):
        console.print(f"{key + ':':<10}{details.get(key, '')}")
    console.print(f"url:      {url}")
    for key in ("owner", "id"):
        console.print(f"{key + ':':<10}{details.get(key, '')}")
    console.print()
    processes = ps.show_processes(session, name, limit=100)
    console.print()
    names = domains.show_domains(session, name, limit=session.profile.limit)
    console.print()
    label = labels.show_labels(session, name)
    console.print()
    answer = {"processes": processes["results"], "domains": names["results"], "labels": label["labels"]}
    console.answer({**details, "url": url, **answer})


def get_url(session: Session, app: str) -> str:
    """Host of the app's first domain, without a scheme; empty if it has none."""
    page = session.client.list(build_path("apps", app, "domains"), 1)
    if not page.results:
        return ""
    return expand_domain(str(page.results[0]["domain"]), session.profile.controller)


@noun.verb(
    "open",
    usage="[options]",
    about="open the application in a browser",
    summary="Opens a URL to the application in the default browser.",
)
@app_option
@pass_session
def open_app(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    url = get_url(session, name)
    if not url:
        raise CliError(f"No domain assigned to {name}")
    address = url if url.startswith(("http://", "https://")) else f"http://{url}"
    session.console.answer({"app": name, "url": address})
    open_browser(address)


def open_browser(url: str) -> None:
    """Hand the URL to the desktop and wait until it has taken it.

    It comes from a server: nothing may be in it that a shell on the way would run.
    """
    import subprocess

    if not _ADDRESS.fullmatch(url):
        raise CliError(f"{url} is no address of an app")
    programs = {"darwin": ["open"], "win32": ["cmd", "/c", "start"]}
    command = [*programs.get(sys.platform, ["xdg-open"]), url]
    try:
        status = subprocess.run(command, check=False).returncode
    except FileNotFoundError as error:
        raise CliError(f'exec: "{command[0]}": executable file not found in $PATH') from error
    except OSError as error:
        raise CliError(f"{command[0]} cannot be run: {error.strerror}") from error
    if status:
        raise CliError(f"exit status {status}")


@noun.verb(
    "logs",
    usage="[options]",
    about="view aggregated application logs",
    summary="Retrieves the most recent log events.",
)
@app_option
@option("-n --lines=<lines>", "how many lines to show at most; the controller shows 100", type=parse_integer)
@option("-f --follow", "go on with lines as they come, until Ctrl-C", newer=True)
@option("-p --process=<types>", "only these process types, such as web,worker", newer=True)
@option("--since=<time>", "only lines since then: 90s, 10m, 2h, 1d or 2026-01-02T03:04:05Z", newer=True)
@pass_session
def logs(
    session: Session,
    *,
    app: str | None,
    lines: int | None,
    follow: bool,
    process: str | None,
    since: str | None,
) -> None:
    given = {"log_lines": str(lines) if lines and lines > 0 else "", "process": process, "since": since}
    query = {name: value for name, value in given.items() if value}
    path = build_path("apps", session.find_app(app), "logs", slash=False)
    if follow:
        _follow_logs(session, path, query)
    elif process or since or session.console.form:
        _show_logs(session, path, query)
    else:
        _show_old_logs(session, path, query)


def _follow_logs(session: Session, path: str, query: dict[str, str]) -> None:
    from deis.following import follow as follow_log

    painter = _build_painter(session)
    for line in follow_log(session.client, path, query, tell=session.console.write_error):
        _show_line(session, painter, line)
        session.console.flush()


def _show_logs(session: Session, path: str, query: dict[str, str]) -> None:
    """A log without lines is none that fails: what was asked for was a part of it."""
    painter = _build_painter(session)
    text = session.client.request("GET", f"{path}?{urlencode(query)}" if query else path).text
    for line in split_log(text) if text else ():
        _show_line(session, painter, line)


def _show_line(session: Session, painter: Painter, line: str) -> None:
    session.console.answer_item(parse_line(line)._asdict())
    session.console.write_log(painter.render(line))


def _build_painter(session: Session) -> Painter:
    """Colours are for terminals, unless the user wants none."""
    watched = session.console.is_watched()
    return Painter(colours=watched and session.settings.colours and os.name != "nt")


def _show_old_logs(session: Session, path: str, query: dict[str, str]) -> None:
    """Whatever goes wrong with the request gives the same advice, as in the old client, and a pipe gets colours."""
    try:
        answer = session.client.request("GET", f"{path}?{urlencode(query)}" if query else path)
    except CliError as error:
        raise CliError(f"{_NO_LOGS}\n\nWhat went wrong: {error}") from error
    if answer.status == 204 or len(answer.text) < 3:
        raise CliError(_NO_LOGS)
    painter, colours = _build_painter(session), session.settings.colours and os.name != "nt"
    for line in split_log(answer.text):
        is_known = session.console.is_watched() and parse_line(line).process
        session.console.write_log(painter.render(line) if is_known else render_line(line, colours=colours))


@noun.verb(
    "run",
    usage="[options] [--] <command>...",
    about="run a command in an ephemeral app container",
    summary="Runs a command inside an ephemeral app container. Default environment is\n/bin/bash.\n\n"
    "Words that start with a dash need `--` before the command, or quotes around it.",
)
@argument("<command>", "the command and its arguments", "command", nargs=-1, required=True)
@app_option
@pass_session
def run(session: Session, command: tuple[str, ...], *, app: str | None) -> int:
    name, line = session.find_app(app), " ".join(command)
    session.console.print(f"Running '{line}'...")
    session.console.flush()
    path = build_path("apps", name, "run", slash=False)
    if session.console.is_terminal():
        asked = {"command": line, "interactive": True, "term": session.settings.term}
        result = session.client.post(path, asked)
        if "attach" in result:
            return _stay(session, str(result["attach"]))
    else:
        result = session.client.post(path, {"command": line})
    code, output = get_integer(result, "exit_code"), str(result.get("output", ""))
    session.console.answer({"app": name, "command": line, "exit_code": code, "output": output})
    if code and not session.console.form:
        session.console.write_error_raw(output)
    else:
        session.console.write_raw(output)
    return code


def _stay(session: Session, path: str) -> int:
    """Stay at the run's terminal to its end. Controllers of old run the command without one, and answer at once."""
    ending = session.console.join(session.client.find_terminal(path))
    if ending.message:
        session.console.write_error(f"{ending.message}\n")
    if ending.detached:
        app, name = path.split("/")[3], path.split("/")[5]
        session.console.write_error(f"'deis apps:attach {name} -a {app}' comes back to it\n")
    return ending.code


@noun.verb(
    "runs",
    usage="[options]",
    about="list interactive runs that go on",
    summary="Lists interactive runs that go on: yours, or everybody's for administrators.",
)
@app_option
@limit_option
@pass_session
def list_runs(session: Session, *, app: str | None, limit: int | None) -> None:
    name = session.find_app(app)
    page = session.client.list(build_path("apps", name, "run"), session.find_limit(limit))
    session.console.answer(page.document)
    session.console.print(f"=== {name} Runs{render_count(len(page.results), page.total)}")
    keys = ("name", "requested_by", "created", "deadline", "command")
    rows = [[str(run.get(key) or "") for key in keys] for run in page.results]
    titles = ("NAME", "BY", "CREATED", "UNTIL", "COMMAND")
    session.console.write(render_columns(titles, rows, width=session.console.width))


@noun.verb(
    "attach",
    usage="[<name>] [options]",
    about="come back to an interactive run",
    summary="Comes back to the terminal of an interactive run that was left with Enter and ~d.",
    documents=False,
)
@argument("<name>", "the run; needed if there is more than one", "run", required=False)
@app_option
@pass_session
def attach(session: Session, run: str | None, *, app: str | None) -> int:
    name = session.find_app(app)
    if not session.console.is_terminal():
        raise CliError("a run is attached to a terminal, and this is none")
    return _stay(
        session, build_path("apps", name, "run", find_run(session, name, run), "attach", slash=False)
    )


@noun.verb(
    "stop",
    usage="[<name>] [options]",
    about="end an interactive run",
    summary="Ends an interactive run.",
)
@argument("<name>", "the run; needed if there is more than one", "run", required=False)
@app_option
@pass_session
def stop(session: Session, run: str | None, *, app: str | None) -> None:
    name = session.find_app(app)
    found = find_run(session, name, run)
    session.console.write(f"Stopping {found}... ")
    session.console.flush()
    session.client.request("POST", build_path("apps", name, "run", found, "stop"))
    session.console.answer({"app": name, "name": found})
    session.console.print("done")


def find_run(session: Session, app: str, given: str | None) -> str:
    """The run that is named, else the only one there is."""
    if given:
        return given
    runs = session.client.list(build_path("apps", app, "run"), session.profile.limit).results
    if len(runs) != 1:
        which = "no interactive run goes on" if not runs else "name one of them, see 'deis apps:runs'"
        raise CliError(f"{app} has {len(runs)} interactive runs: {which}")
    return str(runs[0]["name"])


@noun.verb(
    "destroy",
    usage="[options]",
    about="destroy an application",
    summary="Destroys an application.",
)
@app_option
@option("--confirm=<app>", "the application's name, so that it is not asked for")
@wait_options
@pass_session
def destroy(session: Session, *, app: str | None, confirm: str | None) -> None:
    """The git remote goes, too, if it is what told which app was meant."""
    name, console = session.find_app(app), session.console
    answer = confirm or _ask_to_destroy(console, name)
    if answer != name:
        raise CliError(f"App {name} does not match confirm {answer}, aborting.")
    console.print(f"Destroying {name}...")
    console.flush()
    console.answer({"app": name})
    started = time.monotonic()
    change(session, "DELETE", build_path("apps", name))
    console.print(f"done in {int(time.monotonic() - started)}s")
    if app is None:
        git.delete_app_remotes(session.controller_host, name)
        console.print(f"Git remotes for app {name} removed.")


def _ask_to_destroy(console: Console, name: str) -> str:
    console.print(" !    WARNING: Potentially Destructive Action")
    console.print(f" !    This command will destroy the application: {name}")
    console.print(f' !    To proceed, type "{name}" or re-run this command with --confirm={name}\n')
    return console.ask("> ")


@noun.verb(
    "transfer",
    usage="<username> [options]",
    about="transfer app ownership to another user",
    summary="Transfer app ownership to another user.",
)
@argument("<username>", "the new owner", "username")
@app_option
@pass_session
def transfer(session: Session, username: str, *, app: str | None) -> None:
    name = session.find_app(app)
    session.console.write(f"Transferring {name} to {username}... ")
    session.console.flush()
    session.client.post(build_path("apps", name), {"owner": username})
    session.console.answer({"app": name, "owner": username})
    session.console.print("done")
