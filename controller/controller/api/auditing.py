"""What goes into the trail of changes: every route and verb that changes something has an entry here.

Operations write theirs when they end; the table only says so. Values of a config and commands are never taken
from a body: each entry names what it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from controller.model.models import App, Domain
from controller.services.hostnames import convert_hostname

Details = dict[str, Any]


class Moment(Enum):
    """When the entry is written."""

    TOGETHER = auto()
    """In the transaction of the change: both, or neither."""
    AFTER = auto()
    """Once it is done. A failed login writes something, too, which must not be undone."""
    CHECKED = auto()
    """By the view, once nothing speaks against it: it takes its time, and no transaction may last so long."""
    OPERATION = auto()
    """By the operation, when it ends."""
    NEVER = auto()
    """It changes nothing."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for. Nothing in the body has been checked."""

    body: Mapping[str, Any]
    address: Mapping[str, str]
    """The variable parts of the address."""

    def text(self, name: str) -> str:
        """From the address, else from the body."""
        value = self.address.get(name) or self.body.get(name)
        return value if isinstance(value, str) else ""


def name_nothing(_: Asked) -> str:
    return ""


def tell_nothing(_: Asked) -> Details:
    return {}


def find_nothing(_: Asked) -> App | None:
    return None


@dataclass(frozen=True)
class Act:
    action: str
    moment: Moment = Moment.TOGETHER
    target: Callable[[Asked], str] = name_nothing
    details: Callable[[Asked], Details] = tell_nothing
    app: Callable[[Asked], App | None] = find_nothing
    """Which app it is about, where the address does not say so."""


def name(part: str) -> Callable[[Asked], str]:
    return lambda asked: asked.text(part)


def tell(*names: str) -> Callable[[Asked], Details]:
    """These fields of the body, those that are there."""
    return lambda asked: {key: asked.body[key] for key in names if key in asked.body}


def name_token_owner(asked: Asked) -> str:
    return "everybody" if "all" in asked.body else asked.text("username")


def tell_domain(asked: Asked) -> Details:
    """The body's, which wins over the address's."""
    return {"domain": asked.body.get("domain") or asked.address.get("domain")}


def tell_settings(asked: Asked) -> Details:
    fields = sorted(key for key in asked.body if key in SETTINGS)
    return {"fields": fields, **tell("maintenance", "routable")(asked)}


def find_attached_app(asked: Asked) -> App | None:
    domain = str(tell_domain(asked)["domain"])
    found = Domain.objects.filter(domain__in=[domain, convert_hostname(domain)]).select_related("app").first()
    return found.app if found else None


SETTINGS = frozenset({"maintenance", "routable", "whitelist", "autoscale", "label"})
OPERATION = Act("", Moment.OPERATION)
USERNAME = name("username")

ACTS: Mapping[tuple[str, str], Act] = {
    ("register", "POST"): Act("user.register", target=USERNAME),
    ("login", "POST"): Act("user.login", Moment.AFTER, target=USERNAME),
    ("passwd", "POST"): Act("user.password", Moment.AFTER, target=USERNAME),
    ("cancel", "DELETE"): Act("user.cancel", target=USERNAME),
    ("tokens", "POST"): Act("token.regenerate", target=name_token_owner),
    ("admins", "POST"): Act("admin.grant", target=USERNAME),
    ("admin", "DELETE"): Act("admin.revoke", target=USERNAME),
    ("keys", "POST"): Act("key.add", target=name("id")),
    ("key", "DELETE"): Act("key.remove", target=name("key")),
    ("certs", "POST"): Act("certificate.add", target=name("name")),
    ("cert", "DELETE"): Act("certificate.remove", target=name("name")),
    ("cert-domain", "POST"): Act(
        "certificate.attach", target=name("name"), details=tell_domain, app=find_attached_app
    ),
    ("cert-domain", "DELETE"): Act(
        "certificate.detach", target=name("name"), details=tell_domain, app=find_attached_app
    ),
    ("apps", "POST"): OPERATION,
    ("app", "POST"): Act("app.update", details=tell("owner")),
    ("app", "DELETE"): OPERATION,
    ("perms", "POST"): Act("permission.grant", target=USERNAME),
    ("perm", "DELETE"): Act("permission.revoke", target=USERNAME),
    ("config", "POST"): OPERATION,
    ("builds", "POST"): OPERATION,
    ("rollback", "POST"): OPERATION,
    ("restart", "POST"): OPERATION,
    ("restart-type", "POST"): OPERATION,
    ("restart-pod", "POST"): OPERATION,
    ("scale", "POST"): OPERATION,
    ("run", "POST"): Act("run.start", Moment.CHECKED),
    ("run-stop", "POST"): Act("run.end", Moment.CHECKED, target=name("name")),
    ("domains", "POST"): Act("domain.add", target=name("domain")),
    ("domain", "DELETE"): Act("domain.remove", target=name("domain")),
    ("settings", "POST"): Act("settings.change", details=tell_settings),
    ("whitelist", "POST"): Act("whitelist.add", details=tell("addresses")),
    ("whitelist", "DELETE"): Act("whitelist.remove", details=tell("addresses")),
    ("services", "POST"): Act("service.set", target=name("procfile_type"), details=tell("path_pattern")),
    ("services", "DELETE"): Act("service.remove", target=name("procfile_type")),
    ("tls", "POST"): Act("tls.change", details=tell("https_enforced")),
    ("operation-cancel", "POST"): Act("operation.cancel", Moment.CHECKED, target=name("uuid")),
    ("hook-config", "POST"): Act("", Moment.NEVER),
    ("hook-build", "POST"): OPERATION,
}
