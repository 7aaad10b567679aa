"""An app's log over HTTP. Source: API specification, section 8.6. Following is a stream: ``controller.streams``."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from controller.api.fields import TRUE
from controller.api.views import PlatformView
from controller.operations.sessions import release_connection
from controller.scope import SCOPE
from controller.services.logs import FOLLOWED, LoggerAway, LogQuery, parse_log_query
from kit.errors import Unavailable

PLAIN = "text/plain"


class LogsView(PlatformView):
    def get(self, request: Request, **_: str) -> HttpResponse:
        given = {name: str(value) for name, value in request.query_params.items()}
        query = parse_log_query(self.app.id, given, now=datetime.now(UTC))
        if given.get("follow") in TRUE:
            request.META[SCOPE][FOLLOWED] = query
            return Response(status=200)
        return self._read(query)

    def _read(self, query: LogQuery) -> HttpResponse:
        release_connection()
        try:
            text = self.tools.logs.read(query)
        except LoggerAway as error:
            return HttpResponse(str(error), status=503, content_type=PLAIN)
        except Unavailable as error:
            return HttpResponse(str(error), status=500, content_type=PLAIN)
        if text is None:
            return Response(status=204)
        return HttpResponse(text, content_type=PLAIN)
