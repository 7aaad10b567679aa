"""etcd, the API server, the controller manager and the scheduler."""

from pathlib import Path

from devcluster.certificates import get_pair
from devcluster.kubeconfigs import get_kubeconfig
from devcluster.processes import Process
from devcluster.settings import Settings

LOOPBACK = "127.0.0.1"
AUTOSCALER_PERIOD = "5s"
"""How often autoscalers look: tests of them need not take a quarter of a minute longer."""


def get_etcd_dir(settings: Settings) -> Path:
    """Where the cluster's objects are stored."""
    return settings.state_dir / "etcd"


def build_etcd(settings: Settings) -> Process:
    """The store. It does not wait for the disk: a development cluster can be made again."""
    pair = get_pair("etcd", settings, authority="etcd")
    url = f"https://{LOOPBACK}:{settings.ports.etcd}"
    peer = f"http://{LOOPBACK}:{settings.ports.etcd_peer}"
    argv = (
        "/usr/bin/etcd",
        "--name=devcluster",
        f"--data-dir={get_etcd_dir(settings)}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=devcluster={peer}",
        f"--cert-file={pair.certificate}",
        f"--key-file={pair.key}",
        f"--trusted-ca-file={pair.authority}",
        "--client-cert-auth",
        "--unsafe-no-fsync",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=10m",
        "--log-level=warn",
    )
    return Process(name="etcd", argv=argv, files=(pair.certificate,))


def build_api_server(settings: Settings, *, program: Path) -> Process:
    """The API server, on the node's address, where pods reach it too."""
    serving = get_pair("api", settings)
    argv = (
        str(program),
        f"--bind-address={settings.node_address}",
        f"--advertise-address={settings.node_address}",
        f"--secure-port={settings.ports.api}",
        f"--tls-cert-file={serving.certificate}",
        f"--tls-private-key-file={serving.key}",
        f"--client-ca-file={serving.authority}",
        f"--service-cluster-ip-range={settings.service_range}",
        f"--service-node-port-range={settings.node_port_range}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--profiling=false",
        *build_etcd_flags(settings),
        *build_kubelet_flags(settings),
        *build_service_account_flags(settings),
        *build_aggregation_flags(settings),
    )
    return Process(name="api", argv=argv, files=(serving.certificate,))


def build_etcd_flags(settings: Settings) -> tuple[str, ...]:
    """How the API server reaches its store."""
    pair = get_pair("api-to-etcd", settings, authority="etcd")
    return (
        f"--etcd-servers=https://{LOOPBACK}:{settings.ports.etcd}",
        f"--etcd-cafile={pair.authority}",
        f"--etcd-certfile={pair.certificate}",
        f"--etcd-keyfile={pair.key}",
    )


def build_kubelet_flags(settings: Settings) -> tuple[str, ...]:
    """How the API server reaches kubelets, for logs, exec and attach."""
    pair = get_pair("api-to-kubelet", settings)
    return (
        "--kubelet-preferred-address-types=InternalIP",
        f"--kubelet-client-certificate={pair.certificate}",
        f"--kubelet-client-key={pair.key}",
        f"--kubelet-certificate-authority={pair.authority}",
    )


def build_service_account_flags(settings: Settings) -> tuple[str, ...]:
    """How tokens of service accounts are signed and checked."""
    folder = settings.certificates_dir
    return (
        f"--service-account-issuer=https://kubernetes.default.svc.{settings.domain}",
        f"--service-account-signing-key-file={folder / 'service-accounts.key'}",
        f"--service-account-key-file={folder / 'service-accounts.pub'}",
    )


def build_aggregation_flags(settings: Settings) -> tuple[str, ...]:
    """The front proxy, so that other API servers can be added, such as one for metrics."""
    pair = get_pair("front-proxy", settings, authority="front-proxy")
    return (
        "--enable-aggregator-routing=true",
        f"--proxy-client-cert-file={pair.certificate}",
        f"--proxy-client-key-file={pair.key}",
        f"--requestheader-client-ca-file={pair.authority}",
        "--requestheader-allowed-names=front-proxy",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    )


def build_controller_manager(settings: Settings, *, program: Path) -> Process:
    """The controllers of Kubernetes's own kinds."""
    authority = get_pair("cluster-ca", settings)
    kubeconfig = get_kubeconfig("controller-manager", settings)
    argv = (
        str(program),
        *build_client_flags(kubeconfig, port=settings.ports.controller_manager),
        "--use-service-account-credentials=true",
        f"--root-ca-file={authority.certificate}",
        f"--service-account-private-key-file={settings.certificates_dir}/service-accounts.key",
        f"--cluster-signing-cert-file={authority.certificate}",
        f"--cluster-signing-key-file={authority.key}",
        f"--service-cluster-ip-range={settings.service_range}",
        "--allocate-node-cidrs=false",
        f"--horizontal-pod-autoscaler-sync-period={AUTOSCALER_PERIOD}",
    )
    return Process(name="controller-manager", argv=argv, files=(kubeconfig,))


def build_scheduler(settings: Settings, *, program: Path) -> Process:
    """The scheduler."""
    kubeconfig = get_kubeconfig("scheduler", settings)
    argv = (str(program), *build_client_flags(kubeconfig, port=settings.ports.scheduler))
    return Process(name="scheduler", argv=argv, files=(kubeconfig,))


def build_client_flags(kubeconfig: Path, *, port: int) -> tuple[str, ...]:
    """What the controller manager and the scheduler have in common."""
    return (
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        f"--bind-address={LOOPBACK}",
        f"--secure-port={port}",
        "--leader-elect=false",
        "--profiling=false",
    )
