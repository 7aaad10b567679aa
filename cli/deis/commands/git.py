"""``deis git``: the git remote that ``git push deis master`` goes to."""

from __future__ import annotations

from deis import git
from deis.errors import CliError
from deis.parameters import app_option, option
from deis.program import Noun, pass_session
from deis.session import Session

noun = Noun("git", default=None, column=20)


@noun.verb(
    "remote",
    usage="[options]",
    about="Adds git remote of application to repository",
    summary="Adds git remote of application to repository",
)
@app_option
@option("-r --remote=REMOTE", "name of the remote", default="deis")
@option("-f --force", "replace a remote of that name")
@pass_session
def remote(session: Session, *, app: str | None, remote: str, force: bool) -> None:
    """No request is made: the app need not exist yet."""
    name, console = session.find_app(app), session.console
    wanted = git.build_remote_url(session.controller_host, name)
    actual = next((known.url for known in git.list_remotes() if known.name == remote), None)
    console.answer({"app": name, "remote": remote, "url": wanted})
    if actual == wanted:
        console.print(f"Remote {remote} already exists and is correctly configured for app {name}.")
        return
    if actual is not None and not force:
        raise CliError(
            f"Remote {remote} already exists, please run 'deis git:remote -f' to overwrite\n"
            f"Existing remote URL: {actual}\n"
            f"When forced, will overwrite with: {wanted}"
        )
    if actual is not None:
        console.print(f"Deleting git remote {remote}.")
        git.delete_remote(remote)
    git.add_remote(remote, wanted, app=name)
    console.print(f"Git remote {remote} successfully created for app {name}.")


@noun.verb(
    "remove",
    usage="[options]",
    about="Removes git remote of application from repository",
    summary="Removes git remotes of application from repository.",
)
@app_option
@pass_session
def remove(session: Session, *, app: str | None) -> None:
    name = session.find_app(app)
    removed = git.delete_app_remotes(session.controller_host, name)
    session.console.answer({"app": name, "remotes": removed})
    session.console.print(f"Git remotes for app {name} removed.")
