"""What processes use, against a controller that says what a test wants."""

from __future__ import annotations

import json
from typing import Any

import pytest

PATH = "GET /v2/apps/a1/usage/"
MEBIBYTE = 1024 * 1024


def build_pod(name: str, **values: Any) -> dict[str, Any]:
    kind = name.split("-")[1]
    figures = {"cpu": 12, "cpu_limit": None, "memory": MEBIBYTE, "memory_limit": None}
    measured = {"measured": "2026-01-02T03:04:05Z"}
    return {"name": name, "type": kind, "release": "v2", **figures, **measured, **values}


BUSY = build_pod("a1-web-1-x", cpu=412, cpu_limit=500, memory=200 * MEBIBYTE + 1, memory_limit=256 * MEBIBYTE)
IDLE = build_pod("a1-worker-1-x", memory=300 * MEBIBYTE)
YOUNG = build_pod("a1-web-1-y", cpu=None, memory=None, cpu_limit=500, measured=None)


@pytest.fixture
def asked(deis, scripted):
    deis.log_in(scripted.url)
    scripted.answers[PATH] = {"count": 3, "results": [YOUNG, BUSY, IDLE]}
    return scripted


def test_the_table(deis, asked):
    done = deis("top", "-a", "a1")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "=== a1 Usage\n"
        "TYPE    POD            CPU   OF LIMIT     MEMORY  OF LIMIT\n"
        "web     a1-web-1-x     412m  82% of 500m  201M    78% of 256M\n"
        "worker  a1-worker-1-x  12m   -            300M    -\n"
        "web     a1-web-1-y     -     -            -       -\n"
        "What has just started is measured within a minute\n"
    )


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("cpu", ["a1-web-1-x", "a1-worker-1-x", "a1-web-1-y"]),
        ("memory", ["a1-worker-1-x", "a1-web-1-x", "a1-web-1-y"]),
        ("name", ["a1-web-1-x", "a1-web-1-y", "a1-worker-1-x"]),
    ],
)
def test_the_order(deis, asked, order, names):
    done = deis("top", "-a", "a1", f"--sort={order}", "-o", "json")
    assert [pod["name"] for pod in json.loads(done.out)["results"]] == names


def test_an_order_that_there_is_not(deis, asked):
    done = deis("top", "-a", "a1", "--sort=age")
    assert (done.code, done.err) == (1, "Error: --sort must be cpu, memory or name, not age\n")


def test_one_process_type(deis, asked):
    asked.answers["GET /v2/apps/a1/usage/web/"] = {"count": 1, "results": [BUSY]}
    assert json.loads(deis("top", "web", "-a", "a1", "-o", "json").out)["results"] == [BUSY]
    assert deis("top", "web", "worker", "-a", "a1").err == "Usage: deis top [<type>] [options]\n"


def test_an_app_of_which_nothing_runs(deis, asked):
    asked.answers[PATH] = {"count": 0, "results": []}
    assert deis("top", "-a", "a1").out == "=== a1 Usage\nNothing runs\n"


def test_a_limit_of_nothing_has_no_share(deis, asked):
    asked.answers[PATH] = {"count": 1, "results": [build_pod("a1-web-1-x", cpu_limit=0)]}
    assert deis("top", "-a", "a1").out.splitlines()[-1] == "web   a1-web-1-x  12m  -         1M      -"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, {"detail": "This cluster does not measure"}, "This cluster does not measure"),
        (503, {"detail": "The metrics API does not answer"}, "The metrics API does not answer"),
        (404, '"No App matches the given query."', '"No App matches the given query."'),
        (404, {"detail": 1}, '{"detail": 1}'),
        (503, "[]", "Unknown Error (503): []"),
        (
            404,
            "<h1>Not Found</h1>",
            'Not Found: the answer is a web page "Not Found" and not the controller\'s',
        ),
    ],
)
def test_what_the_controller_says_instead(deis, asked, status, body, said):
    asked.answers[PATH] = (status, body)
    done = deis("top", "-a", "a1")
    assert (done.code, done.out, done.err) == (1, "", f"Error: {said}\n")


@pytest.mark.parametrize("figure", ["12", 1.5, [], {}])
def test_figures_that_are_none(deis, asked, figure):
    asked.answers[PATH] = {"count": 1, "results": [build_pod("a1-web-1-x", cpu=figure)]}
    done = deis("top", "-a", "a1")
    assert (done.code, done.err) == (1, "Error: the controller's answer has a cpu that is no whole number\n")
