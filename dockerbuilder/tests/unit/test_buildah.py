from __future__ import annotations

from pathlib import Path

from dockerbuilder.buildah import BuildPlan, build_command, build_environment, build_export_command
from dockerbuilder.settings import Places

PLAN = BuildPlan(
    driver="overlay",
    dockerfile=Path("/tmp/Dockerfile"),
    context=Path("/workspace/source"),
    arg_file=Path("/tmp/build-args"),
)


def test_the_simplest_build():
    assert build_command(PLAN) == [
        "buildah",
        "--storage-driver=overlay",
        "build",
        "--isolation=chroot",
        "--network=host",
        "--format=docker",
        "--layers=false",
        "--pull=always",
        "--build-arg-file=/tmp/build-args",
        "--file=/tmp/Dockerfile",
        "--tag=localhost/app",
        "/workspace/source",
    ]


def test_names_of_arguments_are_on_the_command_line_and_values_never():
    import dataclasses

    plan = dataclasses.replace(
        PLAN, environment_args=["KEY"], run_environment={"A": "b"}, ca_directory=Path("/tmp/trusted-ca")
    )
    command = build_command(plan)
    assert "--build-arg=KEY" in command
    assert "--env=A=b" in command
    assert "--volume=/tmp/trusted-ca:/run/deis:ro" in command


def test_the_environment_is_our_own():
    environment = build_environment(
        Places(), registries=Path("/tmp/r"), proxies={"HTTP_PROXY": "p"}, ca_bundle=Path("/tmp/ca")
    )
    assert environment["HTTP_PROXY"] == environment["http_proxy"] == "p"
    assert environment["SSL_CERT_FILE"] == "/tmp/ca"
    assert environment["HOME"] == "/home/build"


def test_export():
    assert build_export_command("vfs", Path("/workspace/image"))[-1] == "oci:/workspace/image:app"
