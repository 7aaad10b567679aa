"""The routes in Django's form. What matches none gets a page, not JSON."""

from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.utils.html import escape

from controller.api.routes import ROUTES

urlpatterns = [
    re_path(rf"^v2/{route.pattern}\Z", route.view.as_view(route=route.name), name=route.name)
    for route in ROUTES
]


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it by name
    page = f"<h1>Not Found</h1><p>The requested URL {escape(request.path)} was not found on this server.</p>"
    return HttpResponse(page, status=404, content_type="text/html")
