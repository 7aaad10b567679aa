"""What the list of apps is compared with: Django REST framework as its manual shows it, over the same rows.

A generic list view, a model serializer, its own token authentication and pages by limit and offset; served by the
controller's own gunicorn, worker class, number of workers and of threads.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import django
from a2wsgi import WSGIMiddleware
from django.conf import settings as django_settings
from django.core.management import call_command

from controller.__main__ import quieten, run_in_child
from controller.asgi import respond
from controller.djangosettings import build_django_settings
from controller.settings import Settings

if TYPE_CHECKING:
    from django.urls import URLPattern

PAGE = 100


def build_urls() -> list[URLPattern]:
    """Once Django has been told of its settings."""
    from django.urls import path
    from rest_framework.authentication import TokenAuthentication
    from rest_framework.generics import ListAPIView
    from rest_framework.pagination import LimitOffsetPagination
    from rest_framework.permissions import IsAuthenticated
    from rest_framework.serializers import CharField, ModelSerializer

    from controller.model.models import App

    class AppSerializer(ModelSerializer[App]):
        owner = CharField(source="owner_id")
        """By itself the serializer would read each owner with a query of its own."""

        class Meta:
            model = App
            fields = ("uuid", "id", "owner", "structure", "procfile_structure", "created", "updated")

    class Pages(LimitOffsetPagination):
        default_limit = PAGE

    class AppList(ListAPIView[App]):
        queryset = App.objects.order_by("id")
        serializer_class = AppSerializer
        authentication_classes = (TokenAuthentication,)
        permission_classes = (IsAuthenticated,)
        pagination_class = Pages

    return [path("v2/apps", AppList.as_view())]


class BareApplication:
    """What the controller's worker asks of an application."""

    def __init__(self, threads: int) -> None:
        from django.core.wsgi import get_wsgi_application

        wsgi: Any = get_wsgi_application()
        django_ = WSGIMiddleware(wsgi, workers=threads)
        self.ping_seconds = 20

        async def asgi(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "lifespan":
                for event in ("startup", "shutdown"):
                    await receive()
                    await send({"type": f"lifespan.{event}.complete"})
            elif scope["path"] == "/readiness":
                await respond(send, 200, [])
            else:
                await django_(scope, receive, send)

        self.asgi = asgi

    def leave(self) -> None: ...

    def __call__(self, *_: Any) -> None: ...


def prepare(owner: str, token: str) -> None:
    """The framework's table of tokens, in the database that the controller has made."""
    from django.db import connection
    from rest_framework.authtoken.models import Token

    from controller.model.models import User

    call_command("migrate", "authtoken", verbosity=0)
    Token.objects.create(key=token, user=User.objects.get(username=owner))
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined] # of the driver for PostgreSQL


def main() -> None:
    settings = Settings.from_env(os.environ)
    quieten()
    values: dict[str, Any] = build_django_settings(settings)
    values["INSTALLED_APPS"] = [*values["INSTALLED_APPS"], "rest_framework.authtoken"]
    values["REST_FRAMEWORK"] = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}
    values["ROOT_URLCONF"] = "bareurls"
    django_settings.configure(**values)
    django.setup()
    run_in_child(lambda: prepare(*sys.argv[1:]))
    from controller.server import Gunicorn

    load: Any = partial(BareApplication, settings.process.web_threads)  # in the place of the controller's own
    Gunicorn(settings, load=load).run()


if __name__ == "__main__":
    main()
