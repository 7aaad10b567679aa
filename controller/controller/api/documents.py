"""The API's description over HTTP: for programs, and as a page that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from controller.api.authentication import TokenAuthentication
from controller.api.openapi.build import JSON_FILE, YAML_FILE
from controller.api.views import PlatformView

PAGE = Path(__file__).with_name("docs.html")
POLICY = "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""The page may ask this controller, and nobody else."""
CACHE = "max-age=300"


class OneForm(BaseContentNegotiation):
    """There is one form of each, whatever the client would rather have: browsers ask for HTML."""

    def select_parser(self, *_: Any) -> None:
        return None

    def select_renderer(self, _: Request, renderers: Iterable[Any], *__: Any) -> tuple[Any, str]:
        first = next(iter(renderers))
        return first, first.media_type


class DocumentView(PlatformView):
    """Anybody may read it: it tells of no installation's content. Nobody is looked up, so it needs no database."""

    authentication_classes: tuple[type[TokenAuthentication], ...] = ()
    content_negotiation_class = OneForm


class OpenApiJsonView(DocumentView):
    def get(self, _: Request) -> HttpResponse:
        return HttpResponse(read_json(), content_type="application/json", headers={"Cache-Control": CACHE})


class OpenApiYamlView(DocumentView):
    def get(self, _: Request) -> HttpResponse:
        return HttpResponse(read_yaml(), content_type="application/yaml", headers={"Cache-Control": CACHE})


def read_json() -> bytes:
    """From the image, or made here and now where a checkout runs."""
    if JSON_FILE.exists():
        return JSON_FILE.read_bytes()
    from controller.api.openapi.document import render_json  # costs memory

    return render_json()


def read_yaml() -> bytes:
    """As above."""
    if YAML_FILE.exists():
        return YAML_FILE.read_bytes()
    from controller.api.openapi.document import render_yaml

    return render_yaml()


class DocsView(DocumentView):
    def get(self, _: Request) -> HttpResponse:
        headers = {"Cache-Control": CACHE, "Content-Security-Policy": POLICY}
        return HttpResponse(PAGE.read_bytes(), content_type="text/html; charset=utf-8", headers=headers)
