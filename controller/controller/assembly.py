"""Puts the parts together, once a process. Django has been told of its settings before this is imported."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

from django.db import transaction

from controller.cluster.desired import ClusterOptions, NativeIngress
from controller.cluster.facade import Cluster
from controller.cluster.registryimages import RegistryImages, RegistryOptions
from controller.database import connect
from controller.metrics import Metrics, count_calls
from controller.model.models import Operation
from controller.operations.engine import Engine
from controller.owners import build_owner, parse_pod
from controller.services.audit import record_end
from controller.services.deployhooks import DeployHooks
from controller.services.directory import Directory
from controller.services.kinds import build_kinds
from controller.services.logs import Logger
from controller.services.slugs import SlugTokens
from controller.services.tools import Platform, Tools
from controller.settings import (
    PLATFORM_VERSION,
    NativeIngressSettings,
    RegistrySettings,
    Settings,
    StorageSettings,
)
from kit.errors import PlatformError
from kit.kube import Kube
from kit.objectstore import ObjectStore, open_store
from kit.settings import Secret

log = logging.getLogger(__name__)


def build_platform(settings: Settings, *, kube: Kube, metrics: Metrics | None = None) -> Platform:
    """Everything but its threads: ``platform.engine.start()`` begins to work."""
    if metrics is not None:
        count_calls(kube, metrics)
    tools = build_tools(settings, kube=kube)
    engine = Engine(
        build_kinds(tools),
        owner=f"{build_owner(settings, os.getpid())}{os.urandom(4).hex()}",
        connect=partial(connect, settings.database),
        threads=settings.process.operation_threads,
        lease=settings.process.lease_seconds,
        listen=settings.database.listen,
        on_end=partial(tell_end, metrics=metrics),
        is_dead=partial(is_dead, settings=settings, cluster=tools.cluster),
    )
    return Platform(tools=tools, engine=engine)


def tell_end(operation: Operation, *, metrics: Metrics | None) -> None:
    """In the transaction that ends it."""
    record_end(operation)
    if metrics is not None:
        transaction.on_commit(partial(metrics.count_operation, operation))


def is_dead(owner: str, *, settings: Settings, cluster: Cluster) -> bool:
    """Whether the owner's pod is gone; False when that can't be known."""
    pod = parse_pod(owner, namespace=settings.namespace)
    if not (pod and settings.process.pod_name):
        return False
    try:
        return not cluster.has_platform_pod(pod)
    except PlatformError as error:
        log.warning("whether %s is still there is not known: %s", pod, error)
        return False


def build_tools(settings: Settings, *, kube: Kube) -> Tools:
    deploy = settings.deploy
    hooks = DeployHooks(deploy.hook_urls, secret=deploy.hook_secret, version=PLATFORM_VERSION)
    cluster = Cluster(kube, build_cluster_options(settings))
    registry = build_registry_options(settings.registry)
    return Tools(
        settings=settings,
        cluster=cluster,
        images=RegistryImages(replace(registry, platforms=find_platforms(cluster) or registry.platforms)),
        logs=Logger(settings.logger_url),
        slugs=SlugTokens(settings.secret_key, controller_url=settings.controller_url),
        send_hooks=hooks.send,
        directory=Directory(settings.ldap) if settings.ldap else None,
    )


def build_cluster_options(settings: Settings) -> ClusterOptions:
    return ClusterOptions(
        slugrunner_image=settings.deploy.slugrunner_image,
        platform_namespace=settings.namespace,
        router_host="" if settings.native_ingress else settings.router_host,
        router_port=settings.router_port,
        platform_domain=settings.platform_domain,
        ignore_scheduling_failure=settings.deploy.ignore_scheduling_failure,
        expose_pod_ip=settings.deploy.expose_pod_ip,
        native_ingress=build_native_ingress(settings.native_ingress),
        debug=settings.debug,
        trusted_ca=settings.deploy.trusted_ca,
        proxies=settings.registry.proxies,
    )


def build_native_ingress(native: NativeIngressSettings | None) -> NativeIngress | None:
    if native is None:
        return None
    return NativeIngress(hostname=native.hostname, ingress_class=native.ingress_class, gateway=native.gateway)


def build_registry_options(registry: RegistrySettings) -> RegistryOptions:
    key, certificate = read_token_pair(registry.token_dir)
    return RegistryOptions(
        url=registry.url,
        names=(f"{registry.host}:{registry.port}", registry.host),
        token_key=key,
        token_certificate=certificate,
        mirrors=registry.mirrors,
        timeout=registry.timeout,
        proxies=registry.proxies,
    )


def find_platforms(cluster: Cluster) -> frozenset[str]:
    """What the nodes run; empty when Kubernetes can't be asked at this moment."""
    try:
        return cluster.list_platforms()
    except PlatformError as error:
        log.warning("the nodes' platforms are not known: %s", error)
        return frozenset()


def read_token_pair(directory: Path | None) -> tuple[Secret | None, str]:
    """The key pair that signs registry tokens, if there is one."""
    if directory is None:
        return None, ""
    return Secret((directory / "tls.key").read_text()), (directory / "tls.crt").read_text()


def open_slug_store(storage: StorageSettings) -> ObjectStore | None:
    """Where slugs are; None when this installation was not told."""
    if not storage.storage:
        return None
    endpoint = f"http://{storage.host}:{storage.port}" if storage.host else None
    return open_store(
        storage=storage.storage, credentials=storage.credentials, container="builder", endpoint=endpoint
    )
