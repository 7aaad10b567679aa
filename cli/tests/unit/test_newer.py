"""What the old client did not have, against a controller that says what a test wants."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from deis.api import Answer
from deis.checkup import WARNING, check_clock, check_version, get_key_body
from deis.configvars import parse_edited, plan_changes, render_for_editor
from deis.errors import CliError
from deis.tables import render_columns

OPERATION: dict[str, Any] = {
    "uuid": "0b9c", "url": "/v2/apps/a1/operations/0b9c", "app": "a1", "kind": "scale", "state": "running",
    "phase": "rolling out", "message": "", "progress": {"ready": 0, "wanted": 2}, "pods": [], "events": [],
    "result": None, "error": None, "requested_by": "bob", "created": "2026-01-02T03:04:05Z",
}  # fmt: skip
ENDED = {**OPERATION, "state": "succeeded", "phase": "succeeded", "progress": {"ready": 2, "wanted": 2}}
CRASH = [{"name": "a1-web-1", "type": "web", "reason": "Crashed", "message": "exit code 3"}]
FAILED = {
    **OPERATION, "state": "failed", "error": {"status": 422, "detail": "no", "body": {"detail": "no"}}
}  # fmt: skip
PODS = {"count": 1, "results": [{"name": "a1-web-1", "type": "web", "state": "up", "release": "v2"}]}


@pytest.fixture
def scaling(deis, scripted):
    deis.log_in(scripted.url)
    scripted.answers["POST /v2/apps/a1/scale/"] = (202, OPERATION)
    scripted.answers["GET /v2/apps/a1/pods/"] = PODS
    return scripted


def test_waiting_tells_how_it_goes_on_standard_error(deis, scaling):
    going = {**OPERATION, "pods": CRASH, "progress": {"ready": 1, "wanted": 2}}
    scaling.answers["GET /v2/apps/a1/operations/0b9c"] = [(200, going), (200, ENDED)]
    done = deis("scale", "web=2", "-a", "a1", "--wait")
    assert (done.code, scaling.asked[0].headers["Prefer"]) == (0, "respond-async, wait=1")
    assert done.out.endswith("=== a1 Processes\n--- web:\na1-web-1 up (v2)\n")
    assert done.err == (
        "    rolling out, 0 of 2 ready\n"
        "    rolling out, 1 of 2 ready\n"
        "    a1-web-1: Crashed, exit code 3\n"
        "      'deis logs -a a1 --process=web' shows what it said\n"
    )


def test_a_controller_that_is_away_for_a_moment_is_waited_for(deis, scaling):
    scaling.answers["GET /v2/apps/a1/operations/0b9c"] = [*([(503, "away")] * 4), (200, ENDED)]
    assert deis("scale", "web=2", "-a", "a1", "--wait").code == 0


def test_a_failed_operation_is_an_error_as_ever(deis, scaling):
    scaling.answers["GET /v2/apps/a1/operations/0b9c"] = FAILED
    done = deis("scale", "web=2", "-a", "a1", "--wait")
    assert (done.code, done.err.splitlines()[-1]) == (1, "Error: Unable to process your request: no")


def test_nobody_waits_if_nobody_wants_to(deis, scaling):
    done = deis("scale", "web=2", "-a", "a1", "--no-wait")
    assert done.code == 0
    assert done.out.endswith("accepted, 'deis operations:info 0b9c -a a1' tells how it goes\n")
    assert scaling.asked[0].headers["Prefer"] == "respond-async"
    assert json.loads(deis("scale", "web=2", "-a", "a1", "--no-wait", "-o", "json").out) == OPERATION


def test_a_deadline_has_an_exit_code_of_its_own(deis, scaling):
    scaling.answers["GET /v2/apps/a1/operations/0b9c"] = OPERATION
    done = deis("scale", "web=2", "-a", "a1", "--deadline=0.3")
    assert done.code == 124
    assert "the deadline is over; the operation goes on: deis operations:info 0b9c -a a1" in done.err
    for words in (["--deadline=x"], ["--wait", "--no-wait"], ["--no-wait", "--deadline=1"]):
        assert deis("scale", "web=2", "-a", "a1", *words).code == 1


def test_a_request_that_nobody_watches_waits_as_it_always_did(deis, scaling):
    scaling.answers["POST /v2/apps/a1/scale/"] = (204, "")
    assert deis("scale", "web=2", "-a", "a1").code == 0
    assert "Prefer" not in scaling.asked[0].headers


@pytest.mark.parametrize(
    ("argv", "code", "similar"),
    [
        (("config:sett",), 0, "config:set"),
        (("confg:set",), 1, "config:set"),
        (("aps",), 1, "apps"),
        (("scal",), 1, "scale"),
        (("operations:list", "--nope"), 1, ""),
        (("zzz",), 1, ""),
        (("apps:zzz",), 0, ""),
    ],
)
def test_did_you_mean(deis, argv, code, similar):
    done = deis(*argv)
    assert done.code == code
    asked = f"Did you mean 'deis {similar}'?\n"
    assert done.err.endswith(asked) if similar else "Did you mean" not in done.err


def test_a_plugin_goes_before_a_newer_noun(deis):
    programs = deis.home / "programs"
    programs.mkdir()
    for name in ("doctor", "apps"):
        (programs / f"deis-{name}").write_text("#!/bin/sh\necho mine $@\n")
        (programs / f"deis-{name}").chmod(0o755)
    path = f"{programs}{os.pathsep}{deis.env['PATH']}"
    assert deis("doctor", "x", PATH=path).out == "mine x\n"
    assert deis("apps", PATH=path).code == 1


def test_operations_and_audit(deis, scripted):
    deis.log_in(scripted.url)
    scripted.answers["GET /v2/apps/a1/operations/"] = {"count": 2, "results": [FAILED]}
    done = deis("operations", "-a", "a1")
    assert done.out == (
        "=== a1 Operations (1 of 2)\n"
        "UUID  KIND   STATE   BY   CREATED               WHAT\n"
        "0b9c  scale  failed  bob  2026-01-02T03:04:05Z  no\n"
    )
    scripted.answers["POST /v2/apps/a1/operations/0b9c/cancel/"] = {**OPERATION, "state": "cancelled"}
    assert deis("operations:cancel", "-a", "a1").out.endswith("done\n")
    assert deis("operations:wait", "-a", "a1").code == 1
    entry = {
        "number": 1,
        "time": "T",
        "actor": "bob",
        "action": "config",
        "target": "A",
        "outcome": "succeeded",
    }
    scripted.answers["GET /v2/audit/"] = {"count": 1, "results": [entry]}
    done = deis("audit", "--all", "--actor=bob")
    assert done.out == "=== Audit\nTIME  WHO  DID     TO  OUTCOME    FROM\nT     bob  config  A   succeeded\n"
    assert scripted.asked[-1].path == "/v2/audit/?limit=100&actor=bob"
    scripted.answers["GET /v2/apps/shop/audit/"] = scripted.answers["GET /v2/audit/"]
    assert deis("audit", "-a", "shop", "--actor=bob").code == 0
    assert scripted.asked[-1].path == "/v2/apps/shop/audit/?limit=100&actor=bob"


def test_columns_line_up_in_any_script_and_width():
    rows = [["a", "日本語", "x"], ["bb", "é́", "a long text that goes on and on"]]
    assert render_columns(("N", "T", "WHAT"), rows, width=None) == (
        "N   T       WHAT\na   日本語  x\nbb  é́       a long text that goes on and on\n"
    )
    assert render_columns(("N", "T", "WHAT"), rows, width=20).splitlines()[2] == "bb  é́       a long …"
    assert render_columns(("N", "T", "WHAT"), rows, width=1).splitlines()[0] == "N  T  WHAT"
    assert render_columns(("N",), [], width=None) == ""


def write_editor(directory: Path, text: str) -> str:
    editor = directory / "editor"
    editor.write_text(f"#!{sys.executable}\nimport sys\npath = sys.argv[-1]\n{text}\n")
    editor.chmod(0o755)
    return f"{editor} --wait"


def test_config_is_edited(deis, scripted):
    deis.log_in(scripted.url)
    before = {"A": "1", "B": "two\nlines", "GONE": "x"}
    scripted.answers["GET /v2/apps/a1/config/"] = {"values": before}
    scripted.answers["POST /v2/apps/a1/config/"] = (201, {"values": {}})
    editor = write_editor(
        deis.home,
        "import os; assert os.stat(path).st_mode & 0o077 == 0; text = open(path).read()\n"
        "open(path, 'w').write(text.replace('A=1', 'A=9').replace('GONE=x\\n', 'NEW= y'))",
    )
    done = deis("config:edit", "-a", "a1", VISUAL=editor)
    assert done.code == 0, done.err
    (posted,) = [asked.body for asked in scripted.asked if asked.method == "POST"]
    assert posted == {"values": {"A": "9", "NEW": " y", "GONE": None}}
    done = deis("config:edit", "-a", "a1", EDITOR="true")
    assert done.out == "Nothing has changed\n"
    emptied = deis("config:edit", "-a", "a1", EDITOR=write_editor(deis.home, "open(path, 'w').write('# x')"))
    assert (emptied.code, emptied.err[:36]) == (1, "Error: no variable is left in the fi")
    failed = deis("config:edit", "-a", "a1", EDITOR="false")
    assert (failed.code, failed.err) == (
        1,
        "Error: the editor false ended with status 1; nothing is changed\n",
    )
    wrong = deis("config:edit", "-a", "a1", EDITOR=write_editor(deis.home, "open(path, 'w').write('1B=2')"))
    assert wrong.code == 1
    assert wrong.err.endswith("Error: nothing is changed\n")


def test_a_text_for_the_editor_reads_back_unchanged():
    values = {"A": "1", "B": "two\nlines", "C": ' "quoted" ', "D": '"', "E": "", "F": "日本 #x", "G": "\t"}
    text = render_for_editor("a1", values)
    assert parse_edited(text) == values
    assert plan_changes(values, parse_edited(text)) == {}
    for wrong in ("A=1\nA=2", 'A="x', "1B=2"):
        with pytest.raises(CliError):
            parse_edited(wrong)


def test_the_doctor_says_how_to_mend(deis, scripted):
    done = deis("doctor")
    assert done.code == 1
    assert "bad      settings    Client configuration file not found" in done.out
    assert "→ deis login <controller>\n" in done.out
    path = deis.log_in(scripted.url)
    path.chmod(0o644)
    scripted.answers["GET /v2/"] = (401, "")
    scripted.answers["GET /v2/auth/whoami/"] = (401, "")
    done = deis("doctor", "-o", "json")
    checks = {(check["name"], check["state"]): check for check in json.loads(done.out)["checks"]}
    assert done.code == 1
    assert checks["settings", "warning"]["fix"] == f"chmod 600 {path}"
    assert checks["controller", "ok"]
    assert checks["clock", "ok"]
    assert checks["tls", "ok"]
    assert checks["login", "bad"]["fix"] == f"deis login {scripted.url}"
    deis.log_in("http://127.0.0.1:1")
    assert "nothing listens at http://127.0.0.1:1" in deis("doctor").out


def test_clocks_and_versions():
    answer = Answer(401, "", "2.3", "Fri, 02 Jan 2026 03:04:05 GMT")
    assert check_clock(answer, now=1767323045.0).state == "ok"
    late = check_clock(answer, now=1767323045.0 - 600)
    assert (late.state, late.detail) == (WARNING, "this clock is 600 s behind the controller's")
    assert check_version(answer).state == "ok"
    assert check_version(answer._replace(api_version="2.2")).fix == "upgrade the controller"
    assert get_key_body("ssh-ed25519 AAAA me@here\n") == "ssh-ed25519 AAAA"


def test_a_terminal_sees_progress_and_a_pipe_does_not(deis, scaling):
    scaling.answers["GET /v2/apps/a1/operations/0b9c"] = [(200, OPERATION), (200, ENDED)]
    shown = deis.show("scale", "web=2", "-a", "a1")
    assert "    rolling out, 0 of 2 ready\n" in shown
    assert re.search(r"done in \d+s\n", shown)
