"""A real Kubernetes, and the controller in it with exactly the rights that the chart gives it."""

import http.client
import itertools
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.cluster.commands import build_command
from controller.cluster.desired import ClusterOptions, DesiredApp, Process, Progress, ServiceState
from controller.cluster.facade import Cluster
from kit.kube import NAMESPACES, PODS, ROLEBINDINGS, ROLES, SERVICEACCOUNTS, SERVICES, Kube, Resource
from kit.waiting import wait_for

IMAGE = os.environ.get("TEST_IMAGE", "198.19.255.1:5000/library/debian:trixie-slim")
CLUSTER_ROLES = Resource("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", namespaced=False)
CLUSTER_ROLE_BINDINGS = Resource(
    "rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False
)
RBAC = "rbac.authorization.k8s.io"

SERVER = """exec perl -MIO::Socket::INET -e '$SIG{TERM}=sub{exit 0}; $|=1;
print "listening on $ENV{PORT}\\n";
my $s=IO::Socket::INET->new(LocalPort=>$ENV{PORT},Listen=>128,ReuseAddr=>1) or die;
while(1){my $c=$s->accept or next; while(<$c>){last if /^\\r?\\n$/}
my $b=$ENV{WORKFLOW_RELEASE}; print $c "HTTP/1.0 200 OK\\r\\nContent-Length: ".length($b)."\\r\\n\\r\\n$b"; close $c}'"""
WORKER = "trap 'exit 0' TERM; echo working; sleep 1000 & wait"
CRASH = "echo starting; echo 'no database at 10.0.0.9' >&2; exit 3"


def build_rules(*rules: tuple[str, list[str], str]) -> list[dict[str, Any]]:
    return [
        {"apiGroups": [group], "resources": resources, "verbs": verbs.split()}
        for group, resources, verbs in rules
    ]


CONTROLLER_RULES = build_rules(
    ("", ["namespaces"], "get list watch create delete"),
    ("", ["nodes"], "get list"),
    (RBAC, ["rolebindings"], "create"),
)
APP_RULES = build_rules(
    ("", ["services", "secrets"], "get list create update patch delete"),
    ("", ["configmaps"], "get create patch delete"),
    ("", ["pods"], "get list watch create delete deletecollection"),
    ("", ["pods/log"], "get"),
    ("", ["events"], "get list watch"),
    ("", ["resourcequotas"], "get list create"),
    ("apps", ["deployments"], "get list watch create update patch delete"),
    ("apps", ["deployments/scale"], "get update patch"),
    ("apps", ["replicasets"], "get list watch"),
    ("metrics.k8s.io", ["pods"], "list"),
    ("autoscaling", ["horizontalpodautoscalers"], "get list create update patch delete"),
    ("networking.k8s.io", ["ingresses"], "get list create update patch delete"),
    ("gateway.networking.k8s.io", ["httproutes"], "get list create update patch delete"),
    (RBAC, ["roles", "rolebindings"], "get create update patch"),
)


@pytest.fixture(scope="session")
def platform(kube: Kube) -> Iterator[str]:
    """A namespace with the controller's service account, and the roles of the chart under names of their own."""
    name = f"ct-platform-{uuid.uuid4().hex[:6]}"
    bind = build_rules((RBAC, ["clusterroles"], "bind"))[0] | {"resourceNames": [f"{name}:app-operator"]}
    roles = {f"{name}:controller": [*CONTROLLER_RULES, bind], f"{name}:app-operator": APP_RULES}
    kube.create(NAMESPACES, {"metadata": {"name": name}})
    kube.create(SERVICEACCOUNTS, {"metadata": {"name": "deis-controller", "namespace": name}})
    for role, rules in roles.items():
        kube.create(CLUSTER_ROLES, {"metadata": {"name": role}, "rules": rules})
    kube.create(
        CLUSTER_ROLE_BINDINGS,
        {
            "metadata": {"name": f"{name}:controller"},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": f"{name}:controller"},
            "subjects": [{"kind": "ServiceAccount", "name": "deis-controller", "namespace": name}],
        },
    )
    rules = build_rules(("", ["secrets"], "get"), ("", ["pods"], "get"))
    rules[0]["resourceNames"] = ["registry-secret"]
    subject = {"kind": "ServiceAccount", "name": "deis-controller", "namespace": name}
    kube.create(ROLES, {"metadata": {"name": "deis-controller", "namespace": name}, "rules": rules})
    kube.create(
        ROLEBINDINGS,
        {
            "metadata": {"name": "deis-controller", "namespace": name},
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "deis-controller"},
            "subjects": [subject],
        },
    )
    yield name
    kube.delete(CLUSTER_ROLE_BINDINGS, f"{name}:controller")
    for role in roles:
        kube.delete(CLUSTER_ROLES, role)
    kube.delete(NAMESPACES, name)


@pytest.fixture(scope="session")
def controller_config(kube: Kube, kubeconfig: Path, platform: str) -> dict[str, Any]:
    """A kubeconfig of the controller's service account."""
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    answer = kube.create_subresource(SERVICEACCOUNTS, "deis-controller", "token", request, namespace=platform)
    config: dict[str, Any] = yaml.safe_load(kubeconfig.read_text())
    config["users"] = [{"name": "controller", "user": {"token": answer["status"]["token"]}}]
    for context in config["contexts"]:
        context["context"]["user"] = "controller"
    return config


