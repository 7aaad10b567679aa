"""``deis apps``: applications, from creation to destruction."""

from __future__ import annotations

import os
import re
import sys
import time

from deis import git
from deis.api import get_integer
from deis.console import Console
from deis.controllers import build_path, expand_domain
from deis.errors import CliError
from deis.logtext import render_line, split_log
from deis.parameters import app_option, argument, limit_option, option, parse_integer
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_count

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
        app = str(client.post(build_path("apps"), {"id": app_id} if app_id else None).get("id", ""))
    session.console.print(f"done, created {app}")
    if buildpack:
        client.post(build_path("apps", app, "config"), {"values": {"BUILDPACK_URL": buildpack}})
    if no_remote:
        session.console.print(
            f"If you want to add a git remote for this app later, use `deis git:remote -a {app}`"
        )
        return
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
    ps.show_processes(session, name, limit=100)
    console.print()
    domains.show_domains(session, name, limit=session.profile.limit)
    console.print()
    labels.show_labels(session, name)
    console.print()


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
    open_browser(url if url.startswith(("http://", "https://")) else f"http://{url}")


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
@pass_session
def logs(session: Session, *, app: str | None, lines: int | None) -> None:
    """Whatever goes wrong with the request gives the same advice, as in the old client."""
    path = build_path("apps", session.find_app(app), "logs", slash=False)
    try:
        answer = session.client.request("GET", f"{path}?log_lines={lines}" if lines and lines > 0 else path)
    except CliError as error:
        raise CliError(_NO_LOGS) from error
    if answer.status == 204 or len(answer.text) < 3:
        raise CliError(_NO_LOGS)
    for line in split_log(answer.text):
        session.console.write_log(render_line(line, colours=os.name != "nt"))


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
    if code:
        session.console.write_error_raw(output)
    else:
        session.console.write_raw(output)
    return code


def _stay(session: Session, path: str) -> int:
    """Stay at the run's terminal to its end. Controllers of old run the command without one, and answer at once."""
    ending = session.console.join(session.client.find_terminal(path))
    if ending.message:
        session.console.write_error(f"{ending.message}\n")
    return ending.code


@noun.verb(
    "destroy",
    usage="[options]",
    about="destroy an application",
    summary="Destroys an application.",
)
@app_option
@option("--confirm=<app>", "the application's name, so that it is not asked for")
@pass_session
def destroy(session: Session, *, app: str | None, confirm: str | None) -> None:
    """The git remote goes, too, if it is what told which app was meant."""
    name, console = session.find_app(app), session.console
    answer = confirm or _ask_to_destroy(console, name)
    if answer != name:
        raise CliError(f"App {name} does not match confirm {answer}, aborting.")
    console.print(f"Destroying {name}...")
    console.flush()
    started = time.monotonic()
    session.client.delete(build_path("apps", name))
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
    session.console.print("done")
