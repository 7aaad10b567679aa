"""One good request for every route and verb, and what each needs besides the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..pairs import make_pair  # noqa: TID252 - both tiers use it, and tests are no package

KUBERNETES, LOGGER = "Kubernetes", "logger"
SHA = "0123abcd"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """``app`` names which of the place's apps it is about; ``needs`` what must be there for a good answer."""

    body: Any = None
    app: str = "quiet"
    who: str = "admin"
    status: int = 200
    needs: str = ""
    samples: Mapping[str, str] = field(default_factory=dict)
    """What stands in the address, besides the app."""


def ask_for_config(**values: Any) -> dict[str, Any]:
    return {"values": values}


def write(body: Any = None, *, app: str = "quiet", status: int = 201, **more: Any) -> Ask:
    return Ask(body=body if body is not None else {}, app=app, status=status, **more)


def list_requests(place: Mapping[str, str]) -> dict[tuple[str, str], Ask]:
    """``place`` has what was made before: names of a build, an operation, a run."""
    pair = make_pair("spare.example.com")
    spare = {"name": "spare", "certificate": pair.certificate, "key": pair.key}
    pod = {"type": "worker", "name": f"{place['quiet']}-worker-1-x"}
    attached = {"name": "attached", "domain": f"{place['certs']}-a.example.com"}
    person = {"username": "newcomer", "password": "pw-newcomer", "email": ""}
    pushed = {"receive_user": "operator", "receive_repo": place["hooked"]}
    slug = {"image": place["slug-hooked"], "sha": SHA, "procfile": {"worker": "x"}, "dockerfile": ""}
    return {
        ("root", "GET"): Ask(),
        ("openapi-json", "GET"): Ask(),
        ("openapi-yaml", "GET"): Ask(),
        ("docs", "GET"): Ask(),
        ("register", "POST"): write(person, who="nobody"),
        ("login", "POST"): write({"username": "loner", "password": "pw-loner"}, who="nobody", status=200),
        ("whoami", "GET"): Ask(),
        ("passwd", "POST"): write(
            {"password": "pw-loner", "new_password": "pw-loner"}, who="loner", status=200
        ),
        ("cancel", "DELETE"): Ask(who="leaver", status=204),
        ("tokens", "POST"): write(who="renewer", status=200),
        ("users", "GET"): Ask(),
        ("admins", "GET"): Ask(),
        ("admins", "POST"): write({"username": "loner"}),
        ("admin", "DELETE"): Ask(samples={"username": "helper"}, status=204),
        ("keys", "GET"): Ask(),
        ("keys", "POST"): write({"id": "new", "public": f"{place['key']}NEWS x"}),
        ("key", "GET"): Ask(samples={"key": "kept"}),
        ("key", "DELETE"): Ask(samples={"key": "gone"}, status=204),
        ("certs", "GET"): Ask(),
        ("certs", "POST"): write(spare),
        ("cert", "GET"): Ask(samples={"name": "attached"}),
        ("cert", "DELETE"): Ask(samples={"name": "used"}, status=204, app="used", needs=KUBERNETES),
        ("cert-domain", "POST"): write(
            {"domain": f"{place['certs']}-b.example.com"},
            samples={"name": "attached"},
            app="certs",
            needs=KUBERNETES,
        ),
        ("cert-domain", "DELETE"): Ask(samples=attached, status=204, app="certs", needs=KUBERNETES),
        ("apps", "GET"): Ask(),
        ("apps", "POST"): write({"id": place["new"]}, needs=KUBERNETES),
        ("app", "GET"): Ask(),
        ("app", "POST"): write(status=200, needs=KUBERNETES),
        ("app", "DELETE"): Ask(app="doomed", status=204, needs=KUBERNETES),
        ("perms", "GET"): Ask(),
        ("perms", "POST"): write({"username": "loner"}),
        ("perm", "DELETE"): Ask(samples={"username": "granted"}, status=204),
        ("config", "GET"): Ask(),
        ("config", "POST"): write(ask_for_config(A="1"), app="config", needs=KUBERNETES),
        ("builds", "GET"): Ask(),
        ("builds", "POST"): write(
            {"image": place["slug-builds"], "sha": SHA, "procfile": {"worker": "y"}},
            app="builds",
            needs=KUBERNETES,
        ),
        ("build", "GET"): Ask(app="builds", samples={"uuid": place["build"]}),
        ("releases", "GET"): Ask(),
        ("release", "GET"): Ask(samples={"version": "1"}),
        ("rollback", "POST"): write({"version": 2}, app="rollback", needs=KUBERNETES),
        ("pods", "GET"): Ask(needs=KUBERNETES),
        ("pods-of-type", "GET"): Ask(samples={"type": "worker"}, needs=KUBERNETES),
        ("pod", "GET"): Ask(samples=pod, needs=KUBERNETES),
        ("usage", "GET"): Ask(needs=KUBERNETES),
        ("usage-of-type", "GET"): Ask(samples={"type": "worker"}, needs=KUBERNETES),
        ("restart", "POST"): write(app="restart", status=200, needs=KUBERNETES),
        ("restart-type", "POST"): write(
            app="restart-type", samples={"type": "worker"}, status=200, needs=KUBERNETES
        ),
        ("restart-pod", "POST"): write(app="restart-pod", samples=pod, status=200, needs=KUBERNETES),
        ("scale", "POST"): write({"worker": 0}, app="scale", status=204, needs=KUBERNETES),
        ("run", "GET"): Ask(),
        ("run", "POST"): write({"command": "true"}, app="shop", status=200, needs=KUBERNETES),
        ("run-session", "GET"): Ask(app="shop", samples={"name": place["run"]}),
        ("run-stop", "POST"): write(app="shop", samples={"name": place["run"]}, status=204),
        ("run-attach", "GET"): Ask(app="shop", samples={"name": place["run"]}, status=426),
        ("logs", "GET"): Ask(needs=LOGGER),
        ("domains", "GET"): Ask(),
        ("domains", "POST"): write(
            {"domain": f"{place['domains']}.example.com"}, app="domains", needs=KUBERNETES
        ),
        ("domain", "DELETE"): Ask(
            app="domains",
            samples={"domain": f"{place['domains']}-old.example.com"},
            status=204,
            needs=KUBERNETES,
        ),
        ("settings", "GET"): Ask(),
        ("settings", "POST"): write(
            {"maintenance": True, "label": {"a": "b"}}, app="settings", needs=KUBERNETES
        ),
        ("whitelist", "GET"): Ask(),
        ("whitelist", "POST"): write({"addresses": ["1.2.3.4"]}, app="whitelist", needs=KUBERNETES),
        ("whitelist", "DELETE"): write(
            {"addresses": ["9.9.9.9"]}, app="unlisted", status=204, needs=KUBERNETES
        ),
        ("services", "GET"): Ask(),
        ("services", "POST"): write(
            {"procfile_type": "worker", "path_pattern": "/x"}, app="services", needs=KUBERNETES
        ),
        ("services", "DELETE"): write({"procfile_type": "old"}, app="unserved", status=204, needs=KUBERNETES),
        ("tls", "GET"): Ask(),
        ("tls", "POST"): write({"https_enforced": True}, app="tls", needs=KUBERNETES),
        ("operations", "GET"): Ask(),
        ("operation", "GET"): Ask(app="shop", samples={"uuid": place["operation"]}),
        ("operation-cancel", "POST"): write(app="shop", samples={"uuid": place["operation"]}, status=409),
        ("app-audit", "GET"): Ask(),
        ("audit", "GET"): Ask(),
        ("hook-key", "GET"): Ask(who="builder", samples={"fingerprint": place["fingerprint"]}),
        ("hook-keys", "GET"): Ask(who="builder"),
        ("hook-user-keys", "GET"): Ask(who="builder", samples={"username": "operator"}),
        ("hook-config", "POST"): write(pushed, who="builder", status=200),
        ("hook-build", "POST"): write(
            {**pushed, **slug}, who="builder", app="hooked", status=200, needs=KUBERNETES
        ),
    }
