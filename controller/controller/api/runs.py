"""Interactive runs over HTTP: what begins, lists and ends them. Their terminals are in ``controller.streams``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from controller.api.views import PlatformView
from controller.cluster.environment import render_time
from controller.model.models import Run
from controller.services import runs
from controller.services.runs import DEFAULT_SECONDS, DEFAULT_TERM, Ticket, Wish

TERM = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]{0,62}\Z")
HAND_OVER = "deis.hand-over"
"""Where the WSGI environment has the function that takes a connection's ticket; no header can be called so."""
NEEDS_WEBSOCKET = "This address is for a WebSocket"
HandOver = Callable[[Ticket], None]


class RunKind(serializers.Serializer[Any]):
    """Whether it is to be one."""

    interactive = serializers.BooleanField(default=False, allow_null=True)


class RunFields(serializers.Serializer[Any]):
    """What the body of an interactive run may hold besides its command."""

    tty = serializers.BooleanField(default=True)
    term = serializers.RegexField(TERM, default=DEFAULT_TERM)
    timeout = serializers.IntegerField(default=DEFAULT_SECONDS)


def parse_wish(request: Request, command: object) -> Wish:
    """
    Raises:
        ValidationError: with everything that is wrong.
    """
    fields = RunFields(data=request.data)
    fields.is_valid(raise_exception=True)
    given = fields.validated_data
    text = str(command or "")
    return Wish(command=text, tty=given["tty"], term=given["term"], seconds=given["timeout"])


def is_interactive(flag: object) -> bool:
    """``interactive``: absent, null or false means an ordinary run.

    Raises:
        ValidationError: it is something else.
    """
    asked = RunKind(data={"interactive": flag})
    asked.is_valid(raise_exception=True)
    return bool(asked.validated_data["interactive"])


def render_run(run: Run) -> dict[str, Any]:
    path = f"/v2/apps/{run.app_id}/run/{run.name}"
    return {
        "uuid": str(run.uuid),
        "app": run.app_id,
        "name": run.name,
        "requested_by": run.requested_by,
        "command": run.command,
        "tty": run.tty,
        "started": run.started,
        "detached": run.detached,
        "url": path,
        "attach": f"{path}/attach",
        "created": render_time(run.created),
        "deadline": render_time(run.deadline_at),
    }


class RunSessionView(PlatformView):
    def get(self, _: Request, name: str, **__: str) -> Response:
        return Response(render_run(runs.get_run(self.app, name, by=self.user)))


class RunStopView(PlatformView):
    """A POST, for a collaborator ends what a collaborator began, and every DELETE below an app is its owner's."""

    def post(self, _: Request, name: str, **__: str) -> Response:
        run = runs.get_run(self.app, name, by=self.user)
        self.tell()
        runs.remove(run.uuid, tools=self.tools)
        return Response(status=204)


class RunAttachView(PlatformView):
    """Decides whether a WebSocket may be opened; what then goes over it is no business of a view."""

    def get(self, request: Request, name: str, **_: str) -> Response:
        hand_over: HandOver | None = request.META.get(HAND_OVER)
        if hand_over is None:
            runs.get_run(self.app, name, by=self.user)
            return Response({"detail": NEEDS_WEBSOCKET}, status=426, headers={"Upgrade": "websocket"})
        hand_over(runs.take(self.app, name, by=self.user))
        return Response(status=204)
