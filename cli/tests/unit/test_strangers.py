"""Servers that are no controller, or a broken or a hostile one: one sentence each, and the token stays."""

from __future__ import annotations

import gzip
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from loopback import find_port

COMMANDS = [
    ("apps",), ("info",), ("open",), ("config",), ("config", "--oneline"), ("config:set", "A=1"), ("config:pull",),
    ("domains",), ("builds",), ("releases",), ("releases:info", "v1"), ("rollback",), ("ps",), ("ps:restart",),
    ("scale", "web=1"), ("perms",), ("perms", "--admin"), ("users",), ("keys",), ("certs",), ("certs:info", "x"),
    ("labels",), ("limits",), ("tags",), ("registry",), ("timeouts",), ("services",), ("healthchecks",),
    ("healthchecks", "--type=web"), ("autoscale",), ("maintenance",), ("routing",), ("tls",), ("whitelist",),
    ("whoami", "--all"), ("run", "ls"), ("logs",), ("create",), ("auth:regenerate",), ("pull", "image"),
]  # fmt: skip

SHAPES = [
    "", "null", "7", "[]", "{}", "[7]", "[[]]", "[{}]", '"text"', '{"results":[],"count":"x"}',
    '{"results":[{}],"count":1}', '{"results":[7],"count":1}', '{"results":{"a":1},"count":1}',
    '{"results":[{"id":7,"public":[],"type":{},"name":null,"domain":{},"san":7,"expires":[]}],"count":1}',
    ('{"values":[1],"label":7,"memory":"x","tags":[],"registry":true,"healthcheck":[7],"autoscale":"x",'
    '"termination_grace_period":[1],"users":{},"addresses":7,"services":[7],"exit_code":"x","token":7}'),
    ('{"healthcheck":{"web":{"livenessProbe":{"exec":7,"httpGet":{"httpHeaders":[7]}}}},"autoscale":{"web":7},'
    '"services":[{}],"san":{"a":1},"domains":7,"version":{},"cpu":{"a":{"b":1}}}'),
    "[" * 100_000, '{"id":"\\ud800","username":"\\ud800","values":{"A":"\\ud800"}}',
]  # fmt: skip


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_no_shape_of_answer_breaks_a_command(bob, scripted, argv):
    """All shapes in one process, as a hundred starts take long; each run is a run of the whole program."""
    script = (
        "import io, os, sys\n"
        "from deis.__main__ import run_guarded\n"
        "for shape in sys.stdin.read().split('\\0'):\n"
        "    with open('shape', 'w') as file: file.write(shape)\n"
        "    sys.stderr.write('\\n@')\n"
        "    sys.stderr.write(f'={run_guarded(sys.argv[1:])}')\n"
    )
    scripted.anything = lambda handler: scripted.send(
        handler, 200, (bob.directory / "shape").read_text(encoding="utf-8")
    )
    done = bob.run([sys.executable, "-c", script, *argv], stdin="\0".join(SHAPES), PATH="")
    said = done.err.split("\n@")[1:]
    assert len(said) == len(SHAPES), done.err[-2000:]
    for shape, text in zip(SHAPES, said, strict=True):
        assert "bug of the client" not in text, (shape[:80], text)
        assert "Traceback" not in text, (shape[:80], text)
        assert text.startswith(("Error: ", "=0", "=1", "Git remote")), (shape[:80], text)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, ("Error: the answer is a web page \"Welcome to nginx!\" and not the controller's; is it the "
         "controller's address? 'deis whoami' tells it\n")),
        (404, "Error: Not Found: the answer is a web page \"Welcome to nginx!\" and not the controller's\n"),
        (502, "Error: Unknown Error (502): the answer is a web page \"Welcome to nginx!\" and not the controller's\n"),
        (400, "Error: Unknown Error (400): the answer is a web page \"Welcome to nginx!\" and not the controller's\n"),
    ],
)  # fmt: skip
def test_a_web_page_is_no_answer(bob, scripted, status, told):
    scripted.version = ""
    scripted.anything = (
        status,
        "<!DOCTYPE html>\n<html><title>Welcome to\n nginx!</title><p>long text</html>",
    )
    assert bob("config", "-a", "a1") == (1, "", told)


def test_a_page_without_a_title(bob, scripted):
    scripted.anything = (503, "<html></html>")
    assert bob("apps").err.endswith(
        "Error: Unknown Error (503): the answer is a web page and not the controller's\n"
    )


