"""Releases: one config and one build under a version number.

A pending release is not the current one, and neither is a failed one. Source: API specification, section 10.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Max, QuerySet

from controller.errors import NoMatch
from controller.model.models import App, Build, Config, Release, ReleaseState
from controller.services.configmaps import MAPS
from controller.services.structures import get_kind
from controller.services.summaries import Described, describe_build, summarize
from kit.errors import Conflict, InvalidInput, PlatformError
from kit.logs import app_logger

log = app_logger(__name__)

NOTHING_TO_PUBLISH = "No build associated with this release to publish"


def get_current(app: App) -> Release:
    """The newest good release."""
    return (
        Release.objects.filter(app=app, state=ReleaseState.GOOD)
        .select_related("config", "build")
        .latest("version")
    )


def find_deployed(app: App, *, besides: Release | None = None) -> Release | None:
    """The newest good release with a build, or None before the first."""
    releases = Release.objects.filter(app=app, state=ReleaseState.GOOD).exclude(build=None)
    if besides is not None:
        releases = releases.exclude(uuid=besides.uuid)
    return releases.select_related("config", "build").order_by("-version").first()


def list_releases(app: App) -> QuerySet[Release]:
    return Release.objects.filter(app=app).order_by("-version")


def get_release(app: App, version: int) -> Release:
    release = Release.objects.filter(app=app, version=version).select_related("config", "build").first()
    if release is None:
        raise NoMatch("Release")
    return release


def get_highest_version(app: App) -> int:
    return Release.objects.filter(app=app).aggregate(highest=Max("version"))["highest"] or 0


def get_maps(config: Config) -> dict[str, dict[str, Any]]:
    return {name: getattr(config, name) for name in MAPS}


def describe(config: Config, build: Build | None) -> Described:
    described = Described(config_owner=config.owner_id, maps=get_maps(config))
    if build is None:
        return described
    return Described(
        config_owner=described.config_owner,
        maps=described.maps,
        build_uuid=str(build.uuid),
        build_owner=build.owner_id,
        build_name=describe_build(sha=build.sha, image=build.image),
    )


def create_release(
    app: App,
    *,
    owner: str,
    config: Config,
    build: Build | None,
    floor: int = 0,
    summary: str = "",
    is_deployed: bool = True,
) -> Release:
    """The next version; without a given summary it must differ from the current one.

    ``floor`` is the version the cluster runs, should the database have forgotten some.

    Raises:
        Conflict: nothing changed.
    """
    current = get_current(app)
    text = summary or summarize(describe(config, build), old=describe(current.config, current.build))
    if not text:
        raise Conflict(f"{owner} changed nothing - release stopped")
    release = Release.objects.create(
        app=app,
        owner_id=owner,
        version=max(get_highest_version(app), floor) + 1,
        summary=text,
        state=ReleaseState.PENDING if is_deployed else ReleaseState.GOOD,
        config=config,
        build=build,
    )
    log.info(app.id, text)
    if build is None:
        log.info(app.id, NOTHING_TO_PUBLISH)
    return release


def mark_good(uuid: Any) -> None:
    Release.objects.filter(uuid=uuid).update(state=ReleaseState.GOOD)


def mark_failed(uuid: Any, *, summary: str, error: PlatformError) -> None:
    """With what the client is told."""
    failed = {"state": ReleaseState.FAILED, "summary": summary, "exception": f"error: {error}"}
    Release.objects.filter(uuid=uuid).update(**failed)


def choose_rollback(app: App, wanted: object) -> Release:
    """The release that a rollback means; by default the one before the current.

    Raises:
        InvalidInput: it can't be rolled back to.
    """
    version = _parse_version(wanted, current=get_current(app))
    if version < 1:
        raise InvalidInput("version cannot be below 0")
    if version == 1:
        raise InvalidInput("Cannot roll back to initial release.")
    target = Release.objects.filter(app=app, version=version).select_related("config", "build").first()
    if target is None:
        raise InvalidInput("Release matching query does not exist.")
    if target.state == ReleaseState.FAILED:
        raise InvalidInput("Cannot roll back to failed release.")
    return target


def _parse_version(wanted: object, *, current: Release) -> int:
    if wanted is None:
        return current.version - 1
    try:
        return int(wanted)  # type: ignore[call-overload, no-any-return] # anything may be asked; it says what is wrong
    except (TypeError, ValueError) as error:
        raise InvalidInput(str(error)) from error


def get_build_kind(release: Release | None) -> Any:
    if release is None or release.build is None:
        return None
    return get_kind(sha=release.build.sha, dockerfile=release.build.dockerfile)
