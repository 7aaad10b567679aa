"""The start of every container, run as the shell script it is."""

import subprocess
from pathlib import Path

import pytest

START = Path(__file__).parents[2] / "start"
SYSTEM = Path("/etc/ssl/certs/ca-certificates.crt")
NAMES = {
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "CARGO_HTTP_CAINFO",
    "AWS_CA_BUNDLE",
}


@pytest.fixture
def start(find_program, tmp_path):
    find_program("tini")

    def run(*command, trusted=None):
        path = tmp_path / "ca.crt"
        if trusted is not None:
            path.write_text(trusted)
        env = {"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "TRUSTED_CA_FILE": str(path)}
        return subprocess.run([START, *command], env=env, capture_output=True, text=True, timeout=30)

    return run


def read_variables(output):
    return dict(line.split("=", 1) for line in output.splitlines())


@pytest.mark.parametrize("trusted", [None, ""], ids=["no file", "empty file"])
def test_without_an_authority_of_its_own_nothing_is_changed(start, trusted):
    variables = read_variables(start("env", trusted=trusted).stdout)
    assert not set(variables) & NAMES


def test_an_authority_is_added_to_the_systems_for_every_language(start, tmp_path):
    variables = read_variables(start("env", trusted="EXTRA\n").stdout)
    bundle = tmp_path / "ca-certificates.crt"
    assert {variables[name] for name in NAMES} == {str(bundle)}
    assert bundle.read_text() == SYSTEM.read_text() + "EXTRA\n"


def test_the_programs_exit_status_and_arguments_are_its_own(start):
    done = start("sh", "-c", 'echo "$1"; exit 7', "sh", "two words")
    assert (done.returncode, done.stdout) == (7, "two words\n")
