"""The command line."""

import argparse
import json
import os
import sys
from collections.abc import Sequence

from devcluster import cluster, teardown
from devcluster.baseimage import apply_base_image
from devcluster.checks import check_machine, check_other_cluster, check_root
from devcluster.environment import render_environment
from devcluster.errors import (
    ApiError,
    ClusterBroken,
    ClusterDown,
    CommandFailed,
    DeadlineExceeded,
    DevclusterError,
    InvalidImageName,
    NetworkUnreachable,
    SettingsError,
    UnsupportedMachine,
)
from devcluster.images import load_images
from devcluster.locks import lock_held
from devcluster.packages import apply_packages
from devcluster.progress import say
from devcluster.settings import Settings
from devcluster.status import build_answer, list_parts, render_parts

EXIT_CODES = {
    DevclusterError: 1,
    SettingsError: 2,
    InvalidImageName: 2,
    UnsupportedMachine: 3,
    NetworkUnreachable: 4,
    CommandFailed: 5,
    ClusterBroken: 6,
    DeadlineExceeded: 6,
    ApiError: 6,
    ClusterDown: 7,
}
INTERRUPTED = 130


def exit_code_of(error: Exception) -> int:
    """The code of the nearest listed ancestor; 70 means a bug of ours."""
    return next((EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES), 70)


def build_parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser(
        prog="devcluster", description="A real Kubernetes on this machine, from packages only."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="have a healthy cluster: make, adopt or repair it")
    up.add_argument("--nodes", type=int, default=1, help="how many nodes (only 1, so far)")
    down = commands.add_parser("down", help="stop everything and leave nothing behind")
    down.add_argument("--purge", action="store_true", help="delete the registry's images too")
    commands.add_parser("reset", help="empty the cluster; images stay")
    status = commands.add_parser("status", help="say what runs; fails unless all of it does")
    status.add_argument("--json", action="store_true", help="for programs")
    load = commands.add_parser("load", help="push images built here into the cluster's registry")
    load.add_argument("images", nargs="+", metavar="IMAGE")
    commands.add_parser("metrics", help="add metrics-server, for autoscaling and `kubectl top`")
    commands.add_parser("base-image", help="have debian:trixie-slim for image builds")
    commands.add_parser("env", help="print the shell variables that lead to the cluster")
    return parser


def run_up(options: argparse.Namespace, settings: Settings) -> int:
    """Have a cluster."""
    if options.nodes != 1:
        raise UnsupportedMachine("devcluster can make one node only, so far; use --nodes 1.")
    check_root()
    with lock_held(settings.lock_file, purpose="up"):
        cluster.up(settings)
    say(f"the cluster is up; KUBECONFIG={settings.kubeconfig}")
    return 0


def run_down(options: argparse.Namespace, settings: Settings) -> int:
    """Have no cluster."""
    check_root()
    check_other_cluster()
    with lock_held(settings.lock_file, purpose="down"):
        teardown.down(settings, purge=options.purge)
    say("the cluster is down")
    return 0


def run_reset(_: argparse.Namespace, settings: Settings) -> int:
    """Have an empty cluster."""
    check_root()
    check_other_cluster()
    with lock_held(settings.lock_file, purpose="reset"):
        teardown.reset(settings)
        cluster.up(settings)
    say("the cluster is empty")
    return 0


def run_status(options: argparse.Namespace, settings: Settings) -> int:
    """Say what runs."""
    check_root()
    parts = list_parts(settings)
    print(json.dumps(build_answer(parts, settings)) if options.json else render_parts(parts))
    return 0 if all(part.is_good for part in parts) else EXIT_CODES[ClusterDown]


def run_load(options: argparse.Namespace, settings: Settings) -> int:
    """Push images."""
    check_root()
    load_images(options.images, settings)
    return 0


def run_metrics(_: argparse.Namespace, settings: Settings) -> int:
    """Have metrics-server in the cluster."""
    check_root()
    with lock_held(settings.lock_file, purpose="metrics"):
        cluster.add_metrics(settings)
    say("the cluster tells what nodes and pods use; try kubectl top nodes")
    return 0


def run_base_image(_: argparse.Namespace, settings: Settings) -> int:
    """Have the base image, also before there is a cluster."""
    check_machine(settings)
    apply_packages(settings)
    with lock_held(settings.image_lock_file, purpose="base-image"):
        apply_base_image(settings)
    return 0


def run_env(_: argparse.Namespace, settings: Settings) -> int:
    """Print shell variables."""
    print(render_environment(settings))
    return 0


COMMANDS = {
    "up": run_up,
    "down": run_down,
    "reset": run_reset,
    "status": run_status,
    "load": run_load,
    "metrics": run_metrics,
    "base-image": run_base_image,
    "env": run_env,
}


def main(arguments: Sequence[str]) -> int:
    """Run a command; every foreseen trouble is one message and an exit code."""
    options = build_parser().parse_args(arguments)
    try:
        return COMMANDS[options.command](options, Settings.from_env(os.environ))
    except DevclusterError as error:
        print(f"devcluster: {error}", file=sys.stderr)
        return exit_code_of(error)
    except KeyboardInterrupt:
        print("devcluster: interrupted; run the command again to go on.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
