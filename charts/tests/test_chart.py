"""The chart renders under every switch, is valid, keeps its secrets, and gives each part no more than it needs."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

CHART = Path(__file__).resolve().parents[1] / "workflow"
Manifest = dict[str, Any]
Render = Callable[..., list[Manifest]]
Run = Callable[..., subprocess.CompletedProcess[str]]
SWITCHES = {
    "defaults": (),
    "all": ("--values", str(CHART / "ci" / "all-values.yaml")),
    "outside": ("--values", str(CHART / "ci" / "outside-values.yaml")),
    "gcs": ("--set", "global.storage=gcs,gcs.key_json=e30=,global.registry_location=gcr"),
    "azure": ("--set", "global.storage=azure,global.registry_location=off-cluster"),
    "minio": ("--set", "global.storage=minio"),
    "native": ("--values", str(CHART / "ci" / "native-values.yaml")),
    "gateway": ("--values", str(CHART / "ci" / "gateway-values.yaml")),
}
RESTRICTED_EXCEPTIONS = {
    "deis-registry-proxy": "hostNetwork: it binds the node's own 127.0.0.1",
    "deis-log-shipper": "reads the node's container logs, which belong to root",
}
CLUSTER_KINDS = (
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
)
UNIQUE_KINDS = {"Deployment", "StatefulSet", "DaemonSet"}


def list_workloads(objects: list[Manifest]) -> Iterator[Manifest]:
    yield from (found for found in objects if found["kind"] in UNIQUE_KINDS)


@pytest.mark.parametrize("switch", SWITCHES)
def test_lint_finds_nothing(switch: str, helm: Run) -> None:
    done = helm("lint", "--strict", str(CHART), *SWITCHES[switch])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def namespace(kubectl: Run) -> Iterator[str]:
    """A namespace for the dry runs, which need one that exists."""
    name = f"e2e-chart-{secrets.token_hex(3)}"
    assert kubectl("create", "namespace", name).returncode == 0
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.mark.usefixtures("gateway_api")
@pytest.mark.parametrize("switch", SWITCHES)
def test_the_api_server_accepts_every_object(
    switch: str, namespace: str, render: Render, kubectl: Run
) -> None:
    objects = [move(found, namespace) for found in render(*SWITCHES[switch])]
    done = kubectl(
        "create", "--dry-run=server", "--validate=strict", "--filename", "-", stdin=yaml.dump_all(objects)
    )
    assert done.returncode == 0, done.stderr


def move(found: Manifest, namespace: str) -> Manifest:
    """The object under a name and in a namespace that no installed platform has."""
    if found["kind"] in CLUSTER_KINDS:
        found["metadata"]["name"] = f"{namespace}-{found['metadata']['name']}"
    else:
        found["metadata"]["namespace"] = namespace
    for port in found["spec"]["ports"] if found["kind"] == "Service" else ():
        port.pop("nodePort", None)
    return found


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ("global.storage=swift", "global.storage"),
        ("router.platform_domian=example.com", "platform_domian"),
        ("global.host_port=70000", "host_port"),
        ("controller.registration_mode=open", "registration_mode"),
    ],
)
def test_a_wrong_value_is_refused_by_name(values: str, sentence: str, helm: Run) -> None:
    done = helm("template", "workflow", str(CHART), "--set", values)
    assert done.returncode != 0
    assert sentence in done.stderr.replace("/", ".")


def test_native_ingress_takes_the_routers_place(render: Render) -> None:
    """Source: platform specification, section 17.2."""
    for switch, kind in (("native", "Ingress"), ("gateway", "HTTPRoute")):
        objects = render(*SWITCHES[switch])
        named = {(found["kind"], found["metadata"]["name"]): found for found in objects}
        assert not [name for _, name in named if name.endswith("deis-router")]
        assert (kind, "controller-api-server-ingress-http") in named
        assert named["Service", "deis-builder"]["spec"]["type"] == "LoadBalancer"
        (container,) = named["Deployment", "deis-controller"]["spec"]["template"]["spec"]["containers"]
        env = {entry["name"]: entry.get("value") for entry in container["env"]}
        assert env["EXPERIMENTAL_NATIVE_INGRESS_HOSTNAME"] == env["PLATFORM_DOMAIN"] == "example.com"
        assert "DEIS_ROUTER_SERVICE_HOST" not in env
        policies = [found for found in objects if found["kind"] == "NetworkPolicy"]
        (rule,) = next(p for p in policies if p["metadata"]["name"] == "deis-builder")["spec"]["ingress"]
        assert "from" not in rule


def test_native_ingress_without_a_domain_is_refused(helm: Run) -> None:
    done = helm("template", "workflow", str(CHART), "--set", "global.experimental_native_ingress=true")
    assert done.returncode != 0
    assert "controller.platform_domain must be set" in done.stderr


def test_every_value_has_a_description() -> None:
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())

    def check(value: Any, described: Manifest, path: str) -> None:
        assert described.get("description"), path
        for key, inner in (value if "properties" in described else {}).items():
            assert key in described["properties"], f"{path}.{key} is not in the schema"
            check(inner, described["properties"][key], f"{path}.{key}")

    for key, value in values.items():
        check(value, schema["properties"][key], key)


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_pod_meets_the_restricted_profile_but_for_a_listed_few(switch: str, render: Render) -> None:
    for workload in list_workloads(render(*SWITCHES[switch])):
        name, spec = workload["metadata"]["name"], workload["spec"]["template"]["spec"]
        problems = list(find_problems(spec))
        assert bool(problems) == (name in RESTRICTED_EXCEPTIONS), f"{name}: {problems}"


def find_problems(spec: Manifest) -> Iterator[str]:
    """What the `restricted` Pod Security profile would refuse."""
    pod = spec.get("securityContext", {})
    if not pod.get("runAsNonRoot"):
        yield "may run as root"
    if pod.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "no seccomp profile"
    if spec.get("hostNetwork") or spec.get("hostPID") or spec.get("hostIPC"):
        yield "shares a namespace of the node"
    yield from (f"hostPath {volume['name']}" for volume in spec.get("volumes", []) if "hostPath" in volume)
    for container in spec["containers"] + spec.get("initContainers", []):
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False or own.get("capabilities", {}).get("drop") != [
            "ALL"
        ]:
            yield f"{container['name']} keeps privileges"
        if not own.get("readOnlyRootFilesystem"):
            yield f"{container['name']} may write into its image"


@pytest.mark.parametrize("switch", SWITCHES)
def test_nobody_reads_all_secrets_of_the_cluster(switch: str, render: Render) -> None:
    for role in render(*SWITCHES[switch]):
        if role["kind"] == "ClusterRole" and role["metadata"]["name"] != "deis:app-operator":
            for rule in role["rules"]:
                reads = {"get", "list", "watch", "*"} & set(rule["verbs"])
                open_ended = "secrets" in rule.get("resources", []) and not rule.get("resourceNames")
                assert not (reads and open_ended), role["metadata"]["name"]


def test_each_workload_has_its_own_service_account_and_version(render: Render) -> None:
    workloads = list(list_workloads(render()))
    accounts = [workload["spec"]["template"]["spec"]["serviceAccountName"] for workload in workloads]
    assert sorted(accounts) == sorted(workload["metadata"]["name"] for workload in workloads)
    assert {workload["metadata"]["annotations"]["component.deis.io/version"] for workload in workloads} == {
        "3.0.0"
    }


def allows(
    policies: list[Manifest], *, to: str, port: int, from_app: str | None, builds: bool = False
) -> bool:
    """Whether the policies let a pod of ours, a build pod, or (neither) an app's pod connect."""
    mine = [p for p in policies if p["spec"]["podSelector"].get("matchLabels", {}).get("app") == to]
    rules = [rule for policy in mine for rule in policy["spec"]["ingress"]]
    return not mine or any(
        port in [entry["port"] for entry in rule["ports"]]
        and (
            "from" not in rule
            or any(matches(peer, from_app=from_app, builds=builds) for peer in rule["from"])
        )
        for rule in rules
    )


