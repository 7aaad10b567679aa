"""The parts, put together: watches, rounds, nginx, the desk that nginx asks about failures."""

from __future__ import annotations

import functools
import logging
import threading

from kit.kube import Kube
from router.certificates import CertificateStore
from router.cluster import Cluster, list_endpoints
from router.errors import NginxEnded
from router.failures import FailureDesk
from router.loop import Loop
from router.nginx import Nginx
from router.place import Place
from router.secrets import CertificateReader
from router.sync import Router

log = logging.getLogger(__name__)


class Edge:
    """``run`` it in the main thread; ``stop`` ends it from anywhere."""

    def __init__(
        self, kube: Kube, place: Place, *, namespace: str, program: str, endpoints: Kube | None = None
    ) -> None:
        """``endpoints`` is the client by which nginx's questions are answered: one that gives up soon."""
        self.nginx = Nginx(place, program=program)
        self._store = CertificateStore(place)
        self._loop = Loop(self._round)
        self._certificates = CertificateReader(kube, self._store)
        self._router = Router(place, nginx=self.nginx, store=self._store, certificates=self._certificates)
        self._cluster = Cluster(kube, self._store, namespace=namespace, on_change=self._loop.notify)
        self._watcher = threading.Thread(target=self._watch_nginx, name="nginx", daemon=True)
        self._desk = FailureDesk(
            place.failure_socket,
            find_service=self._router.find_service,
            list_endpoints=functools.partial(list_endpoints, endpoints or kube),
        )

    def stop(self) -> None:
        self._loop.stop()

    def run(self) -> None:
        """Keep nginx up to date until ``stop``; nginx itself goes on.

        Raises:
            NginxEnded: it ended by itself.
        """
        self._store.prepare()
        self._desk.start()
        self._cluster.start()
        self._loop.run()
        if self.nginx.is_started and not self.nginx.is_running:
            raise NginxEnded("nginx ended by itself")

    def finish(self, *, delay: float, timeout: float) -> None:
        """Serve on for ``delay`` seconds, then let nginx finish its connections for up to ``timeout``."""
        self._cluster.stop()
        self.nginx.wait(delay)
        if not self.nginx.quit(timeout):
            log.warning("connections were cut after %g s", timeout)
        self._desk.stop()

    def _round(self) -> float | None:
        if not self._cluster.synced:
            return None
        try:
            self._router.sync(self._cluster.read())
        finally:
            if self.nginx.is_started and self._watcher.ident is None:
                self._watcher.start()
        return self._certificates.get_retry_delay()

    def _watch_nginx(self) -> None:
        self.nginx.wait()
        self._loop.stop()
