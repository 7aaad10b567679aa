"""``deis perms``: who may use an app, and who is an administrator."""

from __future__ import annotations

from deis.api import get_array
from deis.controllers import build_path
from deis.parameters import app_option, argument, limit_option, option
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_count

noun = Noun("perms", default="list", column=22, topic="perms:[command]")

admin_option = option("--admin", "administrators of the platform instead of an application's users")


@noun.verb(
    "list",
    usage="[-a --app=<app>|--admin|--admin --limit=<num>]",
    about="list permissions granted on an app",
    summary="Lists all users with permission to use an app, or lists all users with system\n"
    "administrator privileges.",
    exclusive=[("--app", "--admin")],
    needs=[("--limit", "--admin")],
)
@app_option
@admin_option
@limit_option
@pass_session
def list_perms(session: Session, *, app: str | None, admin: bool, limit: int | None) -> None:
    if admin:
        page = session.client.list(build_path("admin", "perms"), session.find_limit(limit))
        session.console.print(f"=== Administrators{render_count(len(page.results), page.total)}")
        users = [user["username"] for user in page.results]
    else:
        name = session.find_app(app)
        users = get_array(session.client.get(build_path("apps", name, "perms")), "users")
        session.console.print(f"=== {name}'s Users")
    session.console.answer({"app": None if admin else name, "users": users})
    for user in users:
        session.console.print(user)


@noun.verb(
    "create",
    usage="<username> [-a --app=<app>|--admin]",
    about="create a new permission for a user",
    summary="Gives another user permission to use an app, or gives another user\n"
    "system administrator privileges.",
    exclusive=[("--app", "--admin")],
)
@argument("<username>", "the user", "username")
@app_option
@admin_option
@pass_session
def create(session: Session, username: str, *, app: str | None, admin: bool) -> None:
    whose, path = _find_list(session, app, admin=admin)
    session.console.write(f"Adding {username} to {whose}... ")
    session.console.flush()
    session.client.post(build_path(*path), {"username": username})
    session.console.answer({"username": username, "of": whose})
    session.console.print("done")


@noun.verb(
    "delete",
    usage="<username> [-a --app=<app>|--admin]",
    about="delete a permission for a user",
    summary="Revokes another user's permission to use an app, or revokes another user's system\n"
    "administrator privileges.",
    exclusive=[("--app", "--admin")],
)
@argument("<username>", "the user", "username")
@app_option
@admin_option
@pass_session
def delete(session: Session, username: str, *, app: str | None, admin: bool) -> None:
    whose, path = _find_list(session, app, admin=admin)
    session.console.write(f"Removing {username} from {whose}... ")
    session.console.flush()
    session.client.delete(build_path(*path, username, slash=False))
    session.console.answer({"username": username, "of": whose})
    session.console.print("done")


def _find_list(session: Session, app: str | None, *, admin: bool) -> tuple[str, tuple[str, ...]]:
    """What the list of permitted users is called, and where it is."""
    if admin:
        _ = session.profile
        return "system administrators", ("admin", "perms")
    name = session.find_app(app)
    return f"{name} collaborators", ("apps", name, "perms")
