"""What any SSH client sees."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import subprocess
from collections.abc import Callable

import paramiko
import pytest

from builder.hostkeys import load_host_keys
from builder.sshserver import SshServer
from kit.waiting import wait_for


def test_ping_answers_pong_and_nothing_else(builder):
    result = builder.ssh("ping")
    assert (result.returncode, result.stdout) == (0, b"pong")


@pytest.mark.parametrize("kind", ["rsa", "ecdsa", "ed25519"])
def test_every_kind_of_client_key_is_accepted(builder, kind):
    for suffix in ("", ".pub"):
        source = builder.directory / f"id_{kind}{suffix}"
        target = builder.directory / f"id_ed25519{suffix}"
        if source != target:
            target.write_bytes(source.read_bytes())
    assert builder.ssh("ping").stdout == b"pong"


@pytest.mark.parametrize("algorithm", ["rsa-sha2-256", "ecdsa-sha2-nistp256", "ssh-ed25519"])
def test_every_kind_of_host_key_is_offered(builder, algorithm):
    assert builder.ssh("ping", options=("-o", f"HostKeyAlgorithms={algorithm}")).stdout == b"pong"


@pytest.mark.parametrize(
    "option", ["HostKeyAlgorithms=ssh-rsa", "Ciphers=aes128-cbc", "MACs=hmac-sha1", "Ciphers=3des-cbc"]
)
def test_what_is_no_longer_safe_is_not_spoken(builder, option):
    ciphers = () if option.startswith("Ciphers") else ("-o", "Ciphers=aes128-ctr")
    assert builder.ssh("ping", options=("-o", option, *ciphers)).returncode == 255


@pytest.mark.parametrize(
    "cipher",
    ["aes128-ctr", "aes192-ctr", "aes256-ctr", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com"],
)
def test_the_specified_ciphers_work(builder, cipher):
    assert builder.ssh("ping", options=("-o", f"Ciphers={cipher}")).stdout == b"pong"


def test_an_unknown_key_is_refused(builder):
    builder.client_key.write_bytes((builder.directory / "id_rsa").read_bytes())
    result = builder.ssh("ping")
    assert result.returncode == 255
    assert b"Permission denied (publickey)" in result.stderr


def test_a_controller_that_is_away_is_told_and_asked_once(builder):
    builder.controller_away = True
    keys = [str(builder.directory / f"id_{kind}") for kind in ("ed25519", "rsa", "ecdsa")]
    command = builder.ssh_command.replace("LogLevel=ERROR", "LogLevel=INFO").split()
    options = [word for key in keys for word in ("-i", key)]
    argv = [*command, *options, "-p", str(builder.port), "git@127.0.0.1", "ping"]
    result = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)
    assert result.returncode == 255
    assert (
        "The controller does not answer, so nobody can be let in at this moment. Try again" in result.stderr
    )
    assert "Permission denied (publickey)" in result.stderr
    assert len(builder.asked) == 1
    builder.controller_away = False
    assert builder.ssh("ping").stdout == b"pong"


@pytest.mark.parametrize("command", ["illegal", "illegal command", "git receive-pack 'shop.git'", "sh -c id"])
def test_illegal_commands_are_refused(builder, command):
    result = builder.ssh(command)
    assert result.returncode == 255
    assert b"exec request failed on channel 0" in result.stderr


@pytest.mark.parametrize("verb", ["git-receive-pack", "git-upload-pack"])
def test_a_git_command_without_a_repository_is_refused(builder, verb):
    result = builder.ssh(verb)
    assert result.returncode != 0
    assert result.stdout == b""


@pytest.mark.parametrize("argument", ["''", "'../etc'", "/.git"])
def test_an_argument_that_names_no_repository(builder, argument):
    result = builder.ssh(f"git-upload-pack {argument}")
    assert result.returncode == 1
    assert b"No repo given" in result.stderr


def test_a_shell_is_refused(builder):
    assert builder.ssh(options=("-T",)).returncode == 255


@pytest.fixture
def client(builder):
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(
            "127.0.0.1",
            builder.port,
            username="anybody",
            key_filename=str(builder.client_key),
            allow_agent=False,
            look_for_keys=False,
        )
        yield client


def test_env_requests_succeed(client):
    channel = client.get_transport().open_session()
    channel.set_environment_variable("GIT_PROTOCOL", "version=2")
    channel.exec_command("ping")
    assert channel.recv(10) == b"pong"
    assert channel.recv_exit_status() == 0


def run_git(client, verb):
    """Ask for the app on a connection that is there already, and leave again; return what came, and the status."""
    channel = client.get_transport().open_session()
    channel.settimeout(20)
    channel.exec_command(f"{verb} 'shop.git'")
    with contextlib.suppress(OSError):  # who is refused may find the channel closed already
        channel.sendall(b"0000")
        channel.shutdown_write()
    return channel.recv(1000), channel.makefile_stderr("rb").read(), channel.recv_exit_status()


@pytest.mark.parametrize("verb", ["git-upload-pack", "git-receive-pack"])
def test_a_permission_that_is_withdrawn_counts_for_open_connections_too(builder, client, verb):
    advertised, _, status = run_git(client, verb)
    assert (bool(advertised), status) == (True, 0)
    del builder.apps["shop"]
    assert run_git(client, verb) == (b"", b"", 1)


def test_a_key_that_is_removed_counts_for_open_connections_too(builder, client):
    assert run_git(client, "git-upload-pack")[2] == 0
    builder.client_key.with_suffix(".pub").write_bytes((builder.directory / "id_rsa.pub").read_bytes())
    assert run_git(client, "git-upload-pack") == (b"", b"", 1)


def test_a_controller_that_has_gone_since_the_login_is_named(builder, client):
    builder.controller_away = True
    assert run_git(client, "git-upload-pack") == (b"", b"the controller does not answer\n", 1)


def test_other_kinds_of_channels_are_rejected_and_the_server_lives_on(builder, client):
    with pytest.raises(paramiko.ChannelException) as refused:
        client.get_transport().open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 1))
    assert refused.value.code in (1, 3)
    assert builder.ssh("ping").stdout == b"pong"


def test_a_subsystem_is_refused_and_the_channel_stays_open(client):
    channel = client.get_transport().open_session()
    with pytest.raises(paramiko.SSHException):
        channel.invoke_subsystem("sftp")


def test_who_does_not_say_who_he_is_is_let_go(keys):
    server = SshServer(
        "127.0.0.1",
        0,
        host_keys=load_host_keys(keys),
        find_identity=pytest.fail,
        serve=lambda *_, **__: 1,
        auth_seconds=0.5,
    )
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.settimeout(20)
            transport = paramiko.Transport(connection)
            transport.start_client(timeout=20)
            wait_for(lambda: not transport.is_active(), what="the end of the connection", timeout=20)
    finally:
        server.stop()


@pytest.fixture
def no_descriptors():
    """Take all descriptors that this process may have; give them back when the function is called."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []

    def give_back() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        while taken:
            os.close(taken.pop())

    def take() -> Callable[[], None]:
        highest = max(int(name) for name in os.listdir("/proc/self/fd"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, limits[1]))
        with contextlib.suppress(OSError):  # "Too many open files" is what is wanted
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        return give_back

    yield take
    give_back()


def test_a_server_that_ran_out_of_descriptors_takes_connections_again(builder, no_descriptors, caplog):
    with socket.socket() as client:
        client.settimeout(20)
        give_back = no_descriptors()
        client.connect(("127.0.0.1", builder.port))
        wait_for(lambda: "can't be taken" in caplog.text, what="the complaint", timeout=20)
        give_back()
        assert client.recv(8) == b"SSH-2.0-"


def test_noise_on_the_port_harms_nobody(builder):
    for noise in (b"GET / HTTP/1.0\r\n\r\n", b"\x00" * 4096, b"SSH-2.0-x\r\n" + b"\xff" * 4096):
        with socket.create_connection(("127.0.0.1", builder.port)) as connection:
            connection.sendall(noise)
    assert builder.ssh("ping").stdout == b"pong"