@pytest.fixture(scope="session")
def load_kube(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any]], Kube]:
    def load(config: dict[str, Any]) -> Kube:
        path = tmp_path_factory.mktemp("kube") / "config"
        path.write_text(yaml.safe_dump(config))
        return Kube.load({"KUBECONFIG": str(path)})

    return load


@pytest.fixture(scope="session")
def controller_kube(
    controller_config: dict[str, Any], load_kube: Callable[[dict[str, Any]], Kube]
) -> Iterator[Kube]:
    """A client that is the controller's service account."""
    client = load_kube(controller_config)
    yield client
    client.close()


@pytest.fixture(scope="session")
def options(platform: str) -> ClusterOptions:
    return ClusterOptions(
        slugrunner_image=IMAGE,
        platform_namespace=platform,
        app_role=f"{platform}:app-operator",
        router_host="",
    )


@pytest.fixture(scope="session")
def cluster(controller_kube: Kube, options: ClusterOptions) -> Cluster:
    return Cluster(controller_kube, options)


@pytest.fixture
def app(kube: Kube) -> Iterator[str]:
    """The name of an app; its namespace is gone, or going, afterwards."""
    name = f"ct-{uuid.uuid4().hex[:8]}"
    yield name
    kube.delete(NAMESPACES, name)


@dataclass
class Steps:
    """Collects what a deploy tells."""

    seen: list[Progress] = field(default_factory=list)

    def __call__(self, progress: Progress) -> None:
        self.seen.append(progress)

    @property
    def phases(self) -> list[str]:
        """In their order; how far the pods are is told several times within one."""
        return [phase for phase, _ in itertools.groupby(progress.phase for progress in self.seen)]


@pytest.fixture
def steps() -> Steps:
    return Steps()


Maker = Callable[..., DesiredApp]


@pytest.fixture
def make(app: str) -> Maker:
    """Builds releases of the app: ``make(2, web=SERVER)``; a tuple gives the count too."""

    def build(version: int, *, counts: dict[str, int] | None = None, **procfile: str) -> DesiredApp:
        wanted = {"web": 1} if counts is None else counts
        processes = []
        for kind, replicas in wanted.items():
            command, args = build_command("dockerfile", procfile, kind)
            process = Process(
                type=kind, replicas=replicas, command=command, args=args, routable=kind == "web"
            )
            processes.append(process)
        return DesiredApp(
            app=app,
            release_uuid=str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{app}-v{version}")),
            version=version,
            summary=f"tester deployed v{version}",
            kind="dockerfile",
            image=IMAGE,
            env={"DEIS_APP": app, "WORKFLOW_RELEASE": f"v{version}", "PORT": "8000", "lower_Case": "kept"},
            processes=tuple(processes),
            service=ServiceState(domains=(app,)),
            port=8000,
            grace_period=5,
            deploy_timeout=60,
        )

    return build


@pytest.fixture
def fetch(kube: Kube) -> Callable[..., str]:
    """What the app's Service answers, asked from the node.

    A new address may need a moment to be known there.
    """

    def ask(app: str, patience: float = 5.0) -> str:
        return wait_for(lambda: attempt(app, last=patience == 0), what="an answer", timeout=patience)

    def attempt(app: str, *, last: bool) -> str | None:
        try:
            return ask_once(app)
        except OSError:
            if last:
                raise
            return None

    def ask_once(app: str) -> str:
        address = kube.get(SERVICES, app, namespace=app)["spec"]["clusterIP"]
        connection = http.client.HTTPConnection(address, 80, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    return ask


@pytest.fixture
def answers(fetch: Callable[..., str]) -> Callable[[str, str], bool]:
    """Waits for an answer of that release.

    The proxies of the node forget the old pods a moment after the fact.
    """

    def wait(app: str, wanted: str) -> bool:
        return wait_for(lambda: fetch(app) == wanted, what=f"an answer of {wanted}", timeout=5)

    return wait


@dataclass
class Trickle:
    """Asks again and again in a thread of its own; counts answers and failures."""

    ask: Callable[[], str]
    answers: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Trickle":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        wait_for(lambda: self.answers or self.failures, what="the first answer", timeout=20)
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._end.wait(0.02):
            try:
                self.answers.append(self.ask())
            except OSError as error:
                self.failures.append(repr(error))


@pytest.fixture
def trickle(app: str, fetch: Callable[..., str]) -> Trickle:
    return Trickle(ask=lambda: fetch(app, patience=0))


@pytest.fixture
def list_running(kube: Kube, app: str) -> Callable[..., list[str]]:
    """Names of the app's pods that nothing is deleting."""

    def names(**labels: str) -> list[str]:
        selector = ",".join(f"{key}={value}" for key, value in {"app": app, **labels}.items())
        found = kube.list(PODS, namespace=app, labels=selector)
        return sorted(
            pod["metadata"]["name"] for pod in found if pod["metadata"].get("deletionTimestamp") is None
        )

    return names


def in_seconds(seconds: float) -> float:
    return time.time() + seconds


@pytest.fixture
def soon() -> float:
    """A deadline that an ordinary deploy keeps."""
    return in_seconds(60)


@pytest.fixture
def server() -> str:
    """A command that answers HTTP with the release it is of."""
    return SERVER


@pytest.fixture
def worker() -> str:
    return WORKER
