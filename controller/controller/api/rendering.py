"""What answers hold. Source: API specification, sections 6 to 10."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from controller.api.errors import build_body, status_of
from controller.cluster.desired import PodInfo
from controller.cluster.environment import render_time
from controller.errors import load_error
from controller.model.models import (
    TLS,
    App,
    AppSettings,
    Build,
    Certificate,
    Config,
    Domain,
    Key,
    Operation,
    Release,
    ReleaseState,
    Service,
    User,
)
from controller.services.configmaps import MAPS

Body = dict[str, Any]

FIRST_MAPS = ("values", "memory", "cpu", "tags", "registry", "healthcheck")
SHOWN_MAPS = (*FIRST_MAPS, *(name for name in MAPS if name not in FIRST_MAPS))
"""In the order in which they always were shown."""


def render_moment(moment: datetime | None) -> str | None:
    return None if moment is None else render_time(moment)


def render_times(row: Any) -> Body:
    return {"created": render_time(row.created), "updated": render_time(row.updated)}


def render_user(user: User) -> Body:
    return {
        "email": user.email,
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_superuser": user.is_superuser,
        "is_staff": user.is_staff,
        "groups": [group.pk for group in user.groups.all()],
        "user_permissions": [permission.pk for permission in user.user_permissions.all()],
        "last_login": render_moment(user.last_login),
        "date_joined": render_time(user.date_joined),
        "is_active": user.is_active,
    }


def render_admin(user: User) -> Body:
    return {"username": user.username, "is_superuser": user.is_superuser}


def render_key(key: Key) -> Body:
    return {
        "uuid": str(key.uuid),
        "owner": key.owner_id,
        **render_times(key),
        "id": key.id,
        "public": key.public,
        "fingerprint": key.fingerprint,
    }


def render_app(app: App) -> Body:
    return {
        "uuid": str(app.uuid),
        "id": app.id,
        "owner": app.owner_id,
        "structure": app.structure,
        "procfile_structure": app.procfile_structure,
        **render_times(app),
    }


def render_config(config: Config) -> Body:
    return {
        "uuid": str(config.uuid),
        "app": config.app_id,
        "owner": config.owner_id,
        **{name: getattr(config, name) for name in SHOWN_MAPS},
        **render_times(config),
    }


def render_build(build: Build) -> Body:
    return {
        "owner": build.owner_id,
        "app": build.app_id,
        "image": build.image,
        "sha": build.sha,
        "procfile": build.procfile,
        "dockerfile": build.dockerfile,
        **render_times(build),
        "uuid": str(build.uuid),
    }


def render_release(release: Release) -> Body:
    return {
        "uuid": str(release.uuid),
        "app": release.app_id,
        "owner": release.owner_id,
        **render_times(release),
        "version": release.version,
        "summary": release.summary,
        "failed": release.state == ReleaseState.FAILED,
        "exception": release.exception,
        "config": str(release.config_id),
        "build": str(release.build_id) if release.build_id else None,
    }


def render_domain(domain: Domain) -> Body:
    return {
        "owner": domain.owner_id,
        **render_times(domain),
        "app": domain.app_id,
        "domain": domain.domain,
    }


def render_certificate(certificate: Certificate) -> Body:
    return {
        "id": certificate.pk,
        "owner": certificate.owner_id,
        "domains": sorted(domain.domain for domain in certificate.domains.all()),
        "san": certificate.san,
        **render_times(certificate),
        "name": certificate.name,
        "common_name": certificate.common_name,
        "fingerprint": certificate.fingerprint,
        "expires": render_time(certificate.expires),
        "starts": render_time(certificate.starts),
        "issuer": certificate.issuer,
        "subject": certificate.subject,
    }


def render_tls(tls: TLS) -> Body:
    return {
        "uuid": str(tls.uuid),
        "app": tls.app_id,
        "owner": tls.owner_id,
        **render_times(tls),
        "https_enforced": tls.https_enforced,
    }


def render_type_service(service: Service) -> Body:
    return {"procfile_type": service.procfile_type, "path_pattern": service.path_pattern}


def render_settings(settings: AppSettings) -> Body:
    return {
        "uuid": str(settings.uuid),
        "app": settings.app_id,
        "owner": settings.owner_id,
        "autoscale": settings.autoscale,
        "label": settings.label,
        **render_times(settings),
        "maintenance": settings.maintenance,
        "routable": settings.routable,
        "whitelist": settings.whitelist,
    }


def render_pods(pods: list[PodInfo]) -> list[Body]:
    return [asdict(pod) for pod in pods]


def render_operation(operation: Operation) -> Body:
    """Without its input, which may hold config values."""
    situation = operation.situation or {}
    return {
        "uuid": str(operation.uuid),
        "url": f"/v2/apps/{operation.app_id}/operations/{operation.uuid}",
        "app": operation.app_id,
        "kind": operation.kind,
        "state": operation.state,
        "phase": operation.phase,
        "message": operation.message,
        "progress": {name: situation[name] for name in ("ready", "wanted")} if situation else None,
        "pods": situation.get("pods", []),
        "events": operation.events,
        "attempt": operation.attempt,
        "requested_by": operation.requested_by,
        "cancelled_by": operation.cancelled_by or None,
        "superseded_by": str(operation.superseded_by) if operation.superseded_by else None,
        "release": str(operation.release_id) if operation.release_id else None,
        "result": operation.result,
        "error": render_error(operation.error),
        "created": render_time(operation.created),
        "updated": render_time(operation.updated),
        "started": render_moment(operation.started),
        "finished": render_moment(operation.finished),
    }


def render_error(stored: Mapping[str, Any] | None) -> Body | None:
    """What the request would have been answered, had it waited: status and body."""
    if stored is None:
        return None
    error = load_error(stored)
    return {"status": status_of(error), "detail": str(error), "body": build_body(error)}
