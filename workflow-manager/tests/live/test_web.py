"""What the server makes of requests, whatever the cluster says: there is none here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from kit.kube import Kube
from workflow_manager.services import Service
from workflow_manager.settings import Settings
from workflow_manager.versions import Versions
from workflow_manager.web import LONGEST_BODY, Api, Server

Ask = Callable[[bytes], tuple[int, str]]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Send bytes as they are; return status and body of the answer."""
    api = Api(Kube("http://127.0.0.1:1"), Settings(), versions=Versions(Service(url="")))
    server = Server(api, 0, host="127.0.0.1")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()

    def ask(content: bytes) -> tuple[int, str]:
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=20) as client:
            client.sendall(content)
            with client.makefile("rb") as answer:
                head, _, body = answer.read().partition(b"\r\n\r\n")
            return int(head.split()[1]), body.decode()

    yield ask
    server.shutdown()
    thread.join()
    server.server_close()


def build_request(*headers: str, method: str = "POST", path: str = "/healthz", body: bytes = b"") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode() + body


@pytest.mark.parametrize("length", [LONGEST_BODY + 1, 1 << 40])
def test_a_large_body_is_refused_before_it_is_sent(ask, length):
    status, said = ask(build_request(f"Content-Length: {length}", path="/doctor"))
    assert status == 413
    assert said == "The body is larger than 65536 bytes, and none is needed. Send the request without it.\n"


def test_a_client_that_sends_it_all_the_same_reads_the_answer(ask):
    body = b"x" * (LONGEST_BODY * 8)
    assert ask(build_request(f"Content-Length: {len(body)}", body=body))[0] == 413


def test_a_body_without_a_length_is_refused(ask):
    status, said = ask(build_request("Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"))
    assert (status, "Send the request without it." in said) == (411, True)


@pytest.mark.parametrize("length", ["-1", "many"])
def test_a_length_that_is_none_is_refused(ask, length):
    assert ask(build_request(f"Content-Length: {length}")) == (
        400,
        "The header Content-Length is not a number.\n",
    )


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_any_method_will_do_and_so_does_a_small_body(ask, method):
    assert ask(build_request("Content-Length: 5", method=method, body=b"hello")) == (200, "")


def test_a_cluster_that_does_not_answer_is_said(ask):
    for method, path in (("GET", "/components"), ("GET", "/id"), ("POST", "/doctor")):
        status, said = ask(build_request(method=method, path=path))
        assert status == 500
        assert said.strip()
