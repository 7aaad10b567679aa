"""``python3 -m quickstart``: up (make quickstart), platform (install only), empty, env."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from . import administrator, checks, example, images, platform, trust
from .commands import Commands, build_environment, build_exports
from .errors import QuickstartError
from .settings import CURRENT, DEVCLUSTER, Settings
from .steps import Progress, format_seconds

CHECKOUT = Path(__file__).resolve().parents[2]
REMOVALS = {
    DEVCLUSTER: "make cluster-down",
    CURRENT: "deis apps:destroy each app, then helm uninstall workflow --namespace deis (docs/installing.md)",
}
USAGE = "usage: python3 -m quickstart up | platform | empty | env"


def main(argv: list[str]) -> int:
    """Run one command; 0 when it is done, 1 with a sentence when it is not, 2 for a command that there is not."""
    actions: dict[str, Callable[[Settings], object]] = {
        "up": up,
        "platform": install_platform,
        "empty": empty,
        "env": print_environment,
    }
    if len(argv) != 1 or argv[0] not in actions:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        settings = Settings.from_env(os.environ, checkout=CHECKOUT)
        actions[argv[0]](settings)
    except QuickstartError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run it again to go on from here.", file=sys.stderr)
        return 130
    return 0


def make_commands(settings: Settings) -> Commands:
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    env = build_environment(settings, os.environ)
    env["PYTHONPATH"] = os.pathsep.join(str(CHECKOUT / name) for name in ("devcluster", "images"))
    env["CONTAINERS_REGISTRIES_CONF"] = "/var/lib/devcluster/registries.conf"
    return Commands(env, log=settings.state / "log")


def up(settings: Settings) -> None:
    """Everything, from packages to a served example."""
    progress = Progress()
    commands = install_platform(settings, progress)
    with progress.step("administrator"):
        administrator.ensure_administrator(settings)
        administrator.ensure_ssh_key(commands, settings)
    with progress.step("example app", about="half a minute"):
        body = example.ensure_example(commands, settings)
    print(render_summary(settings, body=body, seconds=sum(progress.times.values())))


def install_platform(settings: Settings, progress: Progress | None = None) -> Commands:
    """Cluster, images and chart; returns the way to run programs there."""
    progress = progress or Progress()
    checks.check_machine(settings)
    commands = make_commands(settings)
    if settings.cluster == DEVCLUSTER:
        with progress.step("packages and base image", about="1 minute"):
            commands.run(sys.executable, "-m", "devcluster", "base-image", shown=True)
    with progress.step("Python environment", about="1 minute"):
        commands.run(sys.executable, str(CHECKOUT / "scripts" / "venv.py"), shown=True)
    if settings.cluster == DEVCLUSTER:
        with progress.step("Kubernetes", about="9 minutes, most of it compiling"):
            commands.run(sys.executable, "-m", "devcluster", "up", shown=True)
    with progress.step("images", about="6 minutes"):
        tags = images.ensure_images(commands, settings)
    with progress.step("platform", about="1 minute"):
        authorities = trust.get_private_authorities()
        if settings.cluster == DEVCLUSTER:
            authorities += trust.get_devcluster_authority()
        values = platform.build_values(settings, tags=tags, trusted_ca=authorities)
        platform.apply_chart(commands, settings, values)
    return commands


def empty(settings: Settings) -> None:
    """An empty devcluster for the tests; refused where it holds somebody's apps, unless FORCE or CI is set."""
    checks.check_machine(settings)
    commands = make_commands(settings)
    running = Path("/var/lib/devcluster/kubeconfig").exists() and commands.succeeds("kubectl", "version")
    if running and not (os.environ.get("FORCE") or os.environ.get("CI")):
        platform.check_disposable(commands, settings, ours=frozenset({example.APP}))
    if running:
        commands.run(sys.executable, "-m", "devcluster", "reset", shown=True)
    for left in (settings.profile, settings.password_file):
        left.unlink(missing_ok=True)


def print_environment(settings: Settings) -> None:
    """Shell lines for ``eval "$(make -s env)"``. What a person should know goes to standard error, past eval."""
    if not settings.profile.exists():
        print("Nobody is logged in here yet: `make quickstart` installs what is missing.", file=sys.stderr)
    for name, value in build_exports(settings, path=os.environ.get("PATH", os.defpath)).items():
        print(f"export {name}={shlex.quote(value)}")


def render_summary(settings: Settings, *, body: str, seconds: float) -> str:
    return f"""
Done in {format_seconds(seconds)}.

  the app       {settings.app_url(example.APP)}   (it says: {body.splitlines()[0] if body else ""})
  the API       {settings.controller_url}
  user          {administrator.USERNAME}, password in {settings.password_file}
  its code      {settings.state / "examples" / example.APP}

Go on:          eval "$({render_choices(settings)}make -s env)"     then `deis apps`, `deis create`, `git push deis master`
Remove it all:  {REMOVALS[settings.cluster]}
"""


def render_choices(settings: Settings) -> str:
    """What a command has to be told again so that it means the same cluster."""
    if settings.cluster == DEVCLUSTER:
        return ""
    return f"CLUSTER={settings.cluster} REGISTRY={settings.registry} DOMAIN={settings.domain} "


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
