"""Pods, scale and run over HTTP. Source: API specification, sections 8.3 to 8.5."""

from __future__ import annotations

from dataclasses import asdict

from rest_framework.request import Request
from rest_framework.response import Response

from controller.api.rendering import render_pods
from controller.api.runs import is_interactive, parse_wish, render_run
from controller.api.views import PlatformView, get_body, ignore_body
from controller.model.models import Operation
from controller.services import processes, runs, scaling


class PodsView(PlatformView):
    def get(self, _: Request, type: str | None = None, name: str | None = None, **__: str) -> Response:  # noqa: A002 - the route calls it so
        pods = processes.list_pods(self.app, tools=self.tools, process_type=type, name=name)
        return Response({"results": render_pods(pods), "count": len(pods)})


class UsageView(PlatformView):
    def get(self, _: Request, type: str | None = None, **__: str) -> Response:  # noqa: A002 - the route calls it so
        pods = processes.list_usage(self.app, tools=self.tools, process_type=type)
        return Response({"results": [asdict(pod) for pod in pods], "count": len(pods)})


class RestartView(PlatformView):
    def post(self, _: Request, type: str | None = None, name: str | None = None, **__: str) -> Response:  # noqa: A002 - the route calls it so
        return self.operate("restart", self._render, data={"type": type, "name": name})

    def _render(self, operation: Operation) -> Response:
        return Response((operation.result or {})["pods"])


class ScaleView(PlatformView):
    def post(self, request: Request, **_: str) -> Response:
        counts = scaling.check_scale(self.app, get_body(request))
        if not counts:
            return Response(status=204)
        return self.operate("scale", ignore_body, data={"counts": counts})


class RunView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        return self.page(runs.list_runs(self.app, by=self.user), render_run)

    def post(self, request: Request, **_: str) -> Response:
        body = get_body(request)
        command = body.get("command")
        if is_interactive(body.get("interactive")):
            wish = parse_wish(request, command)
            run = runs.start(self.app, wish, by=self.user, tools=self.tools, on_checked=self.tell)
            body = render_run(run)
            return Response(body, status=201, headers={"Location": body["url"]})
        result = processes.run(self.app, command, by=self.user, tools=self.tools, on_checked=self.tell)
        return Response(asdict(result))
