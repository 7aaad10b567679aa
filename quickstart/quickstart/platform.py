"""The chart: its values for this cluster, its installation, and whether it may be wiped."""

from __future__ import annotations

import json
from typing import Any

from .commands import Commands
from .errors import CheckFailed, CommandFailed
from .settings import CURRENT, DEVCLUSTER, DEVCLUSTER_REGISTRY, Settings

NAMESPACE = "deis"
RELEASE = "workflow"
Values = dict[str, Any]


def build_values(settings: Settings, *, tags: dict[str, str], trusted_ca: str) -> Values:
    """Chart values: our images by content hash; on the devcluster everybody may register, and node ports."""
    values: Values = {component: {"docker_tag": tag} for component, tag in sorted(tags.items())}
    values["global"] = {"image_registry": f"{settings.registry}/", "trusted_ca": trusted_ca}
    router = values.setdefault("router", {})
    if settings.domain != "localhost":
        router["platform_domain"] = settings.domain
    if settings.cluster == DEVCLUSTER:
        values["global"]["mirrors"] = {"docker.io": f"http://{DEVCLUSTER_REGISTRY}"}
        values.setdefault("controller", {})["registration_mode"] = "enabled"
        router["service_type"] = "NodePort"
        router["node_ports"] = {"http": settings.http_port, "https": settings.https_port, "builder": 2222}
    return values


def apply_chart(commands: Commands, settings: Settings, values: Values) -> None:
    """Install or upgrade, and return when every pod is ready.

    Raises:
        CommandFailed: not ready within ten minutes; the message shows the pods and the newest events.
    """
    path = settings.state / "values.json"
    path.write_text(json.dumps(values, indent=2))
    chart = settings.checkout / "charts" / "workflow"
    own = ("--values", str(settings.values_file)) if settings.values_file else ()
    try:
        commands.run(
            "helm", "upgrade", RELEASE, str(chart), "--install", "--namespace", NAMESPACE, "--create-namespace",
            "--values", str(path), *own, "--wait", "--timeout", "10m",
        )  # fmt: skip
    except CommandFailed as error:
        pods = commands.run("kubectl", "get", "pods", "--namespace", NAMESPACE)
        events = commands.run(
            "kubectl", "get", "events", "--namespace", NAMESPACE, "--sort-by=.lastTimestamp"
        )
        newest = "\n".join(events.splitlines()[-15:])
        raise CommandFailed(f"The platform did not become ready.\n{error}\n{pods}\n{newest}") from error


def parse_tags(text: str, *, components: set[str]) -> dict[str, str]:
    """``NAME=TAG`` lines of the images tool, for those names that are sections of the chart's values."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name: tag for name, tag in pairs if name in components}


def check_disposable(commands: Commands, settings: Settings, *, ours: frozenset[str]) -> None:
    """Raise ``CheckFailed`` if the cluster holds apps that neither the quick start nor the tests made."""
    if settings.cluster == CURRENT:
        raise CheckFailed("The tests empty the cluster first, so they run on the devcluster only.")
    listed = commands.run(
        "kubectl",
        "get",
        "namespaces",
        "--selector",
        "heritage=deis",
        "--output",
        "jsonpath={.items[*].metadata.name}",
    )
    foreign = sorted(name for name in listed.split() if name not in ours and not name.startswith("e2e-"))
    if foreign:
        raise CheckFailed(
            f"The devcluster holds apps that the tests did not make: {', '.join(foreign)}. "
            "The tests would delete them. Say FORCE=1 if they may."
        )
