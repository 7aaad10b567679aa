"""The environment of an app's containers (section 9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from controller.cluster.desired import BuildKind


@dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """What a release says about itself to its own processes."""

    app: str
    version: int
    summary: str
    created: datetime
    kind: BuildKind
    image: str
    """The build's image field; for a buildpack app the object key of its slug."""
    sha: str = ""
    port: int | None = None
    values: Mapping[str, object] = field(default_factory=dict, repr=False)
    """The release's config; it wins over everything else."""


@dataclass(frozen=True, kw_only=True)
class StorageFacts:
    """Where slugs are stored, for programs that expect to read it; no credential.

    Empty parts are left out.
    """

    storage: str = ""
    host: str = ""
    port: str = ""


def build_environment(release: ReleaseFacts, *, storage: StorageFacts) -> dict[str, str]:
    """Every variable of the containers, sorted by name; a null config value becomes an empty text."""
    base = {
        "DEIS_APP": release.app,
        "WORKFLOW_RELEASE": f"v{release.version}",
        "WORKFLOW_RELEASE_SUMMARY": release.summary,
        "WORKFLOW_RELEASE_CREATED_AT": render_time(release.created),
    }
    if release.kind == "buildpack":
        base |= _build_slug_variables(release, storage=storage)
    if release.sha:
        base["SOURCE_VERSION"] = release.sha
    if release.port is not None:
        base["PORT"] = str(release.port)
    base |= {name: "" if value is None else str(value) for name, value in release.values.items()}
    return dict(sorted(base.items()))


def render_time(moment: datetime) -> str:
    """``2017-08-01T12:00:00Z``"""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _build_slug_variables(release: ReleaseFacts, *, storage: StorageFacts) -> dict[str, str]:
    variables = {
        "SLUG_URL": release.image,
        "BUILDER_STORAGE": storage.storage,
        "DEIS_MINIO_SERVICE_HOST": storage.host,
        "DEIS_MINIO_SERVICE_PORT": storage.port,
    }
    return {name: value for name, value in variables.items() if value}
