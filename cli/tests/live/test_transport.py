"""Networks as they are: real nginx in front of the client, on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from loopback import find_port

from .conftest import need

CONFIG = """
daemon off; pid {directory}/nginx.pid; error_log stderr warn;
events {{ }}
http {{
  log_format seen '$host $http_authorization'; access_log {directory}/seen seen;
  client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
  uwsgi_temp_path {directory}; scgi_temp_path {directory};
  server {{
    listen 127.0.0.1:{plain};
    location /v2/apps/away/ {{ return 302 http://localhost:{plain}/v2/apps/; }}
    location /v2/apps/twice/ {{ return 301 /v2/apps/; }}
    location /v2/apps/html/ {{ default_type text/html; return 200 '<h1>hello</h1>'; }}
    location /v2/apps/drop/ {{ return 444; }}
    location / {{ return 404; }}
  }}
  server {{
    listen 127.0.0.1:{tls} ssl;
    ssl_certificate {directory}/cert.pem; ssl_certificate_key {directory}/key.pem;
    return 404 tls;
  }}
}}
"""


class Server:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.plain, self.tls = find_port(), find_port()
        self.certificate = directory / "cert.pem"

    def wait_for_requests(self, *lines: str) -> list[str]:
        """Host and Authorization of every request so far, once the last are these.

        The log is written after the answer; the test's own time limit ends the wait.
        """
        while (seen := (self.directory / "seen").read_text().splitlines())[-len(lines) :] != [*lines]:
            os.sched_yield()
        return seen


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("nginx"))
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    new = [need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject]
    files = ["-keyout", str(server.directory / "key.pem"), "-out", str(server.certificate)]
    subprocess.run([*new, *files], check=True, capture_output=True)
    config = server.directory / "nginx.conf"
    config.write_text(CONFIG.format(directory=server.directory, plain=server.plain, tls=server.tls))
    process = subprocess.Popen(
        [need("nginx"), "-p", str(server.directory), "-c", str(config)], stderr=subprocess.PIPE
    )
    try:
        _wait_until_open(process, server.plain)
        yield server
    finally:
        process.terminate()
        process.communicate()


def _wait_until_open(process: subprocess.Popen[bytes], port: int) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            os.sched_yield()
        else:
            return
    raise AssertionError(process.communicate()[1].decode())


def test_the_token_does_not_follow_a_redirect_to_another_host(deis, server):
    controller = f"http://127.0.0.1:{server.plain}"
    deis.log_in(controller, token="s3cret")
    done = deis("config", "-a", "away/x")
    assert done.code == 1
    assert done.out == ""
    assert done.err == (
        f"Error: {controller}/v2/apps/away/x/config/ redirects to http://localhost:{server.plain}/v2/apps/; "
        "log in to that controller if it is the right one\n"
    )
    seen = server.wait_for_requests("127.0.0.1 token s3cret")
    assert not any(line.startswith("localhost") for line in seen)


def test_no_netrc_entry_takes_the_place_of_the_token(deis, server):
    (deis.home / ".netrc").write_text("machine 127.0.0.1 login bob password other\n")
    deis.log_in(f"http://127.0.0.1:{server.plain}", token="mine")
    deis("config", "-a", "twice/x")
    server.wait_for_requests("127.0.0.1 token mine", "127.0.0.1 token mine")


@pytest.mark.parametrize(
    ("app", "text"),
    [
        (
            "html",
            (
                "Error: the answer is a web page \"hello\" and not the controller's; is it the controller's address? "
                "'deis whoami' tells it\n"
            ),
        ),
        ("drop", "remote end closed connection without response\n"),
    ],
)
def test_an_answer_that_is_none(deis, server, app, text):
    deis.log_in(f"http://127.0.0.1:{server.plain}")
    done = deis("config", "-a", f"{app}/x")
    assert done.code == 1
    assert done.err.endswith(text)
    assert done.err.splitlines()[-1].startswith("Error: ")


def test_a_certificate_must_be_trusted(deis, server):
    login = ("login", f"https://localhost:{server.tls}", "--username=bob", "--password=x")
    done = deis(*login)
    assert done.code == 1
    assert "the certificate is not trusted: self-signed certificate" in done.err
    stranger = f"Error: https://localhost:{server.tls} does not appear to be a valid Deis controller.\n"
    assert deis(*login, SSL_CERT_FILE=str(server.certificate)).err.startswith(stranger)
    assert deis(*login, "--ssl-verify=false").err.startswith(stranger)


def test_each_variable_names_trusted_certificates(deis, server, tmp_path):
    (tmp_path / "own.pem").write_bytes(server.certificate.read_bytes())
    subprocess.run([need("openssl"), "rehash", str(tmp_path)], check=True, capture_output=True)
    login = ("login", f"https://localhost:{server.tls}", "--username=bob", "--password=x")
    stranger = f"Error: https://localhost:{server.tls} does not appear to be a valid Deis controller.\n"
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        assert deis(*login, **{name: str(server.certificate)}).err.startswith(stranger), name
    assert deis(*login, SSL_CERT_DIR=str(tmp_path)).err.startswith(stranger)


def test_the_certificate_of_an_https_proxy_is_checked_alike(deis, server):
    """The proxy is the TLS server itself: it answers whatever it is asked, once the client trusts it."""
    deis.log_in("http://deis.example.com")
    proxy = {"http_proxy": f"https://localhost:{server.tls}"}
    assert "the certificate is not trusted" in deis("config", "-a", "x", **proxy).err
    trusting = deis("config", "-a", "x", **proxy, REQUESTS_CA_BUNDLE=str(server.certificate))
    assert (trusting.code, trusting.out) == (1, "")
    assert "tls" in trusting.err, trusting.err


def test_proxies_are_used_but_not_for_loopback(deis, server):
    proxy = f"http://127.0.0.1:{server.plain}"
    deis.log_in(proxy)
    assert "404 Not Found" in deis("config", "-a", "x", http_proxy="http://127.0.0.1:1").err
    deis.log_in("http://deis.example.com")
    deis("config", "-a", "x", http_proxy=proxy)
    server.wait_for_requests("deis.example.com token t0ken")
