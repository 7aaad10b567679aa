"""What the builder calls. Source: API specification, section 9.7; build specification, section 6."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from controller.api.releases import parse_build
from controller.api.rendering import render_config
from controller.api.views import PlatformView, get_body
from controller.model.models import Operation
from controller.services import access, configs, hooks
from controller.services.releases import get_current


class HookKeyView(PlatformView):
    def get(self, _: Request, fingerprint: str) -> Response:
        return Response(hooks.describe_key(fingerprint))


class HookKeysView(PlatformView):
    def get(self, _: Request, app: str) -> Response:
        return Response(hooks.list_app_keys(access.get_app(app)))


class HookUserKeysView(PlatformView):
    def get(self, _: Request, app: str, username: str) -> Response:
        return Response(hooks.list_user_keys(access.get_app(app), username))


class HookConfigView(PlatformView):
    def post(self, request: Request) -> Response:
        app, _ = hooks.find_pushed(dict(get_body(request)))
        return Response(render_config(configs.get_config(app)))


class HookBuildView(PlatformView):
    def post(self, request: Request) -> Response:
        app, user = hooks.find_pushed(dict(get_body(request)))
        return self.operate("build", self._render, data=parse_build(request), app=app, by=user, waits=True)

    def _render(self, operation: Operation) -> Response:
        current = get_current(access.get_app(operation.app_id))
        return Response({"release": {"version": current.version}})
