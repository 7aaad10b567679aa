"""What somebody hostile may control: texts of a server, settings files, names, repositories. No code is run,
no terminal is steered, and the token shows nowhere.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading

import pytest

from deis.console import neutralise, neutralise_log

STEERING = "\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m\x9b1A\x7f\x08\u202egnp.exe\r"
"""The return at its end would be a newline in what a test reads from a pipe."""


@pytest.mark.parametrize(
    ("argv", "answers"),
    [
        (("apps",), {"GET /v2/apps/": {"results": [{"id": STEERING}], "count": 1}}),
        (("config", "-a", "a1"), {"GET /v2/apps/a1/config/": {"values": {"A": STEERING}}}),
        (("labels", "-a", "a1"), {"GET /v2/apps/a1/settings/": {"label": {STEERING: "x"}}}),
        (("certs:info", "x"), {"GET /v2/certs/x": {"name": STEERING, "subject": STEERING}}),
        (
            ("certs",),
            {"GET /v2/certs/": {"results": [{"name": STEERING, "domains": [STEERING]}], "count": 1}},
        ),
        (
            ("releases", "-a", "a1"),
            {
                "GET /v2/apps/a1/releases/": {
                    "results": [{"version": 1, "created": "", "summary": STEERING}],
                    "count": 1,
                }
            },
        ),
        (("whoami", "--all"), {"GET /v2/auth/whoami/": {"email": STEERING}}),
        (("create", "--no-remote"), {"POST /v2/apps/": {"id": STEERING}}),
        (("info", "-a", "a1"), {"GET /v2/apps/a1/": (404, STEERING)}),
        (("info", "-a", "a1"), {"GET /v2/apps/a1/": (422, {"detail": STEERING})}),
        (("info", "-a", "a1"), {"GET /v2/apps/a1/": (503, f"<title>{STEERING}</title>")}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_servers_text_steers_no_terminal(bob, scripted, argv, answers):
    scripted.answers.update(answers)
    shown = bob.show(*argv)
    assert "red" in shown
    assert not set(re.sub("[.o]{3}\b{3}", "", shown)) & set("\x1b\x07\x9b\x7f\x08\u202e\r")


def test_the_version_of_a_server_steers_no_terminal(bob, scripted):
    scripted.version = "2.2\x1b]0;x\x9c"
    scripted.answers["GET /v2/apps/"] = {"results": [], "count": 0}
    assert "!    Server version: 2.2]0;x\n" in bob.show("apps")


def test_a_log_has_colours_and_nothing_else(bob, scripted):
    text = f"a -- {STEERING}x\n"
    scripted.answers["GET /v2/apps/a1/logs"] = (200, text)
    assert bob.show("logs", "-a", "a1").startswith("\x1b[32ma -- \x1b[31mred\x1b[0m1Agnp.exex\x1b[0m\n")
    assert STEERING[:-1] in bob("logs", "-a", "a1").out


def test_into_a_pipe_text_goes_as_it_is(bob, scripted):
    scripted.answers["GET /v2/apps/a1/config/"] = {"values": {"A": STEERING[:-1]}}
    assert bob("config", "--diff", "-a", "a1").out == f"A={STEERING[:-1]}\n"


def test_what_is_neutralised():
    assert neutralise("a\tb\nc\x1b[31md\u2066") == "a\tb\ncd"
    assert neutralise("a\x1b]0;never ends\nb\x1b[") == "a]0;never ends\nb["
    assert neutralise("\x1b\x1b[2J[2J") == "[2J"
    assert neutralise_log("\x1b[1;31md\x1b[2J\x1b[0m\x1b[?2004h$ ") == "\x1b[1;31md\x1b[0m$ "


HOSTILE_FILES = [
    "[" * 100_000,
    '{"controller":"http://127.0.0.1:1","token":["t"]}',
    '{"controller":"http://127.0.0.1:1","username":"\x1b]0;x\x07"}',
    '{"controller":"file:///etc/passwd","token":"t"}',
    '{"controller":"http://a.b$(touch pwned)","token":"t"}',
    '{"controller":"--upload-pack=touch pwned","token":"t"}',
    '{"controller":"http://127.0.0.1:1","token":"t\\r\\nX-Evil: 1"}',
    '{"controller":"http://127.0.0.1:1","token":"\\ud800"}',
    '{"controller":"http://127.0.0.1:1","response_limit":1e400}',
    '!!python/object/apply:os.system ["touch pwned"]',
    "\0",
]


@pytest.mark.parametrize("text", HOSTILE_FILES, ids=range(len(HOSTILE_FILES)))
def test_a_settings_file_runs_nothing(deis, text):
    path = deis.log_in()
    path.write_text(text)
    for argv in (("apps",), ("git:remote", "-a", "a1"), ("whoami",)):
        done = deis(*argv)
        assert done.code in (0, 1)
        assert "bug of the client" not in done.err
        assert "Traceback" not in done.err
        assert done.err.count("\n") <= 2
    assert "\x1b" not in deis.show("whoami")
    assert not list(deis.directory.iterdir())


def test_a_settings_file_that_is_none(deis):
    path = deis.log_in()
    path.unlink()
    path.mkdir()
    assert deis("whoami").err == f"Error: cannot read the settings file {path}: Is a directory\n"


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "evil;touch pwned", "$(touch pwned)", "`touch pwned`", "..", "a\nb", "-", "--"]
)  # fmt: skip
def test_a_plugins_name_runs_nothing(deis, name):
    bin_directory = deis.home / "bin"
    bin_directory.mkdir()
    for place in (deis.home / "evil", deis.directory / "deis-evil"):
        place.write_text("#!/bin/sh\ntouch pwned\n")
        place.chmod(0o755)
    done = deis(name, PATH=f"{bin_directory}{os.pathsep}{os.pathsep}{deis.env['PATH']}")
    assert done.code == 1
    assert not (deis.directory / "pwned").exists()


def test_no_plugin_is_looked_for_in_the_directory(deis):
    plugin = deis.directory / "deis-evil"
    plugin.write_text("#!/bin/sh\ntouch pwned\n")
    plugin.chmod(0o755)
    assert deis("evil", PATH=f":{deis.env['PATH']}:").code == 1
    assert not (deis.directory / "pwned").exists()


def git(deis, *argv):
    done = deis.run(["git", *argv])
    assert done.code == 0, done.err


@pytest.fixture
def repository(bob, scripted):
    """A repository in which what is configured to run would leave a mark."""
    git(bob, "init", "-q")
    mark = "touch pwned"
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.gitProxy",
        "alias.remote",
    ):
        git(bob, "config", key, f"!{mark}" if key.startswith("alias") else mark)
    git(bob, "config", "pager.remote", mark)
    return bob


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% pwned deis-builder.example.com/a",
        "ssh://-oProxyCommand=touch${IFS}pwned/deis-builder.example.com/a.git",
        "--upload-pack=touch pwned deis-builder.example.com/a",
        "ssh://git@deis-builder.example.com:2222/$(touch pwned).git",
    ],
)
def test_a_git_remote_runs_nothing(repository, url):
    repository.log_in("http://deis.example.com")
    with (repository.directory / ".git/config").open("a") as file:
        file.write(f'[remote "-evil"]\n\turl = "{url}"\n')
    assert repository("git:remote", "-f").code == 0
    assert repository("git:remove", "-a", "a1").code == 1
    assert repository.show("git:remote").startswith("Remote deis already exists")
    assert not (repository.directory / "pwned").exists()


@pytest.fixture
def pushed(repository):
    """The same, with the traces of a push, and with hooks and connections that leave a mark."""
    repository.log_in("http://deis.example.com")
    git(repository, "-c", "user.name=x", "-c", "user.email=x@x.x", "commit", "-q", "--allow-empty", "-m", "x")
    git(repository, "remote", "add", "deis", "ssh://git@deis-builder.example.com:2222/a1.git")
    for name in ("deis/master", "deis/日本\u3000", "other/master"):
        git(repository, "update-ref", f"refs/remotes/{name}", "HEAD")
    git(repository, "symbolic-ref", "refs/remotes/deis/HEAD", "refs/remotes/deis/master")
    hooks = repository.directory / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "post-index-change", "post-checkout", "pre-push", "post-rewrite"):
        (hooks / name).write_text("#!/bin/sh\ntouch pwned\n")
        (hooks / name).chmod(0o755)
    (repository.directory / "pwned").unlink(missing_ok=True)  # by the commit above
    return repository


def list_refs(deis):
    return deis.run(["git", "for-each-ref", "--format=%(refname)"]).out.split("\n")[:-1]


@pytest.mark.parametrize("argv", [("git:remove", "-a", "a1"), ("git:remote", "-f", "-a", "other")])
def test_no_hook_runs_when_a_remote_goes(pushed, argv):
    done = pushed(*argv)
    assert done.code == 0, done.err
    assert not (pushed.directory / "pwned").exists()
    assert [ref for ref in list_refs(pushed) if "remotes" in ref] == ["refs/remotes/other/master"]


def test_a_remote_that_writes_elsewhere_takes_no_branch_along(pushed):
    for rule in ("+refs/heads/*:refs/heads/*", "+refs/x/*:refs/remotes/other/*ter", "y:refs/remotes/one"):
        git(pushed, "config", "--add", "remote.deis.fetch", rule)
    before = len(list_refs(pushed))
    done = pushed("git:remove", "-a", "a1")
    assert done.code == 0, done.err
    assert not (pushed.directory / "pwned").exists()
    assert (before, len(list_refs(pushed))) == (5, 1)


def test_a_missing_object_is_fetched_from_nobody(pushed):
    """git asks where a repository says for objects that it misses, by the program that the repository names."""
    for key, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "evil"),
        ("remote.evil.promisor", "true"),
        ("remote.evil.partialCloneFilter", "blob:none"),
        ("remote.evil.url", str(pushed.directory)),
        ("remote.evil.uploadPack", "touch pwned; false"),
    ):
        git(pushed, "config", key, value)
    refs = pushed.directory / ".git/packed-refs"
    refs.write_text(f"{'1' * 40} refs/remotes/deis/gone\n{'2' * 40} refs/tags/t\n")
    for argv in (("git:remote", "-a", "a1"), ("git:remove", "-a", "a1")):
        assert pushed(*argv).code == 0
    assert not (pushed.directory / "pwned").exists()


def test_a_remote_of_an_old_file_is_left_to_the_user(pushed):
    """Such a file has rules of its own for what goes with the remote."""
    git(pushed, "config", "--unset", "remote.deis.url")
    git(pushed, "config", "remote.deis.pushUrl", "ssh://git@deis-builder.example.com:2222/a1.git")
    old = pushed.directory / ".git/remotes"
    old.mkdir()
    (old / "deis").write_text("URL: x\nPull: refs/heads/*:refs/remotes/other/*\n")
    done = pushed("git:remove", "-a", "a1")
    assert done.err == "Error: the remote deis has no URL of its own: git remote remove deis\n"
    assert not (pushed.directory / "pwned").exists()


def test_hooks_of_the_configuration_are_switched_off(pushed):
    """git 2.54 and later run them; whatever git is here, it is told not to."""
    with (pushed.directory / ".git/config").open("a") as file:
        for name in ("", "a=b", "a.b c"):
            file.write(f'[hook "{name}"]\n\tevent = reference-transaction\n\tcommand = touch pwned\n')
    real = pushed.run(["sh", "-c", "command -v git"]).out.strip()
    shim = pushed.home / "git"
    shim.write_text(
        f'#!/bin/sh\n{real} config --get-regexp "^hook.*enabled" >> {pushed.home}/seen\nexec {real} "$@"\n'
    )
    shim.chmod(0o755)
    mine = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "me"}
    done = pushed("git:remove", "-a", "a1", PATH=f"{pushed.home}:{pushed.env['PATH']}", **mine)
    assert done.code == 0, done.err
    assert (pushed.home / "seen").read_text().splitlines() == [
        "hook..enabled false",
        "hook.a.b c.enabled false",
        "hook.a=b.enabled false",
    ]
    assert not (pushed.directory / "pwned").exists()


@pytest.mark.parametrize(
    "domain", ["a.b&calc", "a.b;id", "a.b$(id)", "-evil.b c", "a.b/\x1b", 'a.b"|id', "file:///a.b"]
)
def test_a_domain_that_is_no_host_is_not_opened(bob, scripted, domain):
    shim = bob.home / "xdg-open"
    shim.write_text(f'#!/bin/sh\necho "$@" >> {bob.home}/opened\n')
    shim.chmod(0o755)
    scripted.answers["GET /v2/apps/a1/domains/"] = {"results": [{"domain": domain}], "count": 1}
    done = bob("open", "-a", "a1", PATH=f"{bob.home}:{bob.env['PATH']}")
    assert done.code == 1
    assert done.err.endswith(" is no address of an app\n")
    assert not (bob.home / "opened").exists()


def test_a_link_to_nowhere_is_a_file_that_exists(bob, scripted):
    """Someone else's repository may hold a link where the variables would be written to."""
    scripted.answers["GET /v2/apps/a1/config/"] = {"values": {"A": "1"}}
    (bob.directory / ".env").symlink_to(bob.home / ".profile")
    assert bob.show("config:pull", "-a", "a1") == "Error: .env already exists, pass -o to overwrite\n"
    assert not (bob.home / ".profile").exists()