def break_off(handler):
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\nDEIS_API_VERSION: 2.3\r\n\r\n{"results":')
    handler.close_connection = True


def break_off_in_chunks(handler):
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"res\r\n')
    handler.close_connection = True


def say_nothing(handler):
    handler.close_connection = True


def say_no_http(handler):
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    handler.close_connection = True


def pack_too_much(handler):
    data = gzip.compress(bytes(80 << 20), 1)
    handler.wfile.write(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(data) + data
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (break_off, "the answer broke off"),
        (break_off_in_chunks, "the answer broke off"),
        (say_nothing, "remote end closed connection without response"),
    ],
)
def test_what_is_read_is_asked_for_again(bob, scripted, answer, reason):
    scripted.answers["GET /v2/apps/"] = answer
    assert bob("apps") == (1, "", f"Error: Get {scripted.url}/v2/apps/?limit=100: {reason}\n")
    assert len(scripted.asked) == 3
    scripted.answers["GET /v2/apps/"] = [(502, "away"), (503, "away"), (200, {"results": [], "count": 0})]
    assert bob("apps") == (0, "=== Apps\n", "")
    assert len(scripted.asked) == 6


def test_what_changes_something_is_sent_once(bob, scripted):
    scripted.anything = break_off
    assert bob("create", "--no-remote").err == f"Error: Post {scripted.url}/v2/apps/: the answer broke off\n"
    assert bob("destroy", "-a", "a1", "--confirm=a1").code == 1
    scripted.anything = (503, "away")
    assert bob("config:set", "A=1", "-a", "a1").err == "Error: Unknown Error (503): away\n"
    assert scripted.list_requests() == ["POST /v2/apps/", "DELETE /v2/apps/a1/", "POST /v2/apps/a1/config/"]


def test_an_answer_without_end(bob, scripted):
    scripted.anything = pack_too_much
    told = f"Error: the answer of {scripted.url}/v2/apps/?limit=100 has no end: more than 64 MiB came\n"
    assert bob("apps") == (1, "", told)


def test_a_server_that_speaks_something_else(bob, scripted):
    scripted.anything = say_no_http
    told = "what answers there does not speak HTTP"
    assert bob("apps").err == f"Error: Get {scripted.url}/v2/apps/?limit=100: {told}\n"
    bob.log_in(scripted.url.replace("http", "https"))
    done = bob("apps")
    assert done.err.endswith("; is it an https address?\n")
    assert done.err.count("\n") == 1


def test_a_server_that_is_silent(bob, scripted):
    """What is read has a limit; what changes something takes as long as the controller works."""
    goes_on = threading.Event()
    scripted.answers["GET /v2/apps/"] = lambda _: goes_on.wait(40)
    told = f"Error: Get {scripted.url}/v2/apps/?limit=100: no answer for 0.5 seconds\n"
    assert bob("apps", DEIS_TIMEOUT="0.5") == (1, "", told)
    assert len(scripted.asked) == 1

    def answer_late(handler):
        goes_on.clear()
        goes_on.wait(1)
        scripted.send(handler, 200, {"id": "late"})

    scripted.answers["POST /v2/apps/"] = answer_late
    assert bob("create", "--no-remote", DEIS_TIMEOUT="0.5").code == 0
    goes_on.set()


