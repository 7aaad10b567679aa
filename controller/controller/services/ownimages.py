"""Images and slugs belong to apps: nobody deploys those of an app one may not use.

The builder stores slugs, and says so by its hook. What a user names must be a slug that this very app had before:
one that lies there may be a destroyed app's of the same name.
"""

from __future__ import annotations

from collections.abc import Mapping

from controller.cluster.images import ON_CLUSTER, RegistryFacts
from controller.cluster.registryhosts import find_host
from controller.errors import PERMISSION_DENIED
from controller.model.models import App, Build, User
from controller.services.access import may_use
from controller.services.slugs import check_slug
from controller.services.structures import get_kind
from kit.errors import Forbidden, InvalidInput


def find_repository(image: str, *, registry: RegistryFacts) -> str | None:
    """The first part of the repository's name, if the image is in our registry. Pure."""
    if registry.location != ON_CLUSTER or not registry.is_at(find_host(image)):
        return None
    _, _, rest = image.strip().partition("/")
    return rest.partition("@")[0].partition(":")[0].partition("/")[0]


def require_code(app: App, fields: Mapping[str, str], *, by: User, registry: RegistryFacts) -> None:
    """What a user may have built into a release: ``image`` with ``sha`` and ``dockerfile`` as for a build.

    Raises:
        Forbidden: it is the image of another app, which the user may not use.
        InvalidInput: it is a slug, but none that this app ever had.
    """
    image = fields["image"]
    if get_kind(sha=fields["sha"], dockerfile=fields["dockerfile"]) == "buildpack":
        require_slug(app, image)
    else:
        require_image(app, image, by=by, registry=registry)


def require_slug(app: App, key: str) -> None:
    check_slug(key, app=app.id)
    if not Build.objects.filter(app=app, image=key).exists():
        raise InvalidInput(f"The slug {key} does not belong to {app.id}")


def require_image(app: App, image: str, *, by: User, registry: RegistryFacts) -> None:
    """
    Raises:
        Forbidden: it is another app's, which the user may not use.
    """
    repository = find_repository(image, registry=registry)
    if repository is None or repository == app.id:
        return
    other = App.objects.filter(id=repository).first()
    if other is None or not may_use(by, other):
        raise Forbidden(PERMISSION_DENIED)
