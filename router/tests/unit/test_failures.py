from __future__ import annotations

import http.client
import socket
import threading
from pathlib import Path

import pytest

from kit.errors import Unavailable
from router.cluster import list_ready_addresses
from router.failures import Answer, FailureDesk, build_response, choose_answer, parse_headers


@pytest.mark.parametrize(
    ("failure", "connected", "endpoints", "answer"),
    [
        ("502", False, [], Answer("@unavailable")),
        ("502", True, [], Answer("@unavailable")),
        ("504", False, [], Answer("@unavailable")),
        ("502", False, ["1.2.3.4:5"], Answer("@again", "1.2.3.4:5")),
        ("502", True, ["1.2.3.4:5"], Answer("@failed_502")),
        ("504", True, ["1.2.3.4:5"], Answer("@failed_504")),
        ("504", False, ["1.2.3.4:5"], Answer("@failed_504")),
        ("502", False, None, Answer("@failed_502")),
    ],
)
def test_choice(failure: str, connected: bool, endpoints: list[str] | None, answer: Answer):
    chosen = choose_answer(failure, connected=connected, endpoints=endpoints, choose=lambda items: items[0])
    assert chosen == answer


def test_headers_are_those_of_nginx():
    assert parse_headers(b"GET /a:b HTTP/1.1\r\nX-Route: deis/x\r\nX-Connect-Time: 0.1 : -\r\n\r\n") == {
        "x-route": "deis/x",
        "x-connect-time": "0.1 : -",
    }
    assert b"X-Endpoint: 1.2.3.4:5\r\n" in build_response(Answer("@again", "1.2.3.4:5"))


def ask(path: Path, **headers: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        lines = [f"X-{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join(["GET / HTTP/1.1", *lines, "", ""]).encode())
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.getheader("X-Accel-Redirect", "")


def test_many_clients_cost_one_question(tmp_path: Path):
    asked: list[tuple[str, str]] = []
    answered = threading.Event()

    def list_endpoints(namespace: str, service: str) -> list[str]:
        asked.append((namespace, service))
        answered.wait(10)
        return []

    desk = FailureDesk(
        tmp_path / "s", find_service=lambda route: ("ns", route), list_endpoints=list_endpoints
    )
    desk.start()
    locations: list[str] = []
    clients = [
        threading.Thread(target=lambda: locations.append(ask(tmp_path / "s", Route="shop")))
        for _ in range(20)
    ]
    for client in clients:
        client.start()
    answered.set()
    for client in clients:
        client.join()
    desk.stop()
    assert locations == ["@unavailable"] * 20
    assert 1 <= len(asked) < 20


def test_what_can_not_be_told_is_a_failure(tmp_path: Path):
    def fail(namespace: str, service: str) -> list[str]:
        raise Unavailable("the API is away")

    desk = FailureDesk(
        tmp_path / "s", find_service=lambda route: ("ns", route) if route else None, list_endpoints=fail
    )
    desk.start()
    assert ask(tmp_path / "s", Route="shop", Failure="504") == "@failed_504"
    assert ask(tmp_path / "s", Route="", Failure="nonsense") == "@failed_502"
    desk.stop()


def test_ready_addresses():
    ports = [{"name": "admin", "port": 1}, {"name": "http", "port": 5000, "protocol": "TCP"}]
    endpoints = [
        {"addresses": ["10.0.0.1"], "conditions": {"ready": True}},
        {"addresses": ["10.0.0.2"], "conditions": {"ready": False}},
        {"addresses": ["fd00::3"], "conditions": {}},
        {"addresses": []},
    ]
    assert list_ready_addresses({"ports": ports, "endpoints": endpoints}) == [
        "10.0.0.1:5000",
        "[fd00::3]:5000",
    ]
    assert list_ready_addresses({"ports": ports, "endpoints": None}) == []
    assert list_ready_addresses({"ports": None, "endpoints": endpoints}) == []
