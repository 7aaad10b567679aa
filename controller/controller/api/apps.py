"""Apps and permissions over HTTP. Source: API specification, sections 6.3 and 6.4."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from controller.api.fields import AppFields
from controller.api.origins import find_origin
from controller.api.rendering import render_app
from controller.api.views import PlatformView, get_body, get_idempotency_key, ignore_body, parse
from controller.model.models import Operation
from controller.services import access, apps, perms
from controller.services.operations import find_operation


class AppsView(PlatformView):
    def get(self, _: Request) -> Response:
        return self.page(access.list_apps(self.user), render_app)

    def post(self, request: Request) -> Response:
        fields = parse(AppFields, request)
        structure = apps.parse_structure(fields.get("structure", {}))
        key = get_idempotency_key(request)
        known = find_operation("create", key=key, by=self.user)
        if known is None:
            name = apps.choose_name(fields.get("id"), tools=self.tools)
            origin = find_origin(request)
            known = apps.request_creation(
                name,
                structure,
                procfile=fields.get("procfile_structure", {}),
                by=self.user,
                engine=self.engine,
                key=key,
                origin=origin,
            )
        return self.answer(known, self._render)

    def _render(self, operation: Operation) -> Response:
        return Response(render_app(access.get_app(operation.app_id)), status=201)


class AppView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        return Response(render_app(self.app))

    def post(self, request: Request, **_: str) -> Response:
        body = get_body(request)
        if "owner" in body:
            access.require_ownership(self.user, self.app)
            apps.transfer(self.app, body["owner"])
        else:
            apps.touch(self.app, tools=self.tools)
        return Response(status=200)

    def delete(self, _: Request, **__: str) -> Response:
        return self.operate("destroy", ignore_body)


class PermsView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        return Response({"users": perms.list_granted(self.app)})

    def post(self, request: Request, **_: str) -> Response:
        perms.grant(self.app, get_body(request).get("username"))
        return Response(status=201)


class PermView(PlatformView):
    def delete(self, _: Request, username: str, **__: str) -> Response:
        perms.revoke(self.app, username, by=self.user)
        return Response(status=204)
