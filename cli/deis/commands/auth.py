"""``deis auth``: accounts and logins."""

from __future__ import annotations

from typing import Any

from deis.api import Client, Json
from deis.controllers import build_path, get_host, parse_controller
from deis.errors import CliError
from deis.parameters import argument, option, parse_switch
from deis.profiles import NO_TOKEN, Profile, Token, delete_profile, load_profile, save_profile
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import format_value

noun = Noun("auth", default=None, column=23)

_WHOAMI = (
    ("ID", "id", 0),
    ("Username", "username", ""),
    ("Email", "email", ""),
    ("First Name", "first_name", ""),
    ("Last Name", "last_name", ""),
    ("Last Login", "last_login", ""),
    ("Is Superuser", "is_superuser", False),
    ("Is Staff", "is_staff", False),
    ("Is Active", "is_active", False),
    ("Date Joined", "date_joined", ""),
)


@noun.verb(
    "register",
    usage="<controller> [options]",
    about="register a new user",
    summary="Registers a new user with a Deis controller.",
)
@argument("<controller>", "the controller's address, such as http://deis.example.com", "controller")
@option("--username=<username>", "name of the new account; asked for if missing")
@option("--password=<password>", "password of the new account; asked for if missing")
@option("--email=<email>", "e-mail address; asked for if missing")
@option("--login=true", "log in to the new account afterwards", type=parse_switch, default="true")
@option("--ssl-verify=true", "check the controller's TLS certificate", type=parse_switch, default="true")
@pass_session
def register(
    session: Session,
    controller: str,
    *,
    username: str | None,
    password: str | None,
    email: str | None,
    login: bool,
    ssl_verify: bool,
) -> None:
    url = parse_controller(controller)
    session.connect(url, ssl_verify=ssl_verify).check_controller()
    username = username or session.console.ask("username: ")
    password = password or _ask_new_password(session, "password", "Password mismatch, aborting registration.")
    body = {"username": username, "password": password, "email": email or session.console.ask("email: ")}
    client = session.connect(url, token=_find_token(session, url), ssl_verify=ssl_verify)
    try:
        client.post(build_path("auth", "register"), body)
    except CliError:
        session.console.write_error("Registration failed: ")
        raise
    session.console.print(f"Registered {username}")
    session.console.answer({"username": username, "controller": url, "settings": None})
    if login:
        _log_in(session, url, username=username, password=password, ssl_verify=ssl_verify)


def _find_token(session: Session, url: str) -> Token:
    """The token of the one who is logged in to the same host: an administrator may register others."""
    try:
        profile = load_profile(session.profile_path)
    except CliError:
        return NO_TOKEN
    return profile.token if get_host(profile.controller) == get_host(url) else NO_TOKEN


def _ask_new_password(session: Session, what: str, mismatch: str) -> str:
    password = session.console.ask_secret(f"{what}: ")
    if session.console.ask_secret(f"{what} (confirm): ") != password:
        raise CliError(mismatch)
    return password


@noun.verb(
    "login",
    usage="<controller> [options]",
    about="authenticate against a controller",
    summary="Logs in by authenticating against a controller.",
)
@argument("<controller>", "the controller's address, such as http://deis.example.com", "controller")
@option("--username=<username>", "name of the account; asked for if missing")
@option("--password=<password>", "password of the account; asked for if missing")
@option("--ssl-verify=true", "check the controller's TLS certificate", type=parse_switch, default="true")
@pass_session
def login(
    session: Session, controller: str, *, username: str | None, password: str | None, ssl_verify: bool
) -> None:
    url = parse_controller(controller)
    session.connect(url, ssl_verify=ssl_verify).check_controller()
    _log_in(session, url, username=username, password=password, ssl_verify=ssl_verify)


def _log_in(
    session: Session, url: str, *, username: str | None, password: str | None, ssl_verify: bool
) -> None:
    """Ask for what is missing, fetch the token, write the settings file."""
    username = username or session.console.ask("username: ")
    password = password or session.console.ask_secret("password: ")
    client = session.connect(url, ssl_verify=ssl_verify)
    answer = client.post(build_path("auth", "login"), {"username": username, "password": password})
    profile = Profile(username, ssl_verify, url, get_token(answer))
    save_profile(session.profile_path, profile, home=session.settings.home)
    session.forget_profile()
    session.console.print(f"Logged in as {username}")
    session.console.answer({"username": username, "controller": url, "settings": session.profile_path})
    session.console.print(f"Configuration file written to {session.profile_path}")


def get_token(answer: Json) -> Token:
    """The token of a login; without one there is nothing to be logged in with."""
    token = answer.get("token")
    if not isinstance(token, str) or not token:
        raise CliError("the controller's answer holds no token")
    return Token(token)


