"""The program against the real controller, as far as no cluster is needed."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys

import pytest

from .conftest import need

NO_APP = 'Error: "No App matches the given query."\n'
FORBIDDEN = "You do not have permission to perform this action.\n"


PASSWORD = "a-password-1"


@pytest.fixture
def admin(controller, admin_home, new_program):
    """`deis` of the controller's administrator, in a fresh home."""
    program = new_program("admin")
    shutil.copytree(admin_home / ".deis", program.home / ".deis")
    return program


@pytest.fixture
def name(request):
    """A user name that no other test has."""
    return re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")


@pytest.fixture
def bob(controller, new_program, name):
    """`deis` of an ordinary user, in a fresh home."""
    program = new_program("bob")
    done = register(program, controller, name)
    assert done.code == 0, done.err
    return program


def register(deis, controller, name, *options):
    credentials = (f"--username={name}", f"--password={PASSWORD}", f"--email={name}@example.com")
    return deis("register", controller, *credentials, *options)


def test_register_logs_in(deis, controller, name):
    path = deis.home / ".deis/client.json"
    assert register(deis, controller, name) == (
        0,
        f"Registered {name}\nLogged in as {name}\nConfiguration file written to {path}\n",
        "",
    )
    token = json.loads(path.read_text())["token"]
    assert re.fullmatch("[0-9a-f]{40}", token)
    assert path.read_text() == (
        f'{{"username":"{name}","ssl_verify":true,"controller":"{controller}","token":"{token}","response_limit":0}}'
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert deis("whoami").out == f"You are {name} at {controller}\n"


def test_register_without_a_login(deis, controller, name):
    assert register(deis, controller, name, "--login=false") == (0, f"Registered {name}\n", "")
    assert deis("whoami").code == 1


def test_register_refused(bob, controller, name):
    done = register(bob, controller, name)
    assert done == (1, "", "Registration failed: Error: A user with that username already exists.\n")
    done = register(bob, controller, "a b")
    assert done.err.startswith("Registration failed: Error: Enter a valid username.")


def test_all_about_the_user(admin):
    done = admin("whoami", "--all")
    assert done.code == 0
    assert done.out.startswith(
        "ID: 0\nUsername: admin\nEmail: admin@example.com\nFirst Name: \nLast Name: \nLast Login: "
    )
    assert "\nIs Superuser: true\nIs Staff: true\nIs Active: true\nDate Joined: 20" in done.out


def test_login_and_logout(bob, controller, name):
    assert bob("logout").out == "Logged out\n"
    wrong = bob("login", controller, f"--username={name}", "--password=wrong")
    assert wrong == (1, "", "Error: Unable to log in with provided credentials.\n")
    assert bob("whoami").code == 1
    done = bob(
        "login", f"{controller}/", f"--username={name}", f"--password={PASSWORD}", DEIS_PROFILE="other"
    )
    assert done.out == f"Logged in as {name}\nConfiguration file written to {bob.home}/.deis/other.json\n"
    assert bob("apps", "-c", "other").out == "=== Apps\n"


def test_a_stale_token(bob):
    path = bob.home / ".deis/client.json"
    path.write_text(re.sub('"token":"[^"]*"', '"token":"stale"', path.read_text()))
    assert bob("apps") == (1, "", "Error: Unauthorized: Missing or Invalid Token\n")


def test_a_new_token(bob):
    path = bob.home / ".deis/client.json"
    before = path.read_text()
    assert bob("auth:regenerate") == (0, "Token Regenerated\n", "")
    assert path.read_text() != before
    assert '"response_limit":100' in path.read_text()
    assert bob("apps").code == 0


def test_passwords(admin, bob, controller, name):
    change = ("passwd", f"--password={PASSWORD}", "--new-password=new-1")
    assert bob(*change).out == "Password change succeeded.\n"
    assert bob("login", controller, f"--username={name}", "--password=new-1").code == 0
    assert bob(*change) == (1, "", "Password change failed: Error: Unauthorized: Missing or Invalid Token\n")
    done = admin("passwd", "--username=nobody", "--new-password=new")
    assert done.err == 'Password change failed: Error: "No User matches the given query."\n'


def test_keys(bob, name):
    key = bob.directory / "id_ed25519"
    made = [need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", "me@host", "-f", str(key)]
    subprocess.run(made, check=True, capture_output=True)
    public = f"{key}.pub"
    assert bob("keys").out == f"=== {name} Keys\n"
    assert bob("keys:add", public) == (0, "Uploading id_ed25519.pub to deis... done\n", "")
    with open(public, encoding="utf-8") as file:
        text = file.read().strip()
    assert bob("keys:list").out == f"=== {name} Keys\nme@host {text[:16]}...{text[-10:]}\n"
    again = bob("keys:add", "other", public)
    assert again == (1, "Uploading id_ed25519.pub to deis...\n", "Error: Public Key is already in use\n")
    assert bob("keys:remove", "me@host") == (0, "Removing me@host SSH Key... done\n", "")
    gone = bob("keys:remove", "me@host")
    assert gone == (1, "Removing me@host SSH Key...\n", 'Error: "No Key matches the given query."\n')


@pytest.mark.parametrize(
    "argv",
    [
        ("info",),
        ("open",),
        ("config",),
        ("ps",),
        ("releases",),
        ("domains",),
        ("builds",),
        ("perms:list",),
        ("labels",),
        ("limits",),
        ("maintenance",),
        ("routing",),
        ("tls",),
        ("whitelist",),
        ("healthchecks",),
        ("autoscale",),
        ("apps:transfer", "admin"),
        ("pull", "image"),
        ("run", "echo", "Hello, 世界"),
    ],
    ids=lambda argv: argv[0],
)
def test_an_unknown_app(admin, argv):
    done = admin(*argv, "-a", "nothere")
    assert (done.code, done.err) == (1, NO_APP)
    if argv[0] == "run":
        assert done.out == "Running 'echo Hello, 世界'...\n"


def test_the_logs_of_an_unknown_app(admin):
    done = admin("logs", "-a", "nothere")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(
        "Error: There are currently no log messages. Please check the following things:\n"
    )
    assert done.err.endswith(f"\n\nWhat went wrong: {NO_APP.removeprefix('Error: ')}")


def test_an_impossible_name(admin):
    done = admin("create", "Not_A_Name", "--no-remote")
    assert done.code == 1
    assert re.sub(".{3}\b{3}", "", done.out) == "Creating Application... "
    assert done.err.startswith('Error: Unknown Error (400): {"id":[')


def test_users_and_administrators(admin, bob, name):
    lines = admin("users").out.splitlines()
    assert lines[0] == "=== Users (*=admin)"
    assert {"*admin", name} <= set(lines)
    assert re.match(r"=== Users \(\*=admin\) \(1 of [0-9]+\)\n", admin("users", "-l", "1").out)
    assert bob("users") == (1, "", f"Error: {FORBIDDEN}")
    assert admin("perms", "--admin").out == "=== Administrators\nadmin\n"
    adding, removing = (
        f"Adding {name} to system administrators... ",
        f"Removing {name} from system administrators... ",
    )
    assert bob("perms:create", name, "--admin") == (1, adding, f"Error: {FORBIDDEN}")
    assert admin("sharing:add", name, "--admin").out == f"{adding}done\n"
    assert bob("users").code == 0
    assert name in admin("perms", "--admin").out
    assert admin("sharing:remove", name, "--admin").out == f"{removing}done\n"


def test_a_certificate_that_is_no_file(admin):
    done = admin("certs:add", "web", "no.pem", "no.key")
    assert (done.code, done.err) == (1, "Error: open no.pem: no such file or directory\n")
    assert re.sub(".{3}\b{3}", "", done.out) == "Adding SSL endpoint... "


def test_an_account_is_cancelled(bob, controller, name):
    path = bob.home / ".deis/client.json"
    kept = bob("auth:cancel", f"--username={name}", stdin="n\n")
    assert kept == (0, f"cancel account {name} at {controller}? (y/N): ", "Account not changed\n")
    assert path.exists()
    assert bob("auth:cancel", f"--username={name}", "--yes") == (0, "Account cancelled\n", "")
    assert not path.exists()
    assert bob("login", controller, f"--username={name}", f"--password={PASSWORD}").code == 1


def test_versions(admin):
    assert admin("version", "--all") == (
        0,
        (
            "Workflow CLI Version:            v3.0.0\n"
            "Workflow CLI API Version:        2.3\n"
            "Workflow Controller API Version: 2.3\n"
        ),
        "",
    )


def test_prompts_on_a_terminal(deis, controller, name):
    dialogue = [
        ("username: ", name),
        ("password: ", "a-password-2"),
        ("password (confirm): ", "a-password-2"),
        ("email: ", "b@example.com"),
    ]
    assert converse([sys.executable, "-m", "deis", "register", controller], deis, dialogue) == (
        f"username: {name}\npassword: \npassword (confirm): \nemail: b@example.com\n"
        f"Registered {name}\nLogged in as {name}\n"
        f"Configuration file written to {deis.home}/.deis/client.json\n"
    )


def converse(command, deis, dialogue):
    """Run a program on a terminal, answer each prompt once it is there, return all that the terminal showed."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        command, cwd=deis.directory, env=deis.env, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown, left = "", list(dialogue)
        while True:
            try:
                shown += os.read(ours, 1000).decode().replace("\r\n", "\n")
            except OSError:
                break
            if left and shown.endswith(left[0][0]):
                os.write(ours, f"{left.pop(0)[1]}\n".encode())
    os.close(ours)
    assert process.returncode == 0, shown
    return shown
