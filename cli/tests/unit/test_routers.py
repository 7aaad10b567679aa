"""Each command with the least that it takes reaches its function, and each noun its default.

Source: cli specification, sections 1 and 15.1. Nobody is logged in, which is what the function then says.
"""

from __future__ import annotations

import json
import sys

from deis.argv import build_plugin_arguments, parse_argv
from deis.dispatch import load_noun
from deis.helptexts import NOUNS

SCRIPT = """
import json, sys
from deis.__main__ import run_guarded
for argv in json.loads(sys.argv[1]):
    sys.stderr.write("\\n@")
    sys.stderr.write(f"{run_guarded(argv)}")
"""
LOGGED_OUT = "Error: Client configuration file not found at: "
FORMS = """
apps:list | apps:info | apps:open | apps:logs | apps:logs --lines=1 | apps:run ls | apps:create | apps:create x
apps:destroy | apps:transfer eve | auth:passwd | auth:whoami | auth:cancel | auth:regenerate
autoscale:list | autoscale:set web/cmd --min=1 --max=3 --cpu-percent=50 | autoscale:unset web/cmd
builds:list | builds:create x | certs:list | certs:add n c k | certs:remove n | certs:info n | certs:attach n d
certs:detach n d | config:list | config:set A=1 | config:unset A | config:pull | config:push
domains:list | domains:add x | domains:remove x | git:remote | git:remove
healthchecks:list | healthchecks:set liveness httpGet 80 --headers=test-header:test-value
healthchecks:set liveness exec ls | healthchecks:set liveness tcpSocket 80 | healthchecks:unset liveness
healthchecks:set --type=web liveness -p /x httpGet -- 80 | healthchecks:set liveness exec -- ls -la
keys:list | keys:add | keys:remove k | labels:list | labels:set a=b | labels:unset a
limits:list | limits:set --cpu web=1 | limits:unset --cpu web | limits:set web=1G | maintenance:info | maintenance:on
maintenance:off | perms:list | perms:create test-user | perms:delete test-user | perms:list --admin -l 5
ps:list | ps:restart | ps:restart web | ps:scale web 5 | registry:list | registry:set username value | registry:unset a
releases:list | releases:info v1 | releases:rollback | releases:rollback v1 | routing:info | routing:enable
routing:disable | services:list | services:add --type web --route /x | services:remove web
tags:list | tags:set environ prod | tags:unset environ | timeouts:list | timeouts:set web=3 | timeouts:unset web
tls:info | tls:enable | tls:disable | users:list | users:list -l5 | whitelist:list | whitelist:add x | whitelist:remove x
version --all | apps:runs | apps:attach | apps:stop | audit:list | config:edit | operations:list | operations:info
operations:wait | operations:cancel | top | top web
"""
DEFAULTS = """
apps autoscale builds certs config domains healthchecks keys labels limits maintenance perms ps registry releases
routing services tags timeouts tls users whitelist sharing audit operations
"""


def run_all(deis, commands):
    """All in one process, as a hundred starts take long."""
    done = deis.run([sys.executable, "-c", SCRIPT, json.dumps(commands)])
    said = done.err.split("\n@")[1:]
    assert len(said) == len(commands), done.err[-1000:]
    return dict(zip(map(" ".join, commands), said, strict=True))


def test_each_command_is_reached(deis):
    commands = [form.split() for form in FORMS.replace("\n", "|").split("|") if form.strip()]
    commands.append(["limits:set", "web=1G worker=2G"])
    for command, said in run_all(deis, commands).items():
        assert said.startswith(LOGGED_OUT), (command, said)
    reached = {command[0] for command in commands}
    spared = {"auth:register", "auth:login", "auth:logout", "shortcuts:list"}
    spared |= {"version", "doctor", "apply", "completion"}
    assert {name for noun in NOUNS for name in load_noun(noun).commands} <= reached | spared


def test_a_bare_noun_reaches_its_default(deis):
    commands = [[noun] for noun in DEFAULTS.split()]
    commands += [["domains", "-a", "foo", "-l", "5"], ["healthchecks", "--type=web"], ["perms", "--admin"]]
    for command, said in run_all(deis, commands).items():
        assert said.startswith(LOGGED_OUT), (command, said)


def test_an_unknown_kind_of_probe(deis):
    commands = [["healthchecks:set", "alien", "exec", "ls"], ["healthchecks:unset", "alien"]]
    for said in run_all(deis, commands).values():
        assert said == "Error: probe type alien is invalid. Must be one of [liveness readiness]\n1"


def test_a_plugins_words_given_as_one():
    call = parse_argv(["ssh --help"])
    assert (call.noun, build_plugin_arguments(call)) == ("ssh --help", [])


def test_only_these_two_words_show_the_help_of_a_noun(deis):
    for words in (("ps", "--help"), ("ps", "-h"), ("help", "ps")):
        assert deis(*words).out.startswith("\nValid commands for processes:\n")
    assert deis("ps", "--foo").err == "Usage: deis ps:list [options]\n"


def test_help_needs_no_login(deis):
    nouns = [load_noun(name) for name in ("config", "healthchecks", "labels", "registry", "routing", "tags")]
    names = [name for noun in nouns for name in (str(noun.name), *noun.commands)]
    commands = [words for name in names for words in (["help", name], [name, "-h"], [name, "--help"])]
    done = deis.run([sys.executable, "-c", SCRIPT, json.dumps(commands)])
    assert done.err == "\n@0" * len(commands)
    texts = "".join(
        text * 3
        for noun in nouns
        for text in (noun.render_help(), *(command.render_help() for command in noun.commands.values()))  # type: ignore[attr-defined]
    )
    assert done.out == texts
    assert "\nValid commands for routing:\n" in texts
