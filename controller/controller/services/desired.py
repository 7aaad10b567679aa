"""From rows to what should be in the cluster.

The rows are read in one go; looking at an image is a matter of the network and happens afterwards, with no
connection held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from controller.cluster.commands import build_command
from controller.cluster.desired import BuildKind, DesiredApp, Process, ServiceState, Slug
from controller.cluster.environment import ReleaseFacts, build_environment
from controller.cluster.images import (
    BuildFacts,
    choose_port,
    choose_release_image,
    needs_exposed_ports,
    plan_publish,
)
from controller.cluster.probes import WEB_TYPES, choose_health_check
from controller.cluster.pullsecrets import build_pull_secret
from controller.cluster.registryimages import parse_credentials
from controller.model.models import App, AppSettings, Build, Config, Release
from controller.services.releases import get_build_kind, get_highest_version
from controller.services.routing import build_service_state, get_settings
from controller.services.structures import MOST
from controller.services.tools import Tools
from kit.errors import InvalidInput
from kit.logs import app_logger

log = app_logger(__name__)

NO_BUILD = "No build associated with this release"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything the database says about one release of an app."""

    app: App
    release: Release
    build: Build
    config: Config
    settings: AppSettings
    service: ServiceState
    fence: int

    @property
    def kind(self) -> BuildKind:
        kind: BuildKind = get_build_kind(self.release)
        return kind

    @property
    def facts(self) -> BuildFacts:
        return BuildFacts(
            app=self.app.id,
            version=self.release.version,
            kind=self.kind,
            image=self.build.image,
            sha=self.build.sha,
            registry=self.config.registry,
        )


def read_parts(release: Release) -> Parts:
    """
    Raises:
        InvalidInput: the release has no build.
    """
    if release.build is None:
        raise InvalidInput(NO_BUILD)
    app = App.objects.get(id=release.app_id)
    return Parts(
        app=app,
        release=release,
        build=release.build,
        config=release.config,
        settings=get_settings(app),
        service=build_service_state(app),
        fence=get_highest_version(app),
    )


def build_desired(parts: Parts, *, tools: Tools, counts: Mapping[str, int] | None = None) -> DesiredApp:
    """The release as the cluster should run it, with these counts or the app's own.

    Raises:
        InvalidInput: its config makes no sense, or its port is unknown.
    """
    values, deploy = parts.config.values, tools.settings.deploy
    image = choose_release_image(parts.facts, registry=tools.registry)
    port = find_port(parts, image, tools=tools)
    structure = parts.app.structure if counts is None else counts
    return DesiredApp(
        app=parts.app.id,
        release_uuid=str(parts.release.uuid),
        version=parts.release.version,
        summary=parts.release.summary,
        kind=parts.kind,
        image=image,
        env=build_environment(_build_facts(parts, port), storage=tools.storage),
        processes=tuple(build_process(parts, name, count) for name, count in sorted(structure.items())),
        service=parts.service,
        slug=_build_slug(parts, tools=tools),
        port=port,
        tags=parts.config.tags,
        pull_policy=str(values.get("IMAGE_PULL_POLICY", deploy.pull_policy)),
        pull_secret=build_pull_secret(
            parts.build.image,
            registry=parts.config.registry,
            location=tools.settings.registry.location,
            prefix=tools.settings.registry.secret_prefix,
            platform_registry=get_platform_registry(tools),
        ),
        grace_period=get_number(
            values, "KUBERNETES_POD_TERMINATION_GRACE_PERIOD_SECONDS", deploy.grace_period
        ),
        history_limit=get_number(
            values, "KUBERNETES_DEPLOYMENTS_REVISION_HISTORY_LIMIT", deploy.history_limit
        ),
        batches=get_number(values, "DEIS_DEPLOY_BATCHES", deploy.batches),
        deploy_timeout=get_number(values, "DEIS_DEPLOY_TIMEOUT", deploy.timeout),
        quota=deploy.quota,
        fence=parts.fence,
    )


def build_process(parts: Parts, name: str, count: int) -> Process:
    command, args = build_command(parts.kind, parts.build.procfile, name)
    config = parts.config
    grace = config.termination_grace_period.get(name)
    return Process(
        type=name,
        replicas=int(count),
        command=command,
        args=args,
        memory=config.memory.get(name, ""),
        cpu=config.cpu.get(name, ""),
        health_check=choose_health_check(config.healthcheck, name),
        post_start=config.lifecycle_post_start.get(name, ""),
        pre_stop=config.lifecycle_pre_stop.get(name, ""),
        grace_period=int(grace) if grace else None,
        routable=name in WEB_TYPES and parts.service.routable,
        autoscaled=name in parts.settings.autoscale,
    )


def find_port(parts: Parts, image: str, *, tools: Tools) -> int | None:
    """Where the app listens; the image is asked only when nobody else knows."""
    configured, facts = parts.config.values.get("PORT"), parts.facts
    exposed: tuple[int, ...] = ()
    if needs_exposed_ports(facts, registry=tools.registry, port=configured):
        exposed = tools.images.get_exposed_ports(image)
    return choose_port(
        facts,
        registry=tools.registry,
        port=configured,
        routable=parts.service.routable,
        exposed=exposed,
    )


def publish_image(parts: Parts, *, tools: Tools) -> None:
    """Copy the image of an image build to where the nodes pull it from, unless they can as it is.

    Raises:
        RegistryError: with the specification's texts.
    """
    if parts.kind == "buildpack":
        log.info(parts.app.id, "buildpack type detected. Defaulting to $PORT 5000")
    source = plan_publish(parts.facts, registry=tools.registry)
    if source is None:
        if parts.kind == "image":
            version, app = parts.release.version, parts.app.id
            text = "%s exists in the target registry. Using image for release %d of app %s"
            log.info(app, text, parts.build.image, version, app)
        return
    target = choose_release_image(parts.facts, registry=tools.registry)
    tools.images.publish(source, target=target, credentials=parse_credentials(parts.config.registry))


def get_number(values: Mapping[str, Any], name: str, default: Any) -> Any:
    """An app's own setting, or the platform's.

    Raises:
        InvalidInput: in the words of Python's ``int``.
    """
    if name not in values:
        return default
    try:
        number = int(values[name])
    except ValueError as error:
        raise InvalidInput(str(error)) from error
    if abs(number) > MOST:
        raise InvalidInput(f"{name} is out of range: {number}")
    return number


def get_platform_registry(tools: Tools) -> Mapping[str, str] | None:
    """The login that all apps share; only with a registry outside of the cluster."""
    off_cluster = tools.settings.registry.location == "off-cluster"
    return tools.cluster.get_platform_registry() if off_cluster else None


def _build_facts(parts: Parts, port: int | None) -> ReleaseFacts:
    return ReleaseFacts(
        app=parts.app.id,
        version=parts.release.version,
        summary=parts.release.summary,
        created=parts.release.created,
        kind=parts.kind,
        image=parts.build.image,
        sha=parts.build.sha,
        port=port,
        values=parts.config.values,
    )


def _build_slug(parts: Parts, *, tools: Tools) -> Slug | None:
    if parts.kind != "buildpack":
        return None
    key = parts.build.image
    return Slug(key=key, fetch_url=tools.slugs.build_url(key, app=parts.app.id))
