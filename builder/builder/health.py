"""What the probes ask.

Source: build specification, section 17.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait

from builder.controller import ControllerClient
from builder.slugs import ROOT
from builder.sshserver import SshServer
from kit.errors import PlatformError
from kit.kube import NAMESPACES, Kube
from kit.objectstore import ObjectStore

log = logging.getLogger(__name__)

LIMIT = 10.0


def check_all(checks: Iterable[Callable[[], bool]], *, limit: float = LIMIT) -> bool:
    """Run checks side by side; true if all are within ``limit`` seconds."""
    pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="health")
    try:
        futures = [pool.submit(check) for check in checks]
        done, late = wait(futures, limit)
        return not late and all(future.result() for future in done)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def is_store_listable(store: ObjectStore) -> bool:
    try:
        next(iter(store.list(ROOT)), None)
    except PlatformError as error:
        log.warning("health: %s", error)
        return False
    return True


def is_listening(server: SshServer) -> bool:
    if not server.is_listening:
        log.warning("SSH Server is not yet started")
    return server.is_listening


def are_namespaces_listable(kube: Kube, namespace: str) -> bool:
    try:
        kube.list(NAMESPACES, fields=f"metadata.name={namespace}")
    except PlatformError as error:
        log.warning("health: %s", error)
        return False
    return True


def is_controller_healthy(controller: ControllerClient) -> bool:
    return controller.is_healthy(LIMIT)
