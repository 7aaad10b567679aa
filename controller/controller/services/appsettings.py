"""Maintenance, routing, whitelist, autoscaling, labels: a history of rows, of which the newest counts.

Source: API specification, sections 9.3 to 9.5.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from controller.cluster.desired import Autoscale
from controller.cluster.errors import ClusterError, ClusterUnreachable
from controller.errors import InvalidAddresses, InvalidFields, Unprocessable
from controller.model.models import TLS, App, AppSettings, User
from controller.services.configmaps import describe_type
from controller.services.routing import get_settings, get_tls, publish, routing_lock
from controller.services.structures import MOST
from controller.services.tools import Tools
from kit.errors import Conflict, InvalidInput
from kit.logs import app_logger

log = app_logger(__name__)

FIELDS = ("maintenance", "routable", "whitelist", "autoscale", "label")
AUTOSCALE_KEYS = ("min", "max", "cpu_percent")
MIN_TOO_LOW = "min replicas needs to be 1 or higher"
MAX_BELOW_MIN = "max replicas can not be smaller than min replicas"


def is_address(text: object) -> bool:
    """An IP address, network or interface; host bits are fine. One with a zone is none: a zone may be any text."""
    if "%" in str(text):
        return False
    try:
        ipaddress.ip_interface(str(text))
    except ValueError:
        return False
    return True


def list_address_problems(addresses: Iterable[object]) -> list[str]:
    return [f"The address {text} is not valid" for text in addresses if not is_address(text)]


def check_autoscale(value: Mapping[str, Any]) -> None:
    """
    Raises:
        InvalidFields: a rule without its three numbers.
    """
    problems = []
    for process_type, rule in value.items():
        if rule is None:
            continue
        problem = _find_autoscale_problem(rule)
        if problem:
            problems.append(f"could not validate {rule}: {problem}")
        elif describe_type(process_type):
            problems.append(describe_type(process_type))
    if problems:
        raise InvalidFields({"autoscale": problems})


def _find_autoscale_problem(rule: Any) -> str:
    if not isinstance(rule, dict):
        return f"{rule!r} is not of type 'object'"
    for key in AUTOSCALE_KEYS:
        if key not in rule:
            return f"{key!r} is a required property"
        if not isinstance(rule[key], int) or isinstance(rule[key], bool):
            return f"{rule[key]!r} is not of type 'integer'"
        if rule[key] > MOST:
            return f"{rule[key]!r} is greater than the maximum of {MOST}"
    return ""


def merge_rules(current: Mapping[str, Any], changes: Mapping[str, Any], *, name: str) -> dict[str, Any]:
    """Per key; null removes.

    Raises:
        Unprocessable: a key to be removed is not there.
    """
    merged = dict(current)
    for key, value in changes.items():
        if value is not None:
            merged[key] = value
        elif key in merged:
            del merged[key]
        else:
            raise Unprocessable(f"{key} does not exist under {name}")
    return merged


def plan_settings(current: AppSettings, given: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of the next row."""
    planned = {name: getattr(current, name) for name in FIELDS}
    for name in ("maintenance", "routable", "whitelist"):
        if given.get(name) is not None:
            planned[name] = given[name]
    for name in ("autoscale", "label"):
        planned[name] = merge_rules(planned[name], given.get(name) or {}, name=name)
    for rule in planned["autoscale"].values():
        if rule["min"] < 1:
            raise InvalidInput(MIN_TOO_LOW)
        if rule["max"] < rule["min"]:
            raise InvalidInput(MAX_BELOW_MIN)
    return planned


def change_settings(app: App, given: Mapping[str, Any], *, by: User, tools: Tools) -> AppSettings:
    """The new row, once Kubernetes has taken it.

    Raises:
        Conflict: nothing changes.
        InvalidInput: Kubernetes said no; nothing is stored.
        ClusterUnreachable: it said nothing; nothing is stored either.
    """
    with routing_lock(app):
        current = get_settings(app)
        planned = plan_settings(current, given)
        if planned == {name: getattr(current, name) for name in FIELDS}:
            raise Conflict(f"{by.username} changed nothing")
        try:
            with transaction.atomic():
                settings = AppSettings.objects.create(app=app, owner=by, **planned)
                publish(app, tools=tools)
                apply_autoscale(app, old=current.autoscale, new=planned["autoscale"], tools=tools)
        except ClusterUnreachable:
            raise
        except ClusterError as error:
            put_back(app, current, refused=planned["autoscale"], tools=tools)
            raise InvalidInput(str(error)) from error
    log.info(app.id, "appsettings %s-%s updated", app.id, str(settings.uuid)[:7])
    return settings


def put_back(app: App, current: AppSettings, *, refused: Mapping[str, Any], tools: Tools) -> None:
    """After Kubernetes refused a part of a change: what it had taken already goes again."""
    try:
        publish(app, tools=tools)
        apply_autoscale(app, old=refused, new=current.autoscale, tools=tools)
    except ClusterError as error:
        log.warning(app.id, "a refused change of the settings is not taken back wholly: %s", error)


def apply_autoscale(app: App, *, old: Mapping[str, Any], new: Mapping[str, Any], tools: Tools) -> None:
    """Bring the autoscalers of the types whose rule differs to ``new``."""
    for name in sorted(set(old) | set(new)):
        if old.get(name) == new.get(name):
            continue
        rule = new.get(name)
        autoscale = rule and Autoscale(**{key: rule[key] for key in AUTOSCALE_KEYS})
        tools.cluster.apply_autoscale(app.id, process_type=name, autoscale=autoscale)


def add_addresses(app: App, addresses: list[str], *, by: User, tools: Tools) -> AppSettings:
    problems = list_address_problems(addresses)
    if problems:
        raise InvalidAddresses(problems)
    old = get_settings(app).whitelist
    new = [address for address in dict.fromkeys(addresses) if address not in old]
    if not new:
        raise Conflict(f"{by.username} changed nothing")
    return change_settings(app, {"whitelist": [*old, *new]}, by=by, tools=tools)


def remove_addresses(app: App, addresses: list[str], *, by: User, tools: Tools) -> None:
    old = get_settings(app).whitelist
    absent = sorted(set(addresses) - set(old))
    if absent:
        listed = ", ".join(repr(address) for address in absent)
        raise Unprocessable(f"addresses {{{listed}}} does not exist in whitelist")
    if not addresses:
        raise Conflict(f"{by.username} changed nothing")
    kept = [address for address in old if address not in addresses]
    change_settings(app, {"whitelist": kept}, by=by, tools=tools)


def change_tls(app: App, https_enforced: bool | None, *, by: User, tools: Tools) -> TLS:
    """A new row; the same value as before is a conflict, unless it is none."""
    with routing_lock(app):
        if https_enforced is not None and get_tls(app).https_enforced == https_enforced:
            raise Conflict(f"{by.username} changed nothing")
        tls = TLS.objects.create(app=app, owner=by, https_enforced=https_enforced)
        publish(app, tools=tools)
    return tls
