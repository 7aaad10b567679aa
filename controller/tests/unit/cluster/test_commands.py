import pytest

from controller.cluster.commands import build_command, build_run_command

SHELL, RUNNER = ("/bin/bash", "-c"), ("/runner/init",)


@pytest.mark.parametrize(
    ("kind", "procfile", "process_type", "command", "args"),
    [
        ("buildpack", {"web": "x"}, "web", RUNNER, ("start", "web")),
        ("buildpack", {}, "web", RUNNER, ("start", "web")),
        ("buildpack", {"web": "x"}, "cmd", (), ("start", "cmd")),
        ("dockerfile", {}, "cmd", (), ()),
        ("image", {"cmd": "node server.js"}, "cmd", (), ("node", "server.js")),
        ("dockerfile", {"web": "node server.js"}, "web", SHELL, ("node server.js",)),
        ("image", {}, "worker", SHELL, ("start", "worker")),
    ],
)
def test_what_a_container_starts(kind, procfile, process_type, command, args):
    assert build_command(kind, procfile, process_type) == (command, args)


def test_a_one_off_command_goes_to_the_slugs_runner_or_to_a_shell():
    assert build_run_command("buildpack", "rake db:migrate") == (RUNNER, ("rake db:migrate",))
    assert build_run_command("image", "ls -al") == (SHELL, ("ls -al",))
