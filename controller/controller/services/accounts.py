"""Users: registration, login, passwords, tokens, leaving.

A token is made at each login and only its digest is stored. Source: API specification, section 6.1.
"""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone

from controller.errors import NOT_AUTHENTICATED, PERMISSION_DENIED, InvalidFields
from controller.model.models import Token, TokenScope, User
from controller.services import throttle
from controller.services.access import get_user
from controller.services.directory import Directory, DirectoryAway, Person
from kit.errors import Conflict, Forbidden, InvalidInput, Unauthorized

log = logging.getLogger(__name__)

TOKEN_BYTES = 20
USERNAME = re.compile(r"[\w.@+-]{1,150}")
LOGIN_FAILED = "Unable to log in with provided credentials."
USERNAME_TAKEN = "A user with that username already exists."
HIDDEN_USERNAME = "AnonymousUser"
"""Nobody may take it, as nobody ever could."""
AWAY = "\0away "
"""Before the name of somebody whose password only could be compared with ours, as the directory was away. It can't be
a part of a name, and what fails then is counted by itself: it may be right at the directory."""
CERTIFICATE = "Certificate"
REGISTRATION_LOCK = 0x0DE15


def digest_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def get_user_by_token(token: str) -> User | None:
    """The user who logged in with it, active or not."""
    tokens = Token.objects.select_related("user").filter(scope=TokenScope.EVERYTHING)
    found = tokens.filter(digest=digest_token(token)).first()
    return found.user if found else None


def require_registration(mode: str, user: User | None) -> None:
    """Let the caller register somebody, or say why not.

    Raises:
        Forbidden: not in this mode, or not by this caller.
    """
    if mode == "disabled":
        raise Forbidden("Registration is disabled")
    if mode != "admin_only" or not User.objects.filter(is_superuser=True).exists():
        return
    if user is None:
        raise Forbidden(NOT_AUTHENTICATED)
    if not user.is_superuser:
        raise Forbidden(PERMISSION_DENIED)


def register(fields: Mapping[str, str]) -> User:
    """A new user; an administrator if there is none at this moment.

    Raises:
        InvalidFields: the name is taken.
    """
    password = make_password(fields["password"])
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [REGISTRATION_LOCK])
        name = fields["username"]
        if name == HIDDEN_USERNAME or User.objects.filter(username=name).exists():
            raise InvalidFields({"username": [USERNAME_TAKEN]})
        first = not User.objects.filter(is_superuser=True).exists()
        return User.objects.create(
            username=name,
            password=password,
            email=fields.get("email", ""),
            first_name=fields.get("first_name", ""),
            last_name=fields.get("last_name", ""),
            is_superuser=first,
            is_staff=first,
            last_login=timezone.now(),
        )


def login(username: str, password: str, *, address: str, directory: Directory | None = None) -> str:
    """A new token. The directory is asked first, if there is one.

    Raises:
        InvalidFields: wrong name, wrong password, or the user was deactivated. All take the same time.
        TooManyFailures: that happened too often of late.
        DirectoryAway: the password is none of ours, and the directory can't be asked.
    """
    name = fold(username) if directory else username
    throttle.require_room(name, address=address)
    user, away = ask_directory(username, password, directory=directory)
    counted = f"{AWAY}{name}" if away else name
    if away:
        throttle.require_room(counted, address=address)
    user = user or find_local_user(username, password)
    if user is None or not user.is_active:
        if away is None or is_local(username):
            throttle.record_failure(counted, address=address)
        raise away or InvalidFields({"non_field_errors": [LOGIN_FAILED]})
    throttle.record_success(name, address=address)
    return create_token(user)


def is_local(username: str) -> bool:
    """Whether there is a password here that could be guessed, whatever the directory has."""
    user = User.objects.filter(username=username).first()
    return user is not None and user.has_usable_password()


def fold(username: str) -> str:
    """One form for all spellings that a directory takes for the same name."""
    return " ".join(username.casefold().split())


def find_local_user(username: str, password: str) -> User | None:
    """The user, if the password is the one that is stored here."""
    user = User.objects.filter(username=username).first()
    if user is None:
        make_password(password)
        return None
    return user if has_password(user, password) else None


def ask_directory(
    username: str, password: str, *, directory: Directory | None
) -> tuple[User | None, DirectoryAway | None]:
    """The user, as the directory has it now; or that it can't be asked, as local passwords go on all the same."""
    try:
        person = directory.authenticate(username, password) if directory else None
    except DirectoryAway as error:
        log.warning("login by LDAP: %s", error)
        return None, error
    return (store_person(person) if person else None), None