@noun.verb(
    "logout",
    about="clear the current user session",
    summary="Logs out from a controller and clears the user session.",
)
@pass_session
def logout(session: Session) -> None:
    delete_profile(session.profile_path)
    session.console.answer({"settings": session.profile_path})
    session.console.print("Logged out")


@noun.verb(
    "passwd",
    usage="[options]",
    about="change the password for the current user",
    summary="Changes the password for the current user.",
)
@option("--password=<password>", "the current password; asked for if missing")
@option("--new-password=<new-password>", "the new password; asked for if missing")
@option("--username=<username>", "another user's name, for administrators")
@pass_session
def passwd(session: Session, *, password: str | None, new_password: str | None, username: str | None) -> None:
    client = session.client
    if not password and not username:
        password = session.console.ask_secret("current password: ")
    wanted = new_password or _ask_new_password(session, "new password", "Password mismatch, not changing.")
    given = {"username": username, "password": password, "new_password": wanted}
    try:
        client.post(build_path("auth", "passwd"), {key: value for key, value in given.items() if value})
    except CliError:
        session.console.write_error("Password change failed: ")
        raise
    session.console.answer({"username": username or session.profile.username})
    session.console.print("Password change succeeded.")


@noun.verb(
    "whoami",
    usage="[options]",
    about="display the current user",
    summary="Displays the currently logged in user.",
)
@option("--all", "show all that the controller knows about the user", "everything")
@pass_session
def whoami(session: Session, *, everything: bool) -> None:
    profile = session.profile
    if everything:
        user = session.client.get(build_path("auth", "whoami"))
        session.console.answer({**user, "controller": profile.controller})
        session.console.write(render_user(user))
    else:
        session.console.answer({"username": profile.username, "controller": profile.controller})
        session.console.print(f"You are {profile.username} at {profile.controller}")


def render_user(user: dict[str, Any]) -> str:
    """All fields, one a line; a missing one shows as its kind's nothing."""
    values = {title: user.get(key) for title, key, _ in _WHOAMI}
    nothing = {title: default for title, _, default in _WHOAMI}
    return "".join(
        f"{title}: {format_value(nothing[title] if value is None else value)}\n"
        for title, value in values.items()
    )


@noun.verb(
    "cancel",
    usage="[options]",
    about="remove the current user account",
    summary="Cancels and removes the current account.",
)
@option("--username=<username>", "the account to remove; another's can be removed by administrators only")
@option("--password=<password>", "password of the account; asked for if missing")
@option("--yes", "do not ask")
@pass_session
def cancel(session: Session, *, username: str | None, password: str | None, yes: bool) -> None:
    profile = session.profile
    if not username or password:
        session.console.print("Please log in again in order to cancel this account")
        session.connect(profile.controller, ssl_verify=profile.ssl_verify).check_controller()
        _log_in(
            session, profile.controller, username=username, password=password, ssl_verify=profile.ssl_verify
        )
    current = session.profile
    session.console.answer({"username": username or current.username, "cancelled": False})
    if not yes and not _confirm_cancel(session, username or current.username):
        return
    _cancel_account(session.client, username)
    if not username or username == current.username:
        delete_profile(session.profile_path)
    session.console.answer({"username": username or current.username, "cancelled": True})
    session.console.print("Account cancelled")


def _confirm_cancel(session: Session, user: str) -> bool:
    if session.console.confirm(f"cancel account {user} at {session.profile.controller}? (y/N): "):
        return True
    session.console.write_error("Account not changed\n")
    return False


def _cancel_account(client: Client, username: str | None) -> None:
    client.delete(build_path("auth", "cancel"), {"username": username} if username else None)


@noun.verb(
    "regenerate",
    usage="[options]",
    about="regenerate user tokens",
    summary="Regenerates auth token, defaults to regenerating token for the current user.",
)
@option("-u --username=<username>", "the user whose token to replace, for administrators")
@option("--all", "replace every user's token, for administrators", "everyone")
@pass_session
def regenerate(session: Session, *, username: str | None, everyone: bool) -> None:
    """Only the caller's own new token comes back, and only without an option."""
    client, path = session.client, build_path("auth", "tokens")
    if everyone or username:
        client.request("POST", path, {"all": True} if everyone else {"username": username})
    else:
        token = get_token(client.post(path))
        profile = session.profile._replace(token=token, response_limit=session.profile.limit)
        save_profile(session.profile_path, profile, home=session.settings.home)
    whose = None if everyone else username or session.profile.username
    session.console.answer({"username": whose, "all": everyone})
    session.console.print("Token Regenerated")
