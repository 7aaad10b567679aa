"""Operations as the user sees them: progress, a crash and its reason, a deadline, the doctor."""

from __future__ import annotations

import json
import re

import pytest

from .clustered import IMAGE, SERVER

pytestmark = pytest.mark.timeout(240)


def test_a_deploy_tells_its_steps(owner, app):
    assert owner("config:set", "PORT=5000", "-a", app).code == 0
    procfile = json.dumps({"web": f"sleep 2; {SERVER}"})  # a deploy that ends within a second has no steps
    done = owner("builds:create", IMAGE, "-p", procfile, "-a", app, "--wait")
    assert done.code == 0, done.err
    assert done.out == "Creating build... ...\b\b\bdone\n"
    assert "1 of 1 ready" in done.err or "0 of 1 ready" in done.err
    done = owner("ps:scale", "web=2", "-a", app, "--deadline=100")
    assert done.code == 0, done.err
    assert done.out.count(" up (v3)\n") == 2


def test_a_crash_is_told_with_what_to_do_and_a_deadline_ends_the_waiting_only(owner, app):
    assert owner("config:set", "PORT=5000", "-a", app).code == 0
    crash = json.dumps({"web": "echo broken >&2; exit 3"})
    done = owner("builds:create", IMAGE, "-p", crash, "-a", app, "--wait")
    assert done.code == 1
    assert ": Crashed, exit code 3\n" in done.err
    assert f"      'deis logs -a {app} --process=web' shows what it said\n" in done.err
    assert "Process type web crashes: exit code 3" in done.err
    never = json.dumps({"web": "sleep 999"})
    done = owner("builds:create", IMAGE, "-p", never, "-a", app, "--deadline=1")
    assert done.code == 124, done
    shown = owner("operations:info", "-a", app)
    assert "state:        running\n" in shown.out
    assert "--- Steps\n" in shown.out
    assert owner("operations:cancel", "-a", app).out.endswith("done\n")
    assert re.search(r" build +cancelled ", owner("operations", "-a", app).out)
    trail = owner("audit", "-a", app)
    assert trail.out.startswith(f"=== {app} Audit\nTIME ")


def test_the_doctor_of_a_healthy_installation(owner, app):
    done = owner("doctor", "-a", app)
    assert done.code == 0, done.out
    for line in (
        "ok       controller ",
        "ok       login ",
        "ok       clock ",
        "ok       version ",
        "ok       app ",
    ):
        assert f"\n{line}" in done.out
    assert "→ ssh-keygen -t ed25519, then deis keys:add\n" in done.out
