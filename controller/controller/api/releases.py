"""Config, builds and releases over HTTP. Source: API specification, sections 7, 8.1 and 10."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from controller.api.fields import BuildFields, ConfigFields
from controller.api.rendering import render_build, render_config, render_release
from controller.api.views import PlatformView, get_body, parse
from controller.errors import NoMatch
from controller.model.models import Config, Operation
from controller.services import builds, configs, releases, rollbacks
from controller.services.configmaps import check_maps
from controller.services.ownimages import require_code


def parse_build(request: Request) -> dict[str, Any]:
    """The fields of a new build, checked."""
    fields = {"procfile": {}, **parse(BuildFields, request)}
    builds.check_build(fields)
    return fields


class ConfigView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        return Response(render_config(configs.get_config(self.app)))

    def post(self, request: Request, **_: str) -> Response:
        given = parse(ConfigFields, request)
        check_maps(given)
        return self.operate("config", self._render, data=given, waits=True)

    def _render(self, operation: Operation) -> Response:
        config = Config.objects.get(uuid=(operation.result or {})["config"])
        return Response(render_config(config), status=201)


class BuildsView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        return self.page(builds.list_builds(self.app), render_build)

    def post(self, request: Request, **_: str) -> Response:
        fields = parse_build(request)
        require_code(self.app, fields, by=self.user, registry=self.tools.registry)
        return self.operate("build", self._render, data=fields, waits=True)

    def _render(self, operation: Operation) -> Response:
        build = builds.get_build(self.app, (operation.result or {})["build"])
        return Response(render_build(build), status=201)


class BuildView(PlatformView):
    def get(self, _: Request, uuid: str, **__: str) -> Response:
        try:
            wanted = UUID(uuid)
        except ValueError as error:
            raise NoMatch("Build") from error
        return Response(render_build(builds.get_build(self.app, wanted)))


class ReleasesView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        return self.page(releases.list_releases(self.app), render_release)


class ReleaseView(PlatformView):
    def get(self, _: Request, version: str, **__: str) -> Response:
        number = int(version)
        if number > 2**31 - 1:
            raise NoMatch("Release")
        return Response(render_release(releases.get_release(self.app, number)))


class RollbackView(PlatformView):
    def post(self, request: Request, **_: str) -> Response:
        wanted = get_body(request).get("version")
        rollbacks.check_rollback(self.app, wanted)
        return self.operate("rollback", self._render, data={"version": wanted})

    def _render(self, operation: Operation) -> Response:
        return Response({"version": (operation.result or {})["version"]}, status=201)
