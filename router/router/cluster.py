"""What the router follows in the cluster: routable Services everywhere, and five objects of its own namespace."""

from __future__ import annotations

import logging
from collections.abc import Callable

from kit.kube import DEPLOYMENTS, ENDPOINTSLICES, SECRETS, SERVICES, Kube, Manifest, Reflector
from router.certificates import DHPARAM_KEY, CertificateStore, read_entry, read_pair
from router.discovery import Inputs
from router.errors import InvalidCertificate, MissingDeployment

log = logging.getLogger(__name__)

ROUTABLE = "router.deis.io/routable=true"
DEPLOYMENT = "deis-router"
BUILDER = "deis-builder"
PLATFORM_CERTIFICATE = "deis-router-platform-cert"
DHPARAM = "deis-router-dhparam"


class Cluster:
    """Copies kept by watches; ``on_change`` is called after each change."""

    def __init__(
        self, kube: Kube, store: CertificateStore, *, namespace: str, on_change: Callable[[], None]
    ) -> None:
        self._store = store
        self._namespace = namespace
        self._refused: dict[str, str] = {}

        def follow(resource: str, name: str) -> Reflector:
            kind = {"deployment": DEPLOYMENTS, "service": SERVICES, "secret": SECRETS}[resource]
            return Reflector(
                kube, kind, namespace=namespace, fields=f"metadata.name={name}", on_change=on_change
            )

        self._services = Reflector(kube, SERVICES, labels=ROUTABLE, on_change=on_change)
        self._deployment = follow("deployment", DEPLOYMENT)
        self._builder = follow("service", BUILDER)
        self._platform_certificate = follow("secret", PLATFORM_CERTIFICATE)
        self._dhparam = follow("secret", DHPARAM)

    @property
    def reflectors(self) -> tuple[Reflector, ...]:
        return (self._services, self._deployment, self._builder, self._platform_certificate, self._dhparam)

    def start(self) -> None:
        for reflector in self.reflectors:
            reflector.start()

    def stop(self) -> None:
        for reflector in self.reflectors:
            reflector.stop()

    @property
    def synced(self) -> bool:
        """Whether everything has been read at least once."""
        return all(reflector.synced for reflector in self.reflectors)

    def read(self) -> Inputs:
        """Return the present state, all but the certificates of apps.

        Raises:
            MissingDeployment: the router's own Deployment is not there.
        """
        deployment = self._deployment.get(DEPLOYMENT, namespace=self._namespace)
        if deployment is None:
            raise MissingDeployment(
                f"there is no Deployment {self._namespace}/{DEPLOYMENT}, which configures the router"
            )
        pair = self._platform_certificate.get(PLATFORM_CERTIFICATE, namespace=self._namespace)
        dhparam = self._dhparam.get(DHPARAM, namespace=self._namespace)
        return Inputs(
            deployment=deployment,
            services=self._services.snapshot(),
            builder=self._builder.get(BUILDER, namespace=self._namespace),
            platform_certificate=self._keep(pair, lambda secret: self._store.put_pair(*read_pair(secret))),
            dhparam=self._keep(
                dhparam, lambda secret: self._store.put_dhparam(read_entry(secret, DHPARAM_KEY))
            ),
        )

    def _keep(self, secret: Manifest | None, put: Callable[[Manifest], str]) -> str | None:
        """Return the digest of what a Secret holds; say once if it can't be used."""
        if secret is None:
            return None
        name = secret["metadata"]["name"]
        try:
            digest = put(secret)
        except InvalidCertificate as error:
            if self._refused.get(name) != str(error):
                log.warning("Secret %s/%s is not used: %s", self._namespace, name, error)
            self._refused[name] = str(error)
            return None
        self._refused.pop(name, None)
        return digest


def list_endpoints(kube: Kube, namespace: str, service: str) -> list[str]:
    """Return ``IP:port`` of every ready pod behind port 80 of a Service."""
    slices = kube.list(ENDPOINTSLICES, namespace=namespace, labels=f"kubernetes.io/service-name={service}")
    return [address for piece in slices for address in list_ready_addresses(piece)]


def list_ready_addresses(piece: Manifest) -> list[str]:
    """Return the addresses of an EndpointSlice. The routed port is the one named ``http``, or the first."""
    ports = [
        port for port in piece.get("ports") or [] if port.get("port") and port.get("protocol", "TCP") == "TCP"
    ]
    ports.sort(key=lambda port: port.get("name") != "http")
    if not ports:
        return []
    ready = (endpoint["addresses"][0] for endpoint in piece.get("endpoints") or [] if is_ready(endpoint))
    return [f"[{ip}]:{ports[0]['port']}" if ":" in ip else f"{ip}:{ports[0]['port']}" for ip in ready]


def is_ready(endpoint: Manifest) -> bool:
    """Say whether an endpoint gets traffic; a condition that is absent counts as true (API reference)."""
    ready = (endpoint.get("conditions") or {}).get("ready")
    return bool(endpoint.get("addresses")) and ready is not False