def store_person(person: Person) -> User | None:
    """The user of that name, made at the first login; never an administrator by that. Groups are mirrored.

    None, with a line in the log, if the name can't be one of ours.
    """
    if not USERNAME.fullmatch(person.username) or person.username == HIDDEN_USERNAME:
        log.warning("login by LDAP: %r can not be a user's name here", person.username)
        return None
    values = {
        "first_name": person.first_name[:150],
        "last_name": person.last_name[:150],
        "email": person.email[:254],
    }
    with transaction.atomic():
        user, _ = User.objects.update_or_create(
            username=person.username,
            defaults=values,
            create_defaults={**values, "password": make_password(None), "last_login": timezone.now()},
        )
        if person.groups is not None:
            names = sorted(name for name in person.groups if len(name) <= 150)
            user.groups.set([Group.objects.get_or_create(name=name)[0] for name in names])
    return user


def has_password(user: User, password: str) -> bool:
    """Whether it is the user's. One that was hashed in an older way is hashed again."""
    old = user.password

    def upgrade(raw: str) -> None:
        User.objects.filter(pk=user.pk, password=old).update(password=make_password(raw))

    return check_password(password, old, upgrade)


def name_newcomer(answer: object) -> str:
    """Who just registered or logged in, by what the answer holds: the user, or the user's new token."""
    if not isinstance(answer, Mapping):
        return ""
    user = get_user_by_token(str(answer["token"])) if "token" in answer else None
    return user.username if user else str(answer.get("username", ""))


def create_token(user: User) -> str:
    token = secrets.token_hex(TOKEN_BYTES)
    Token.objects.create(digest=digest_token(token), user=user)
    return token


def replace_tokens(user: User) -> str:
    """A new token in place of all that the user has."""
    with transaction.atomic():
        user.tokens.all().delete()
        return create_token(user)


def regenerate_tokens(data: Mapping[str, Any], *, by: User) -> str | None:
    """One's own new token, another user's (for administrators), or None after all were replaced."""
    if ("all" in data or "username" in data) and not by.is_superuser:
        raise Forbidden(PERMISSION_DENIED)
    if "all" in data:
        Token.objects.all().delete()
        return None
    return replace_tokens(get_user(data["username"]) if "username" in data else by)


def change_password(data: Mapping[str, Any], *, by: User, address: str) -> None:
    """In the order of the specification: what is missing, who is meant, whether the old one is right.

    A wrong old one counts like a failed login: whoever found a token must not guess the password with it.
    """
    new = data.get("new_password")
    if not new:
        raise InvalidInput("new_password is a required field")
    user = choose_user(data.get("username"), by=by)
    if not by.is_superuser:
        old = data.get("password")
        if not old:
            raise InvalidInput("password is a required field")
        throttle.require_room(user.username, address=address)
        if not has_password(user, str(old)):
            throttle.record_failure(user.username, address=address)
            raise Unauthorized("Current password does not match")
    User.objects.filter(pk=user.pk).update(password=make_password(str(new)))


def choose_user(username: object, *, by: User) -> User:
    """Oneself, or for administrators anybody."""
    if not username or username == by.username:
        return by
    if not by.is_superuser:
        raise Forbidden(PERMISSION_DENIED)
    return get_user(username)


def cancel(username: object, *, by: User) -> None:
    """Delete a user with tokens, keys and permissions.

    Raises:
        Conflict: the user still owns something that must not vanish.
    """
    user = choose_user(username, by=by)
    if user.apps.exists():
        raise Conflict(f"{user.username} still has applications assigned. Delete or transfer ownership")
    try:
        user.delete()
    except ProtectedError as error:
        kinds = {type(row)._meta.object_name or "row" for row in error.protected_objects}
        raise Conflict(f"Cannot delete user {user.username}: {describe_left(kinds)}") from error


def describe_left(kinds: set[str]) -> str:
    """What a user still owns, and what to do about it."""
    rows = ", ".join(sorted(kinds - {CERTIFICATE}))
    parts = ["still owner of certificates, which have to be removed first"] if CERTIFICATE in kinds else []
    parts += [f"still owner of {rows} rows of apps that others own now"] if rows else []
    return "; ".join(parts)


def list_users() -> QuerySet[User]:
    return User.objects.order_by("username").prefetch_related("groups", "user_permissions")


def list_admins() -> QuerySet[User]:
    return User.objects.filter(is_superuser=True, is_active=True).order_by("username")


def set_admin(username: object, *, admin: bool) -> None:
    user = get_user(username)
    User.objects.filter(pk=user.pk).update(is_superuser=admin, is_staff=admin)
