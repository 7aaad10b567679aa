"""From an accepted push to a release: what happens while git waits for its pre-receive hook.

Source: build specification, section 5.2, with the texts of sections 12 and 13.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from builder.apps import App
from builder.buildpods import BuildJob, build_docker_args, build_pod_name
from builder.buildqueue import BuildQueue
from builder.controller import BuildReport, ControllerClient
from builder.errors import ControllerError, ReceiveError
from builder.leftovers import Leftovers
from builder.operations import Operation
from builder.output import PusherOutput
from builder.podruns import PodRunner
from builder.procfiles import MalformedProcfile, parse_procfile
from builder.refs import RefUpdate, parse_object_id
from builder.registries import Destination, GetSecret, Signer, resolve_destination
from builder.repositories import Repositories
from builder.selectors import check_pull_policy, parse_node_selector
from builder.settings import PodSettings, RegistrySettings
from builder.slugs import SlugKeys
from builder.source import PushedTree
from kit.errors import PlatformError
from kit.objectstore import ObjectStore
from kit.settings import Secret

log = logging.getLogger(__name__)

CONFIG_PATIENCE = 30.0
"""Seconds in which a controller that is away may come back before a push is refused."""
ADDRESS_MARGIN = 600.0


@dataclass(frozen=True, kw_only=True)
class Push:
    """One ref of one push."""

    operation: Operation
    tree: PushedTree
    output: PusherOutput
    config: Mapping[str, str]
    keys: SlugKeys
    is_dockerfile: bool

    @property
    def app(self) -> App:
        return self.operation.app


@dataclass(frozen=True, kw_only=True)
class Builds:
    store: ObjectStore
    controller: ControllerClient
    repositories: Repositories
    leftovers: Leftovers
    runner: PodRunner
    queue: BuildQueue
    registry: RegistrySettings
    sign: Signer
    get_secret: GetSecret
    new_id: Callable[[], str]
    """Random and unique: pods are named after it, and a release is made once for each."""

    @property
    def pods(self) -> PodSettings:
        return self.runner.settings

    def build(
        self,
        update: RefUpdate,
        *,
        operation: Operation,
        environment: Mapping[str, str],
        output: PusherOutput,
    ) -> None:
        """Build and release one pushed object.

        Raises:
            ReceiveError: the push has to be refused.
        """
        output.stopwatch.begin("storing the source")
        push = self._look_at(update, operation=operation, environment=environment, output=output)
        self.leftovers.remove_earlier(push.app)
        self._clear_cache(push)
        push.tree.store_archive(self.store, push.keys.tar)
        output.stopwatch.begin("waiting for other builds")
        with self.queue.place(output=output, cancellation=operation.cancellation):
            image = self._run_dockerbuild(push) if push.is_dockerfile else self._run_slugbuild(push)
        procfile = self._read_procfile(push)
        output.info("Build complete.")
        output.info("Launching App...")
        output.stopwatch.begin("launching")
        version = self._release(push, image=image, procfile=procfile)
        output.info(output.stopwatch.render())
        output.info(f"Done, {push.app}:v{version} deployed to Workflow\n")
        output.info("Use 'deis open' to view this application in your browser\n")
        output.info("To learn more, use 'deis help' or visit https://deis.com/\n")

    def _look_at(
        self,
        update: RefUpdate,
        *,
        operation: Operation,
        environment: Mapping[str, str],
        output: PusherOutput,
    ) -> Push:
        """Check what can be checked without doing anything; the controller says if the user may push."""
        check_pull_policy(self.pods.dockerbuilder_pull_policy)
        check_pull_policy(self.pods.slugbuilder_pull_policy)
        commit = parse_object_id(update.new)
        parse_node_selector(self.pods.node_selector)
        config = self.controller.get_config(
            operation.app, operation.identity.user, patience=min(CONFIG_PATIENCE, operation.seconds_left())
        )
        tree = PushedTree(
            app=operation.app,
            commit=commit,
            repository=self.repositories.path(operation.app),
            environment=environment,
        )
        return Push(
            operation=operation,
            tree=tree,
            output=output,
            config=config,
            keys=SlugKeys(operation.app, commit.short),
            is_dockerfile="Dockerfile" in self._list_root(tree, output),
        )

    def _list_root(self, tree: PushedTree, output: PusherOutput) -> frozenset[str]:
        try:
            return tree.list_root()
        except ReceiveError:
            output.raw(f"fatal: not a valid object name: {tree.commit.short}\n")
            raise

    def _clear_cache(self, push: Push) -> None:
        if "DEIS_DISABLE_CACHE" in push.config:
            self.store.delete_prefix(f"{push.keys.cache}/")

    def _run_slugbuild(self, push: Push) -> str:
        expires = self._expiry()
        urls = {
            "tar-get": self.store.presign_get(push.keys.tar, expires=expires),
            "slug-put": self.store.presign_put(push.keys.slug, expires=expires),
            "procfile-put": self.store.presign_put(push.keys.procfile, expires=expires),
        }
        if "DEIS_DISABLE_CACHE" not in push.config:
            urls["cache-get"] = self.store.presign_get(push.keys.cache_archive, expires=expires)
            urls["cache-put"] = self.store.presign_put(push.keys.cache_archive, expires=expires)
        buildpack = push.config.get("BUILDPACK_URL")
        job = self._job(push, "slugbuild", build_env={"BUILDPACK_URL": buildpack} if buildpack else {})
        self._run(job, push, urls=urls, config=push.config)
        return push.keys.slug

    def _run_dockerbuild(self, push: Push) -> str:
        destination = self._resolve(push)
        urls = {"tar-get": self.store.presign_get(push.keys.tar, expires=self._expiry())}
        job = self._job(
            push,
            "dockerbuild",
            push_env={"DEIS_REGISTRY_URL": destination.url, "IMG_NAME": destination.name},
        )
        args = build_docker_args(push.config)
        config = {} if args is None else {"DOCKER_BUILD_ARGS": args}
        self._run(job, push, urls=urls, config=config, credentials=destination.credentials)
        return destination.image

    def _resolve(self, push: Push) -> Destination:
        return resolve_destination(
            self.registry,
            app=push.app.name,
            short=push.keys.short,
            lifetime=self._expiry(),
            sign=self.sign,
            get_secret=self.get_secret,
        )

    def _job(
        self,
        push: Push,
        kind: str,
        *,
        build_env: Mapping[str, str] | None = None,
        push_env: Mapping[str, str] | None = None,
    ) -> BuildJob:
        is_slug = kind == "slugbuild"
        return BuildJob(
            kind=kind,
            pod_name=build_pod_name(kind, app=push.app.name, short=push.keys.short, uid=self.new_id()),
            app=push.app.name,
            short=push.keys.short,
            image=self.pods.slugbuilder_image if is_slug else self.pods.dockerbuilder_image,
            pull_policy=self.pods.slugbuilder_pull_policy if is_slug else self.pods.dockerbuilder_pull_policy,
            node_selector=parse_node_selector(self.pods.node_selector),
            build_env=build_env or {},
            push_env=push_env or {},
        )

    def _run(
        self,
        job: BuildJob,
        push: Push,
        *,
        urls: Mapping[str, str],
        config: Mapping[str, str],
        credentials: Mapping[str, Secret] | None = None,
    ) -> None:
        push.output.info("Starting build... but first, coffee!")
        self.runner.run(
            job,
            urls={**{name: Secret(url) for name, url in urls.items()}, **(credentials or {})},
            config={name: Secret(value) for name, value in config.items()},
            output=push.output,
            cancellation=push.operation.cancellation,
        )

    def _read_procfile(self, push: Push) -> dict[str, str]:
        """Return the process types: the repository's own, else what slugbuilder found, else none."""
        content = push.tree.read_file("Procfile")
        if content is not None:
            return parse_types(content, name=f"{self.repositories.path(push.app)}/ProcFile")
        if push.is_dockerfile:
            return {}
        key = push.keys.procfile
        try:
            content = self.store.get(key)
        except PlatformError as error:
            raise ReceiveError(f"error in reading {key} ({error})") from error
        return parse_types(content, name=key)

    def _release(self, push: Push, *, image: str, procfile: Mapping[str, str]) -> int:
        push.operation.cancellation.check()
        report = BuildReport(
            sha=push.keys.short,
            user=push.operation.identity.user,
            app=push.app,
            image=image,
            procfile=procfile,
            is_dockerfile=push.is_dockerfile,
        )
        try:
            with push.output.progress(self.runner.idle_interval):
                return self.controller.create_build(
                    report, key=self.new_id(), patience=push.operation.seconds_left()
                )
        except ReceiveError as error:
            raise ReceiveError(
                f"The controller returned an error when publishing the release: {error}"
            ) from error
        except (KeyError, TypeError, ValueError) as error:
            raise ControllerError(f"the controller's answer makes no sense ({error})", status=200) from error

    def _expiry(self) -> float:
        """Seconds for which a pod's addresses and tokens hold: its own life and a margin."""
        return self.pods.lifetime + ADDRESS_MARGIN


def parse_types(content: bytes, *, name: str) -> dict[str, str]:
    try:
        return parse_procfile(content)
    except MalformedProcfile as error:
        raise ReceiveError(f"procfile {name} is malformed ({error})") from error