def test_the_token_shows_nowhere(bob, scripted):
    """Not in an error, not with DEIS_DEBUG, not in the list of processes."""
    bob.log_in(scripted.url, token="s3cret-t0ken")
    asked, over = threading.Event(), threading.Event()

    def wait(handler):
        asked.set()
        over.wait(40)
        handler.close_connection = True

    scripted.anything = wait
    process = subprocess.Popen(
        [sys.executable, "-m", "deis", "scale", "web=1", "-a", "a1"],
        cwd=bob.directory,
        env=bob.env | {"DEIS_DEBUG": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert asked.wait(30)
    for place in ("cmdline", "environ"):
        with open(f"/proc/{process.pid}/{place}", "rb") as file:
            assert b"s3cret" not in file.read()
    over.set()
    out, err = process.communicate(timeout=30)
    assert b"Traceback" in err
    assert b"s3cret" not in out + err
    for status in (400, 401, 404, 409, 422, 500, 503):
        scripted.anything = (status, "{}")
        done = bob("apps", DEIS_DEBUG="1")
        assert "s3cret" not in done.out + done.err
    assert scripted.asked[-1].headers["Authorization"] == "token s3cret-t0ken"


def test_a_password_in_the_address_is_not_repeated(deis):
    for address in ("http://bob:s3cret@deis.example.com", "http://bob:s3cret@[::1"):
        done = deis("login", address)
        assert done.code == 1
        assert "s3cret" not in done.err
