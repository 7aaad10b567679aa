"""Images in the platform's own registry belong to apps: nobody deploys the image of an app one may not use."""

from __future__ import annotations

from controller.cluster.images import ON_CLUSTER, RegistryFacts
from controller.errors import PERMISSION_DENIED
from controller.model.models import App, User
from controller.services.access import may_use
from kit.errors import Forbidden


def find_repository(image: str, *, registry: RegistryFacts) -> str | None:
    """The first part of the repository's name, if the image is in our registry. Pure."""
    if registry.location != ON_CLUSTER or not image.startswith((registry.host, registry.url)):
        return None
    _, slash, rest = image.partition("/")
    return rest.partition("@")[0].partition(":")[0].partition("/")[0] if slash else ""


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
