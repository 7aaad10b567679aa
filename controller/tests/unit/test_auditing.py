"""What goes into the trail of changes, and what never does."""

import json
from typing import cast

import pytest

from controller.api.auditing import ACTS, Asked, Moment
from controller.api.authorization import MATRIX
from controller.model.models import Operation
from controller.services.audit import ACTIONS, describe_operation, list_changed
from controller.services.kinds import build_kinds
from controller.services.tools import Tools

CHANGING = {"POST", "DELETE", "PUT", "PATCH"}
SECRET = "hunter2"


def test_everything_that_changes_something_is_in_the_trail():
    changing = {(route, verb) for route, verbs in MATRIX.items() for verb in verbs if verb in CHANGING}
    assert set(ACTS) == changing


def test_only_what_reads_is_never_in_it():
    assert {key for key, act in ACTS.items() if act.moment is Moment.NEVER} == {("hook-config", "POST")}
    named = [act.action for act in ACTS.values() if act.moment not in (Moment.NEVER, Moment.OPERATION)]
    assert all(named)


def test_every_kind_of_operation_that_somebody_can_ask_for_is_in_it():
    kinds = set(build_kinds(cast(Tools, None)))  # only their names are looked at
    assert kinds - set(ACTIONS) == {"republish", "withdraw"}


@pytest.mark.parametrize("key", [key for key, act in ACTS.items() if act.moment is not Moment.NEVER])
def test_no_entry_takes_a_password_a_key_or_a_command(key):
    act = ACTS[key]
    body = dict.fromkeys(("password", "new_password", "public", "key", "certificate", "command"), SECRET)
    values = {
        name: {"A": SECRET} for name in ("values", "registry", "tags", "healthcheck", "label", "autoscale")
    }
    asked = Asked(body={**body, **values, "token": SECRET}, address={"key": "laptop", "name": "shop"})
    assert SECRET not in json.dumps([act.target(asked), act.details(asked)])


def test_a_config_change_is_told_by_names():
    given = {
        "values": {"A": SECRET, "B": None},
        "memory": {"web": "1G"},
        "cpu": {},
        "registry": {"password": SECRET},
    }
    changed = list_changed(given)
    assert changed == {
        "set": {"memory": ["web"], "registry": ["password"], "values": ["A"]},
        "unset": {"values": ["B"]},
    }
    assert SECRET not in json.dumps(changed)


@pytest.mark.parametrize(
    ("kind", "given", "details"),
    [
        (
            "build",
            {"image": "shop:git-1", "sha": "1" * 40, "procfile": {"web": SECRET}, "dockerfile": SECRET},
            {"image": "shop:git-1", "sha": "1" * 40, "types": ["web"]},
        ),
        ("rollback", {"version": 3}, {"version": 3}),
        ("rollback", {"version": None}, {}),
        ("scale", {"counts": {"web": 2}}, {"counts": {"web": 2}}),
        ("restart", {"type": "web", "name": None}, {"type": "web"}),
        ("create", {"structure": {}}, {}),
        ("destroy", {}, {}),
    ],
)
def test_operations(kind, given, details):
    assert describe_operation(Operation(kind=kind, input=given)) == details
