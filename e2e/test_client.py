"""The command line client's words about a real app: streams and exit codes that old scripts look for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from drive import Done, Repository, User, run

ERASED = re.compile("[.o]{3}\b{3}")


@pytest.fixture(scope="module")
def app(make_module_app: Callable[..., Repository], prebuilt: str) -> Repository:
    """An app that runs, which each test leaves as it found it."""
    repository = make_module_app("client")
    repository.user.must("builds:create", prebuilt, "--app", repository.app)
    return repository


def show(app: Repository, *argv: str) -> str:
    """What the command prints, without its spinner; it must succeed."""
    return ERASED.sub("", app.user.must(*argv, "--app", app.app))


def refuse(app: Repository, *argv: str) -> Done:
    done = app.user.deis(*argv, "--app", app.app)
    assert done.code == 1, done.text
    return done


def test_a_name_that_is_taken(app: Repository) -> None:
    done = app.user.deis("create", app.app, "--no-remote")
    assert (done.code, done.err) == (1, "Error: Application with this id already exists.\n")


def test_a_new_app_and_its_end(owner: User) -> None:
    name = owner.platform.name("words")
    printed = ERASED.sub(
        "", owner.must("create", name, "--no-remote", "--buildpack", "https://b.example.com/p")
    )
    assert printed == (
        f"Creating Application... done, created {name}\n"
        f"If you want to add a git remote for this app later, use `deis git:remote -a {name}`\n"
    )
    assert re.search(r"BUILDPACK_URL +https://b\.example\.com/p", owner.must("config:list", "-a", name))
    printed = owner.must("destroy", f"--app={name}", f"--confirm={name}")
    assert re.fullmatch(rf"Destroying {name}\.\.\.\ndone in \d+s\n", printed)


def test_an_app_opens(app: Repository) -> None:
    shims = app.user.home / "shims"
    shims.mkdir(exist_ok=True)
    opener = shims / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" > {shims}/opened\n')
    opener.chmod(0o755)
    env = app.user.env | {"PATH": f"{shims}:{app.user.env['PATH']}"}
    assert run("deis", "open", "--app", app.app, env=env, cwd=app.user.home).code == 0
    assert (shims / "opened").read_text() == f"http://{app.app}.{app.user.platform.domain}\n"


def test_words_reach_a_command_as_they_are(app: Repository) -> None:
    printed = app.user.must("run", "--app", app.app, 'echo Hello, 世界; echo "it\'s"')
    assert "Running 'echo Hello, 世界; echo \"it's\"'...\n" in printed
    assert printed.endswith("Hello, 世界\nit's\n")
    assert "total " in app.user.must("run", "--app", app.app, "--", "ls", "-alh", "/")


def test_an_image_that_is_not_there(app: Repository) -> None:
    done = refuse(app, "pull", "e2e/no-such-image:v1")
    assert ERASED.sub("", done.out) == "Creating build... "
    assert re.search("image .* not found|Permission Denied attempting to pull image", done.err), done.err


def test_process_types_of_an_image(make_app: Callable[..., Repository], prebuilt: str) -> None:
    app = make_app("types")
    built = show(app, "builds:create", prebuilt, "--procfile", "worker: sleep 1000")
    assert built == "Creating build... done\n"
    show(app, "scale", "worker=1")
    assert re.findall("(?m)^--- (.+):$", show(app, "ps")) == ["cmd", "worker"]


def test_variables(app: Repository) -> None:
    printed = show(app, "config:set", "SPACES=a b", "LINES=a\nb", "NAME=世界")
    assert printed.startswith(f"Creating config... done\n\n=== {app.app} Config\n")
    assert re.search(r"^SPACES +a b$", printed, re.MULTILINE)
    assert "NAME=世界\n" in show(app, "config:pull")
    pushed = app.user.deis("config:push", "--app", app.app, stdin="FOO=xyzzy\r\nBAR=1")
    assert pushed.code == 0, pushed.text
    assert "BAR=1\n" in show(app, "config:pull")
    assert app.user.must("run", "--app", app.app, 'echo "[$FOO][$BAR]"').endswith("[xyzzy][1]\n")
    removed = show(app, "config:unset", "SPACES", "LINES", "NAME", "FOO", "BAR")
    assert removed.startswith(f"Removing config... done\n\n=== {app.app} Config\n")
    assert refuse(app, "config:unset", "NOPE").err == (
        "Error: Unable to process your request: NOPE does not exist under values\n"
    )


def test_domains(app: Repository) -> None:
    domain = f"words.{app.user.platform.name('d')}.example.com"
    assert show(app, "domains:add", domain) == f"Adding {domain} to {app.app}... done\n"
    assert domain in show(app, "domains").splitlines()
    assert show(app, "domains:remove", domain) == f"Removing {domain} from {app.app}... done\n"
    assert refuse(app, "domains:remove", domain).err == 'Error: "No Domain matches the given query."\n'


def test_certificates(app: Repository) -> None:
    user, home = app.user, app.user.home
    name, domain = user.platform.name("cert"), f"tls.{user.platform.name('c')}.example.com"
    made = run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={domain}",
        "-addext", f"subjectAltName=DNS:{domain}", "-keyout", str(home / "k.pem"), "-out", str(home / "c.pem"),
        env=user.env,
    )  # fmt: skip
    assert made.code == 0, made.err
    files = (str(home / "c.pem"), str(home / "k.pem"))
    bad = user.deis("certs:add", "Bad_Name", *files)
    assert (bad.code, bad.err) == (1, "Error: Name can only contain a-z (lowercase), 0-9 and hyphens\n")
    swapped = user.deis("certs:add", name, *reversed(files))
    assert (swapped.code, swapped.err) == (1, "Error: Could not load certificate\n")
    assert (
        "Error: open no.pem: no such file or directory\n" in user.deis("certs:add", name, "no.pem", "x").err
    )
    assert ERASED.sub("", user.must("certs:add", name, *files)) == "Adding SSL endpoint... done\n"
    show(app, "domains:add", domain)
    attached = ERASED.sub("", user.must("certs:attach", name, domain))
    assert attached == f"Attaching certificate {name} to domain {domain}... done\n"
    assert f"=== {name} Certificate\n" in user.must("certs:info", name)
    assert f" {name} " in user.must("certs")
    assert len(user.must("certs", "--limit=1").splitlines()) == 3, "titles, a rule and one certificate"
    assert 'Error: "No Certificate matches' in user.deis("certs:attach", "nope", domain).err
    assert 'Error: "No Domain matches' in user.deis("certs:attach", name, "no.such.example.com").err
    detached = ERASED.sub("", user.must("certs:detach", name, domain))
    assert detached == f"Detaching certificate {name} from domain {domain}... done\n"
    show(app, "domains:remove", domain)
    assert ERASED.sub("", user.must("certs:remove", name)) == f"Removing {name}... done\n"
    assert user.deis("certs:info", name).err == 'Error: "No Certificate matches the given query."\n'


def test_healthchecks(make_app: Callable[..., Repository]) -> None:
    """Of an app without a build, so that nothing waits for probes."""
    app = make_app("checks")
    assert show(app, "healthchecks") == f"=== {app.app} Healthchecks\nNo health checks configured.\n"
    for argv, line in (
        (("liveness", "exec", "--type=web", "--", "/bin/true"), "Exec Probe: Command=[/bin/true]"),
        (("--type=web", "liveness", "httpGet", "1500"), 'HTTP GET Probe: Path="/" Port=1500 HTTPHeaders=[]'),
        (("liveness", "tcpSocket", "1500", "--type=web"), "TCP Socket Probe: Port=1500"),
    ):
        # --app stands before the words, as behind -- it would belong to the command
        printed = ERASED.sub("", app.user.must("healthchecks:set", "--app", app.app, *argv))
        assert printed.startswith("Applying livenessProbe healthcheck... done\n\n=== ")
        assert f"{line}\n" in printed
    printed = show(app, "healthchecks:unset", "liveness", "--type=web")
    assert printed.startswith("Removing healthchecks... done\n\n=== ")


def test_labels(app: Repository) -> None:
    assert show(app, "labels:set", "team=bi") == f"Applying labels on {app.app}... done\n"
    assert re.search(rf"=== {app.app} Label\nteam: +bi\n", show(app, "labels"))
    assert show(app, "labels:unset", "team") == f"Removing labels on {app.app}... done\n"
    assert "only_key is invalid" in refuse(app, "labels:set", "only_key").err
    assert "not_exist does not exist" in refuse(app, "labels:unset", "not_exist").err


def test_registry(make_app: Callable[..., Repository]) -> None:
    app = make_app("registry")
    show(app, "config:set", "PORT=5000")
    assert re.search(rf"=== {app.app} Registry\nusername +bob\n", show(app, "registry:set", "username=bob"))
    assert "username" not in show(app, "registry:unset", "username")
    refuse(app, "registry:unset", "username")


def test_collaborators(app: Repository, stranger: User) -> None:
    whose = f"{app.app} collaborators"
    assert show(app, "perms:create", stranger.name) == f"Adding {stranger.name} to {whose}... done\n"
    assert show(app, "perms:list") == f"=== {app.app}'s Users\n{stranger.name}\n"
    assert show(app, "perms:delete", stranger.name) == f"Removing {stranger.name} from {whose}... done\n"
    assert show(app, "perms:list") == f"=== {app.app}'s Users\n"


def test_processes(app: Repository) -> None:
    first = "Scaling processes... but first, coffee!\n"
    listed = rf"done in \d+s\n=== {app.app} Processes\n"
    stopped = show(app, "scale", "cmd=0")
    assert re.match(first + listed, stopped)
    assert " up (" not in stopped, "what is on its way out may still be listed, what serves may not"
    restarting = "Restarting processes... but first, coffee!\n"
    for words in ((), ("ghost",)):
        assert show(app, "ps:restart", *words) == f"{restarting}Could not find any processes to restart\n"
    started = show(app, "scale", "cmd=3")
    assert re.match(rf"{first}{listed}--- cmd:\n", started)
    assert len(re.findall(rf"(?m)^{app.app}-[\w-]+ up \(v\d+\)$", started)) == 3
    assert re.match(first + listed, show(app, "scale", "cmd=1"))
    for words in ((), ("cmd",)):
        assert re.match(restarting + listed, show(app, "ps:restart", *words))
    pod = re.findall(rf"{app.app}-[\w-]+(?= up)", show(app, "ps"))[0]
    assert re.match(restarting + listed, show(app, "ps:restart", pod))


def test_releases(app: Repository) -> None:
    listed = show(app, "releases")
    assert listed.startswith(f"=== {app.app} Releases\n")
    assert re.search(rf"(?m)^v1\t\S+\t{app.user.name} created initial release$", listed)
    printed = show(app, "releases:info", "v2")
    for line in (
        r"config: ",
        r"owner: ",
        rf"summary:  {app.user.name} \w+",
        r"updated:  [\w:-]+Z",
        r"uuid: ",
    ):
        assert re.search(rf"(?m)^{line}", printed), printed
    assert re.fullmatch(r"Rolling back to v2\.\.\. done, v\d+\n", show(app, "rollback", "v2"))
