"""The services in this process, with whatever cluster a test gives them."""

from __future__ import annotations

import uuid
from typing import Any

from controller.cluster.desired import ClusterOptions
from controller.cluster.facade import Cluster
from controller.cluster.registryimages import RegistryImages, RegistryOptions
from controller.services.logs import Logger
from controller.services.slugs import SlugTokens
from controller.services.tools import Tools
from controller.settings import Settings
from kit.kube import Kube
from kit.settings import Secret


def build_tools(kube: Kube) -> Tools:
    settings = Settings(secret_key=Secret("x"), builder_key=Secret("y"))
    return Tools(
        settings=settings,
        cluster=Cluster(kube, ClusterOptions(slugrunner_image="deis/slugrunner:1")),
        images=RegistryImages(RegistryOptions(url="http://127.0.0.1:1")),
        logs=Logger("http://127.0.0.1:1"),
        slugs=SlugTokens(settings.secret_key, controller_url="http://127.0.0.1:1"),
        send_hooks=lambda _: None,
    )


def create_user() -> Any:
    from controller.model.models import User

    return User.objects.create(username=f"user-{uuid.uuid4().hex[:6]}")


def create_app(name: str, *, by: Any) -> Any:
    """An app's rows, as its creation stores them; the cluster knows nothing of it."""
    from controller.model.models import App, Operation
    from controller.services.apps import claim_creation

    operation = Operation(app_id=name, app_uuid=uuid.uuid4(), requested_by=by.username, input={})
    claim_creation(operation, {}, tools=build_tools(Kube("http://127.0.0.1:1")))
    return App.objects.get(id=name)