def test_an_interrupt_ends_it_without_a_word(bob, scripted):
    asked, over = threading.Event(), threading.Event()

    def wait(_):
        asked.set()
        over.wait(40)

    scripted.anything = wait
    program = [sys.executable, "-m", "deis", "scale", "web=1", "-a", "a1"]
    # what begins in the background of a script ignores the signal
    command = ["env", "--default-signal=INT", *program]
    process = subprocess.Popen(
        command, cwd=bob.directory, env=bob.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert asked.wait(30)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    over.set()
    assert (process.returncode, err) == (-signal.SIGINT, b"")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("command", [("apps",), ("create", "--no-remote")], ids=" ".join)
def test_the_token_goes_to_no_other_host(bob, scripted, stranger, status, command):
    def lead_away(handler):
        handler.send_response(status)
        handler.send_header("Location", f"{stranger.url}/v2/apps/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    scripted.anything = lead_away
    done = bob(*command)
    assert done.code == 1
    assert f" redirects to {stranger.url}/v2/apps/; log in to that controller" in done.err
    assert done.err.count("\n") == 1
    assert stranger.asked == []
    assert scripted.asked[0].headers["Authorization"] == "token t0ken"


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "http://[::1", "//evil.example.com:99999/", "gopher://x.y/", "http://:80@/", "\x1b]0;x\x07"],
)  # fmt: skip
def test_an_odd_redirect_is_a_sentence(bob, scripted, location):
    def lead_away(handler):
        handler.wfile.write(
            f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    scripted.anything = lead_away
    done = bob("apps")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert done.err.startswith("Error: ")
    assert "bug of the client" not in done.err


def test_a_redirect_in_a_circle(bob, scripted):
    def lead_round(handler):
        handler.wfile.write(
            b"HTTP/1.1 302 Found\r\nLocation: /v2/apps/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )

    scripted.anything = lead_round
    assert bob("apps").err == f"Error: Get {scripted.url}/v2/apps/?limit=100: exceeded 10 redirects.\n"


@pytest.mark.parametrize("path", ["@evil.example.com/v2/x", ".evil.example.com/", "x"])
def test_the_path_of_a_terminal_stays_with_the_controller(path):
    from deis.api import Client
    from deis.errors import CliError
    from deis.profiles import Token

    client = Client("http://deis.example.com", token=Token("t"), ssl_verify=True, warn=print)
    assert client.find_terminal("/v2/x").url == "ws://deis.example.com/v2/x"
    with pytest.raises(CliError, match="is no path of the API"):
        client.find_terminal(path)


def test_a_terminal_is_led_nowhere_else(scripted, stranger):
    import asyncio

    from websockets.exceptions import InvalidStatus

    from deis.terminal import Connect

    scripted.anything = lambda handler: handler.wfile.write(
        b"HTTP/1.1 302 Found\r\nLocation: %b/x\r\nContent-Length: 0\r\n\r\n" % stranger.url.encode()
    )

    async def connect() -> None:
        async with Connect(scripted.url.replace("http", "ws"), proxy=None):
            pass

    with pytest.raises(InvalidStatus):
        asyncio.run(connect())
    assert stranger.asked == []


def test_a_version_of_another_api_warns_once_and_goes_on(bob, scripted):
    scripted.version = "3.0"
    scripted.answers["POST /v2/apps/a1/config/"] = {}
    scripted.answers["GET /v2/apps/a1/config/"] = {"values": {"A": "1"}}
    done = bob("config:set", "A=1", "-a", "a1")
    assert (done.code, done.out[-26:]) == (0, "done\n\n=== a1 Config\nA      1\n"[-26:])
    assert done.err == (
        "!    WARNING: Client and server API versions do not match. Please consider upgrading.\n"
        "!    Client version: 2.3\n!    Server version: 3.0\n"
    )


def test_a_controller_that_is_down(bob):
    port = find_port()
    bob.log_in(f"http://127.0.0.1:{port}")
    told = f"Error: Get http://127.0.0.1:{port}/v2/apps/?limit=100: connection refused\n"
    assert bob("apps") == (1, "", told)
    bob.log_in("http://no-such-host.invalid")
    assert bob("apps").err.startswith("Error: Get http://no-such-host.invalid/v2/apps/?limit=100: ")


def test_a_port_that_nobody_accepts_at(bob):
    """The queue of a listening socket is full, as on a machine that hangs: reading gives up."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        bob.log_in(f"http://127.0.0.1:{listener.getsockname()[1]}")
        assert bob("apps", DEIS_TIMEOUT="0.5").err.endswith(": no answer for 0.5 seconds\n")


def test_words_that_are_no_text(bob):
    stray = os.fsdecode(b"A=\xff")
    assert bob("config:set", stray, "-a", "a1").err == (
        "Error: what was given is no UTF-8 text, so it can't be sent\n"
    )
    assert bob("config", "-a", os.fsdecode(b"a\xff")).code == 1
    shell = f"printf 'A=\\377' | {sys.executable} -m deis"
    assert bob.run(["/bin/sh", "-c", f"{shell} config:push -a a1"]).err == (
        "Error: what was given is no UTF-8 text, so it can't be sent\n"
    )
    refused = bob.run(["/bin/sh", "-c", f"{shell} destroy -a a1 2>&1 | LC_ALL=C tr -d '\\377'"])
    assert refused.out.endswith("Error: App a1 does not match confirm A=, aborting.\n")
