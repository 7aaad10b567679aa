"""Puts the parts together and runs them until the process is told to stop."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from builder import health
from builder.buildqueue import BuildQueue
from builder.builds import Builds
from builder.bundles import BundleKeeper
from builder.cleaner import Cleaner
from builder.controller import ControllerClient
from builder.hookserver import HookServer
from builder.hostkeys import load_host_keys
from builder.leftovers import Leftovers
from builder.locks import ProcessLocks
from builder.operations import FindIdentity, Operation, Operations
from builder.output import PusherOutput
from builder.podruns import PodRunner
from builder.refs import RefUpdate
from builder.registries import TokenSigner
from builder.repositories import Repositories
from builder.sessions import Sessions
from builder.settings import Settings
from builder.sshserver import SshServer
from builder.sweeping import sweep
from kit.health import HealthServer
from kit.kube import SECRETS, Kube
from kit.objectstore import ObjectStore

log = logging.getLogger(__name__)

AUTH_PATIENCE = 45.0
"""Seconds in which a controller that is away may come back before a client is refused; less than it has to get in."""
BUNDLE_PATIENCE = 60.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """All parts of a running builder."""

    settings: Settings
    operations: Operations
    ssh: SshServer
    hooks: HookServer
    probes: HealthServer
    cleaner: Cleaner
    bundles: BundleKeeper

    def start(self) -> None:
        self.probes.start()
        self.hooks.start()
        self.bundles.start()
        self.cleaner.start()
        self.ssh.start()
        log.info("listening on port %d", self.ssh.port)

    def stop(self, *, patience: float) -> None:
        """Take no new pushes, let those that run end, and keep what they brought."""
        self.ssh.stop()
        if not self.operations.wait_idle(patience):
            self.operations.cancel_all("the builder is about to stop; push again")
            self.operations.wait_idle(10.0)
        self.cleaner.stop()
        self.bundles.stop(BUNDLE_PATIENCE)
        self.hooks.stop()
        self.ssh.close_all()
        self.probes.stop()


def build_server(settings: Settings, *, kube: Kube, store: ObjectStore) -> Server:
    """Return a server whose parts know each other; nothing listens yet.

    Raises:
        HostKeyError: a host key can't be read.
    """
    controller = ControllerClient(settings.controller_url, settings.builder_key_file)
    settings.git_home.mkdir(parents=True, exist_ok=True)
    repositories = Repositories(settings.git_home, store, program_path=settings.program_path)
    operations, locks = Operations(), ProcessLocks()
    leftovers = Leftovers(repositories=repositories, store=store, locks=locks, has_app=controller.has_app)
    builds = build_builds(settings, kube=kube, controller=controller, leftovers=leftovers)
    bundles = BundleKeeper(repositories)
    hooks = build_hooks(settings, builds=builds, operations=operations)
    sessions = Sessions(
        repositories=repositories,
        locks=locks,
        operations=operations,
        find_identity=build_find_identity(controller),
        hook_socket=hooks.path,
        lock_timeout=settings.lock_timeout,
        on_pushed=bundles.keep,
    )
    ssh = build_ssh(settings, sessions=sessions)
    return Server(
        settings=settings,
        operations=operations,
        ssh=ssh,
        hooks=hooks,
        probes=build_probes(settings, ssh=ssh, kube=kube, store=store, controller=controller),
        cleaner=Cleaner(kube, leftovers=leftovers, interval=settings.cleaner_interval),
        bundles=bundles,
    )


def build_find_identity(controller: ControllerClient) -> FindIdentity:
    return lambda fingerprint: controller.get_identity(fingerprint, patience=AUTH_PATIENCE)


def build_hooks(settings: Settings, *, builds: Builds, operations: Operations) -> HookServer:
    def receive(
        update: RefUpdate, operation: Operation, environment: Mapping[str, str], output: PusherOutput
    ) -> None:
        builds.build(update, operation=operation, environment=environment, output=output)

    path = settings.runtime_dir / "hooks.sock"
    return HookServer(path, operations, receive=receive, git=builds.repositories.environment)


def build_ssh(settings: Settings, *, sessions: Sessions) -> SshServer:
    return SshServer(
        settings.ssh_address,
        settings.ssh_port,
        host_keys=load_host_keys(settings.host_key_dir),
        find_identity=sessions.find_identity,
        serve=sessions.serve,
    )


def build_builds(
    settings: Settings, *, kube: Kube, controller: ControllerClient, leftovers: Leftovers
) -> Builds:
    return Builds(
        store=leftovers.store,
        controller=controller,
        repositories=leftovers.repositories,
        leftovers=leftovers,
        runner=PodRunner(
            kube=kube,
            settings=settings.pods,
            pod_wait=settings.pod_wait,
            idle_interval=settings.idle_interval,
        ),
        queue=BuildQueue(settings.max_builds, idle_interval=settings.idle_interval),
        registry=settings.registry,
        sign=TokenSigner(settings.registry.token_dir, clock=time.time),
        get_secret=lambda name: kube.get(SECRETS, name, namespace=settings.namespace),
        new_id=lambda: str(uuid.uuid4()),
    )


def build_probes(
    settings: Settings, *, ssh: SshServer, kube: Kube, store: ObjectStore, controller: ControllerClient
) -> HealthServer:
    return HealthServer(
        settings.health_port,
        {
            "/healthz": lambda: health.check_all(
                [lambda: health.is_listening(ssh), lambda: health.is_store_listable(store)]
            ),
            "/readiness": lambda: health.check_all(
                [
                    lambda: health.are_namespaces_listable(kube, settings.namespace),
                    lambda: health.is_controller_healthy(controller),
                ]
            ),
        },
    )


def sweep_in_background(settings: Settings, kube: Kube) -> None:
    threading.Thread(
        target=sweep,
        args=(kube, settings.pods),
        kwargs={"namespace": settings.namespace},
        name="sweep",
        daemon=True,
    ).start()
