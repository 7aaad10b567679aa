"""The program as a whole, as far as it goes without a controller."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from deis.helptexts import NOUNS

TOP = "Usage: deis <command> [<args>...]\n"
UNMATCHED = f"Found no matching command, try 'deis help'\n{TOP}"
NOT_LOGGED_IN = (
    "Error: Client configuration file not found at: {home}/.deis/client.json\n"
    "Are you logged in? Use 'deis login' or 'deis register' to get started.\n"
)
EXPECTED = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "helptexts.tsv").read_text(encoding="utf-8").splitlines()
]
"""Usage, first line of the help, line in the group's help and its column: the specification's words."""


@pytest.mark.parametrize(
    ("usage", "summary", "about", "column"), EXPECTED, ids=[row[0].split()[1] for row in EXPECTED]
)
def test_the_words_of_a_command(usage: str, summary: str, about: str, column: str) -> None:
    from deis.dispatch import load_noun

    name = usage.split()[1]
    noun = load_noun(name.partition(":")[0])
    command = noun.commands[name]
    lines = command.render_help().splitlines()  # type: ignore[attr-defined]
    assert lines[0] == summary
    assert f"Usage: {usage}" in lines
    if about:
        assert f"{name:<{column}}{about}" in noun.render_help().splitlines()


def test_no_command_is_missing_from_that_list() -> None:
    from deis.dispatch import load_noun

    names = {name for noun in NOUNS for name in load_noun(noun).commands}
    assert names == {row[0].split()[1] for row in EXPECTED}


@pytest.mark.parametrize("argv", [("help",), ("-h",), ("--help",), ("help:x",), ("help", "help")])
def test_the_top_level_help(deis, argv):
    done = deis(*argv)
    assert done.code == 0
    assert done.out.startswith(
        "\nThe Deis command-line client issues API calls to a Deis controller.\n\nUsage: "
    )
    assert done.out.endswith("\nUse 'git push deis master' to deploy to an application.\n")


@pytest.mark.parametrize("argv", [("help", "perms"), ("perms", "-h"), ("perms", "--help", "x")])
def test_the_help_of_a_group(deis, argv):
    text = (
        "\nValid commands for perms:\n\n"
        "perms:list            list permissions granted on an app\n"
        "perms:create          create a new permission for a user\n"
        "perms:delete          delete a permission for a user\n\n"
        "Use 'deis help perms:[command]' to learn more.\n"
    )
    assert deis(*argv) == (0, text, "")


@pytest.mark.parametrize("argv", [("auth",), ("auth", "foo", "--bar"), ("git",)])
def test_a_group_without_a_default_shows_its_help(deis, argv):
    done = deis(*argv)
    assert done.code == 0
    assert done.out.startswith(f"\nValid commands for {argv[0]}:\n\n")


@pytest.mark.parametrize(
    "argv", [("help", "create"), ("apps:create", "-h"), ("create", "a", "b", "c", "--help")]
)
def test_the_help_of_a_command(deis, argv):
    done = deis(*argv)
    assert done.code == 0
    assert done.out.startswith("Creates a new application.\n")
    assert "\nUsage: deis apps:create [<id>] [options]\n\nArguments:\n  <id>\n    " in done.out
    assert "\n\nOptions:\n  --no-remote\n    " in done.out
    assert "\n  -r --remote REMOTE\n    name of the git remote to add [default: deis]\n" in done.out


def test_help_apps_create_is_the_help_of_apps_list(deis):
    assert deis("help", "apps", "create").out.startswith("Lists applications visible to the current user.\n")


@pytest.mark.parametrize("argv", [("--version",), ("-v",), ("version",)])
def test_the_version(deis, argv):
    assert deis(*argv) == (0, "v3.0.0\n", "")


@pytest.mark.parametrize(
    ("argv", "code", "err"),
    [
        ((), 1, TOP),
        (("-x",), 1, f"{TOP}\n"),
        (("-c", "x", "apps"), 1, f"-c requires argument\n{TOP}-c requires argument\n"),
        (("bogus",), 1, UNMATCHED),
        (("apps:bogus",), 0, UNMATCHED),
        (("tls:",), 0, UNMATCHED),
        (("version:foo",), 1, "Usage: deis version [options]\n"),
        (("apps", "foo"), 1, "Usage: deis apps:list [options]\n"),
        (("create", "a", "b"), 1, "Usage: deis apps:create [<id>] [options]\n"),
        (("apps", "--lim"), 1, "--limit requires argument\nUsage: deis apps:list [options]\n"),
        (("apps:create", "-a", "x"), 1, "Usage: deis apps:create [<id>] [options]\n"),
        (("logout", "-a"), 1, "Usage: deis auth:logout\n"),
        (
            ("limits:unset", "--memory", "--cpu", "web"),
            1,
            "Usage: deis limits:unset [options] [--memory | --cpu] <type>...\n",
        ),
        (("apps", "-l", "x"), 1, 'Error: strconv.Atoi: parsing "x": invalid syntax\n'),
        (("rollback", "v"), 1, "Error: v is not in the form 'v#'\n"),
        (
            ("healthchecks:set", "alien", "exec", "ls"),
            1,
            "Error: probe type alien is invalid. Must be one of [liveness readiness]\n",
        ),
        (("login", "deis"), 1, 'Error: host "deis": invalid host\n'),
    ],
)
def test_what_goes_wrong_before_anything_is_read(deis, argv, code, err):
    assert deis(*argv) == (code, "", err)


def test_a_number_that_is_none_looks_like_a_log_line(deis):
    done = deis("autoscale:set", "web", "--min=x", "--max=2", "--cpu-percent=3")
    assert done.code == 1
    assert done.err[20:] == 'could not convert x to int: strconv.Atoi: parsing "x": invalid syntax\n'


@pytest.mark.parametrize(
    "argv",
    [
        ("whoami",),
        ("apps",),
        ("certs:remove", "x"),
        ("perms:create", "bob", "--admin"),
        ("config:set", "1B=2"),
        ("git:remote",),
    ],
)
def test_most_commands_need_a_login(deis, argv):
    assert deis(*argv) == (1, "", NOT_LOGGED_IN.format(home=deis.home))


def test_version_all_shows_what_it_can(deis):
    done = deis("version", "-a")
    assert done.code == 1
    assert done.out == "Workflow CLI Version:            v3.0.0\nWorkflow CLI API Version:        2.3\n"
    assert done.err == NOT_LOGGED_IN.format(home=deis.home)


def test_whoami_and_logout_make_no_request(deis):
    path = deis.log_in()
    assert deis("whoami") == (0, "You are bob at http://deis.example.com\n", "")
    assert deis("logout") == (0, "Logged out\n", "")
    assert not path.exists()
    assert deis("logout") == (0, "Logged out\n", "")


@pytest.mark.parametrize(
    ("argv", "env"), [(("-c", "prod"), {}), (("--config=prod",), {}), ((), {"DEIS_PROFILE": "prod"})]
)
def test_profiles(deis, argv, env):
    path = deis.log_in()
    path.rename(path.with_name("prod.json"))
    assert deis("whoami", *argv, **env).code == 0
    assert deis("whoami").code == 1


def test_arguments_are_checked_after_the_login(deis):
    deis.log_in()
    assert deis("config:set", "1B=2") == (
        1,
        "",
        "Error: '1B=2' does not match the pattern 'key=var', ex: MODE=test\n\n",
    )
    assert deis("scale", "web").err == "Error: 'web' does not match the pattern 'type=num', ex: web=2\n\n"
    assert deis("keys:add", "a", "no.pub").err == "Error: open no.pub: no such file or directory\n"
    (deis.directory / "Procfile").write_text("- web\n")
    assert deis("pull", "img").err.startswith("Error: yaml: ")


def test_shortcuts(deis):
    done = deis("shortcuts")
    lines = done.out.splitlines()
    assert lines[0] == "create -> apps:create"
    assert lines[-2:] == ["whoami -> auth:whoami", ""]
    assert len(lines) == 19


def test_a_plugin_takes_over(deis):
    directory = deis.home / "bin"
    directory.mkdir()
    plugin = directory / "deis-accounts"
    plugin.write_text('#!/bin/sh\necho "$@"\nexit 7\n')
    path = f"{directory}{os.pathsep}{deis.env['PATH']}"
    assert deis("accounts", PATH=path).code == 1
    plugin.chmod(0o755)
    assert deis("accounts:list", "--debug", "-c", "x", "y", PATH=path) == (7, "list --debug y\n", "")
    plugin.write_text("no interpreter line\n")
    assert deis("accounts", PATH=path) == (1, "", UNMATCHED)
    assert deis("../bin/accounts", PATH=path) == (1, "", UNMATCHED)


def test_a_broken_settings_file_is_one_sentence(deis):
    deis.log_in().write_text('{"token":"s3cret",')
    done = deis("whoami")
    assert done.code == 1
    assert done.err.startswith("Error: ")
    assert done.err.count("\n") == 1
    assert "s3cret" not in done.err


def test_debug_shows_the_traceback_but_not_the_token(deis):
    deis.log_in("http://127.0.0.1:1", token="s3cret")
    done = deis("apps", DEIS_DEBUG="1")
    assert "Traceback" in done.err
    assert "s3cret" not in done.err
    assert "Traceback" not in deis("apps").err


def test_a_controller_that_is_not_there(deis):
    deis.log_in("http://127.0.0.1:1")
    assert deis("apps") == (1, "", "Error: Get http://127.0.0.1:1/v2/apps/?limit=100: connection refused\n")
    assert deis("logs").err.startswith(
        "Error: There are currently no log messages. Please check the following"
    )
    done = deis("login", "127.0.0.1:1", "--username=bob", "--password=x")
    assert done == (1, "", "Error: Get http://127.0.0.1:1/v2/: connection refused\n")


def test_what_was_begun_stays_on_the_screen(deis):
    deis.log_in("http://127.0.0.1:1")
    done = deis("domains:add", "x.y", "-a", "a1")
    assert re.sub(".{3}\b{3}", "", done.out) == "Adding x.y to a1... "
    assert done.err.startswith("Error: Post http://127.0.0.1:1/v2/apps/a1/domains/: ")


def test_the_app_is_the_directorys_name_in_lower_case(deis):
    deis.log_in("http://127.0.0.1:1")
    assert "/v2/apps/shop/scale/" in deis("scale", "web=1").err
    assert "/v2/apps/shop/scale/" in deis("scale", "web=1", PATH="").err
    assert deis("scale", "web=1", DEIS_DRINK_OF_CHOICE="tea").out.startswith(
        "Scaling processes... but first, tea!\n"
    )


def test_a_wrong_answer_destroys_nothing(deis):
    deis.log_in("http://127.0.0.1:1")
    done = deis("destroy", "-a", "a1", stdin="zz\n")
    assert done.code == 1
    assert done.err == "Error: App a1 does not match confirm zz, aborting.\n"
    assert done.out == (
        " !    WARNING: Potentially Destructive Action\n"
        " !    This command will destroy the application: a1\n"
        ' !    To proceed, type "a1" or re-run this command with --confirm=a1\n\n> '
    )
    assert deis("destroy", "-a", "a1").err == "Error: App a1 does not match confirm , aborting.\n"
    assert deis("destroy", "-a", "a1", "--confirm=b").err.endswith("confirm b, aborting.\n")


def test_keys_are_chosen_from_a_list(deis):
    deis.log_in("http://127.0.0.1:1")
    assert deis("keys:add").err == f"Error: open {deis.home}/.ssh: no such file or directory\n"
    keys = deis.home / ".ssh"
    keys.mkdir()
    (keys / "bad.pub").write_text("x")
    (keys / "id_ed.pub").write_text("ssh-ed25519 abc\n")
    done = deis("keys:add", stdin="1\n")
    assert done.out == (
        f"{keys}/bad.pub is not a valid ssh key\n"
        "Found the following SSH public keys:\n1) id_ed.pub id_ed\n"
        "0) Enter path to pubfile (or use keys:add <key_path>)\n"
        "Which would you like to use with Deis? Uploading id_ed.pub to deis...\n"
    )
    assert deis("keys:add", stdin="9\n").err == "Error: 9 is not a valid option\n"


def test_an_output_that_nobody_reads_is_no_error(deis):
    done = deis.run(["/bin/sh", "-c", f"{sys.executable} -m deis help | true"])
    assert done.err == ""


def test_a_full_disk_is_told(deis):
    for argv in ("help", "version", "shortcuts"):
        full = deis.run(["/bin/sh", "-c", f"{sys.executable} -m deis {argv} >/dev/full"])
        assert full == (1, "", "Error: no space left on device\n")
    assert deis.run(["/bin/sh", "-c", f"{sys.executable} -m deis nonsense 2>/dev/full"]).code == 1


def test_closed_streams_are_no_error(deis):
    closed = deis.run(["/bin/sh", "-c", f"{sys.executable} -m deis help <&- >&-"])
    assert closed == (0, "", "")


def test_help_and_version_load_nothing_they_do_not_need(deis):
    script = (
        "import sys; from deis.__main__ import run_guarded; run_guarded(sys.argv[1:]); print(*sys.modules)"
    )
    slow = {"click", "requests", "yaml", "subprocess", "urllib.request", "ssl", "charset_normalizer"}
    for argv, absent in (
        (["version"], slow | {"dataclasses", "json"}),
        (["help"], slow | {"dataclasses", "json"}),
        (["help", "apps"], slow - {"click", "subprocess"}),
        (["whoami"], slow - {"click", "subprocess"}),
    ):
        done = deis.run([sys.executable, "-c", script, *argv])
        assert not absent & set(done.out.split()), argv