def matches(peer: Manifest, *, from_app: str | None, builds: bool) -> bool:
    if "namespaceSelector" in peer:
        labels = {"deis.io/builds": "true"} if builds else {} if from_app else {"heritage": "deis"}
        wanted = peer["namespaceSelector"].get("matchLabels", {})
        return bool(labels) and all(labels.get(key) == value for key, value in wanted.items())
    selector = peer["podSelector"]
    named = {selector.get("matchLabels", {}).get("app")}
    for expression in selector.get("matchExpressions", []):
        named |= set(expression["values"])
    return from_app in named if from_app else False


def test_network_policies_keep_apps_and_builds_off_the_platform(render: Render) -> None:
    """The devcluster's network enforces no policy, so the rendered ones are evaluated here."""
    policies = [found for found in render() if found["kind"] == "NetworkPolicy"]
    for target, port in (
        ("deis-database", 5432),
        ("deis-logger", 8088),
        ("deis-logger", 24224),
        ("deis-builder", 2223),
    ):
        assert not allows(policies, to=target, port=port, from_app=None), f"apps reach {target}:{port}"
        assert not allows(policies, to=target, port=port, from_app=None, builds=True), (
            f"builds reach {target}:{port}"
        )
    assert not allows(policies, to="deis-registry", port=5000, from_app=None)
    assert allows(policies, to="deis-registry", port=5000, from_app=None, builds=True)
    assert allows(policies, to="deis-objectstorage", port=9000, from_app=None)
    assert allows(policies, to="deis-database", port=5432, from_app="deis-controller")
    assert allows(policies, to="deis-logger", port=24224, from_app="deis-log-shipper")
    assert not allows(policies, to="deis-database", port=5432, from_app="deis-router")


