"""Who may do what: every route and verb has an entry here, and what has none is refused.

Source: API specification, sections 2.2 and 2.3.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from enum import Enum, auto
from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from controller.services.access import may_use, owns
from kit.settings import Secret

if TYPE_CHECKING:
    from rest_framework.views import APIView

    from controller.api.views import PlatformView


class Rule(Enum):
    ANYONE = auto()
    REGISTRATION = auto()
    """Whom the registration mode allows; the view asks."""
    USER = auto()
    """Anybody with a token. Keys and certificates are looked up among the caller's own only; attaching one also
    needs permission to use the domain's app: the service asks, for the body may name the domain."""
    TARGET = auto()
    """Anybody with a token; about another user only an administrator: the service asks, for the body names
    the user."""
    ADMIN = auto()
    BUILDER = auto()
    APP_USER = auto()
    """Owner, administrator, or a collaborator."""
    APP_OWNER = auto()
    """Owner or administrator."""
    OPERATION = auto()
    """Anybody with a token; the service asks who may use the app, or asked for the operation if there is no app."""
    GRANTEE = auto()
    """Revoking a permission: the service asks, for one may drop one's own."""


Verbs = dict[str, Rule]
READ: Verbs = {"GET": Rule.APP_USER}
WRITE: Verbs = {"POST": Rule.APP_USER}
HOOK_READ: Verbs = {"GET": Rule.BUILDER}
HOOK_WRITE: Verbs = {"POST": Rule.BUILDER}

MATRIX: Mapping[str, Verbs] = {
    "root": {"GET": Rule.USER},
    "openapi-json": {"GET": Rule.ANYONE},
    "openapi-yaml": {"GET": Rule.ANYONE},
    "docs": {"GET": Rule.ANYONE},
    "register": {"POST": Rule.REGISTRATION},
    "login": {"POST": Rule.ANYONE},
    "whoami": {"GET": Rule.USER},
    "passwd": {"POST": Rule.TARGET},
    "cancel": {"DELETE": Rule.TARGET},
    "tokens": {"POST": Rule.TARGET},
    "users": {"GET": Rule.ADMIN},
    "admins": {"GET": Rule.ADMIN, "POST": Rule.ADMIN},
    "admin": {"DELETE": Rule.ADMIN},
    "keys": {"GET": Rule.USER, "POST": Rule.USER},
    "key": {"GET": Rule.USER, "DELETE": Rule.USER},
    "certs": {"GET": Rule.USER, "POST": Rule.USER},
    "cert": {"GET": Rule.USER, "DELETE": Rule.USER},
    "cert-domain": {"POST": Rule.USER, "DELETE": Rule.USER},
    "apps": {"GET": Rule.USER, "POST": Rule.USER},
    "app": {"GET": Rule.APP_USER, "POST": Rule.APP_USER, "DELETE": Rule.APP_OWNER},
    "perms": {"GET": Rule.APP_USER, "POST": Rule.APP_OWNER},
    "perm": {"DELETE": Rule.GRANTEE},
    "config": READ | WRITE,
    "builds": READ | WRITE,
    "build": READ,
    "releases": READ,
    "release": READ,
    "rollback": WRITE,
    "pods": READ,
    "pods-of-type": READ,
    "pod": READ,
    "usage": READ,
    "usage-of-type": READ,
    "restart": WRITE,
    "restart-type": WRITE,
    "restart-pod": WRITE,
    "scale": WRITE,
    "run": READ | WRITE,
    "run-session": READ,
    "run-stop": WRITE,
    "run-attach": READ,
    "logs": READ,
    "domains": READ | WRITE,
    "domain": {"DELETE": Rule.APP_OWNER},
    "settings": READ | WRITE,
    "whitelist": READ | WRITE | {"DELETE": Rule.APP_OWNER},
    "services": READ | WRITE | {"DELETE": Rule.APP_OWNER},
    "tls": READ | WRITE,
    "operations": READ,
    "operation": {"GET": Rule.OPERATION},
    "operation-cancel": {"POST": Rule.OPERATION},
    "app-audit": {"GET": Rule.APP_OWNER},
    "audit": {"GET": Rule.ADMIN},
    "hook-key": HOOK_READ,
    "hook-keys": HOOK_READ,
    "hook-user-keys": HOOK_READ,
    "hook-config": HOOK_WRITE,
    "hook-build": HOOK_WRITE,
}

ASKED_BY_SERVICES = frozenset({Rule.USER, Rule.TARGET, Rule.OPERATION, Rule.GRANTEE})
"""Rules by which somebody with a token comes as far as the service. Every other rule is decided here, and one
that nobody knows lets nobody in."""

WITHOUT_VERB: Mapping[Rule, Rule] = {
    Rule.ANYONE: Rule.ANYONE,
    Rule.REGISTRATION: Rule.ANYONE,
    Rule.ADMIN: Rule.ADMIN,
    Rule.BUILDER: Rule.BUILDER,
}
"""Who is told that a route does not know a verb, or what it knows (OPTIONS): whoever it is made for."""


def find_rule(route: str, verb: str, *, is_served: bool) -> Rule | None:
    """The rule, or None: refuse. ``is_served``: the view answers this verb itself."""
    verbs = MATRIX.get(route, {})
    rule = verbs.get("GET" if verb == "HEAD" else verb)
    if rule is None and not is_served and verbs:
        rule = WITHOUT_VERB.get(next(iter(verbs.values())), Rule.USER)
    return rule


def is_builder(request: Request, key: Secret) -> bool:
    given = request.headers.get("X-Deis-Builder-Auth", "")
    return hmac.compare_digest(given.encode(), key.reveal().encode())


class TablePermission(BasePermission):
    """The table, asked before every verb."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        view_: PlatformView = view  # type: ignore[assignment] # all views in the table are ours
        verb = request.method or ""
        served = verb != "OPTIONS" and hasattr(view, verb.lower())
        rule = find_rule(view_.route, verb, is_served=served)
        if rule is None:
            return False
        return self._is_allowed(rule, request, view_)

    def _is_allowed(self, rule: Rule, request: Request, view: PlatformView) -> bool:
        if rule in (Rule.ANYONE, Rule.REGISTRATION):
            return True
        if rule is Rule.BUILDER:
            return is_builder(request, view.tools.settings.builder_key)
        user = view.find_user()
        if user is None:
            return False
        if rule is Rule.ADMIN:
            return user.is_superuser
        if rule is Rule.APP_USER:
            return may_use(user, view.app)
        if rule is Rule.APP_OWNER:
            return owns(user, view.app)
        return rule in ASKED_BY_SERVICES