def test_prometheus_finds_the_controllers_counts(render: Render) -> None:
    """On a port of their own, behind the one that the router takes."""
    objects = {(item["kind"], item["metadata"]["name"]): item for item in render()}
    service = objects["Service", "deis-controller"]
    ports = {port["name"]: port["port"] for port in service["spec"]["ports"]}
    assert ports == {"http": 80, "metrics": 8001}
    template = objects["Deployment", "deis-controller"]["spec"]["template"]
    assert select_prometheus(template) == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "8001",
        "prometheus.io/path": "/metrics",
    }
    container = template["spec"]["containers"][0]
    assert {"name": "METRICS_PORT", "value": "8001"} in container["env"]
    without = {
        (item["kind"], item["metadata"]["name"]): item
        for item in render("--set", "controller.metrics_port=0")
    }
    assert [port["name"] for port in without["Service", "deis-controller"]["spec"]["ports"]] == ["http"]
    assert select_prometheus(without["Deployment", "deis-controller"]["spec"]["template"]) == {}


def select_prometheus(template: Manifest) -> dict[str, str]:
    annotations: dict[str, str] = template["metadata"].get("annotations", {})
    return {name: value for name, value in annotations.items() if name.startswith("prometheus.io/")}


def test_other_trusted_certificates_are_other_pods(render: Render) -> None:
    """They are read when a container starts: without new pods they would count some time later, or never."""

    def list_templates(certificates: str) -> dict[str, Manifest]:
        objects = render("--set", f"global.trusted_ca={certificates}")
        return {
            found["metadata"]["name"]: found["spec"]["template"]
            for found in list_workloads(objects)
            if "trusted-ca" in (volume["name"] for volume in found["spec"]["template"]["spec"]["volumes"])
        }

    one, other = list_templates("one"), list_templates("other")
    assert "deis-controller" in one
    assert [name for name in one if one[name] == other[name]] == []
