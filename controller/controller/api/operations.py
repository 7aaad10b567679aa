"""Operations over HTTP: what is and was done to an app, and stopping it."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from controller.api.preferences import wants_no_wait
from controller.api.rendering import render_operation
from controller.api.views import PlatformView, accept
from controller.model.models import OperationState
from controller.operations.rows import ENDED
from controller.services import operations
from kit.errors import Conflict

CANCEL_SECONDS = 30.0


class OperationsView(PlatformView):
    def get(self, _: Request, **__: str) -> Response:
        return self.page(operations.list_operations(self.app), render_operation)


class OperationView(PlatformView):
    def get(self, _: Request, app: str, uuid: str) -> Response:
        return Response(render_operation(operations.get_operation(app, uuid, user=self.user)))


class CancelView(PlatformView):
    def post(self, request: Request, app: str, uuid: str) -> Response:
        """Answers once it has stopped; 202 if that takes long, or the client would rather not wait."""
        operation = operations.get_operation(app, uuid, user=self.user)
        operation = operations.cancel(operation, by=self.user, engine=self.engine)
        self.tell()
        if wants_no_wait(request):
            return accept(operation, preference_applied=True)
        self.engine.wait(operation.uuid, timeout=CANCEL_SECONDS)
        operation.refresh_from_db()
        if operation.state not in ENDED:
            return accept(operation)
        if operation.state != OperationState.CANCELLED:
            raise Conflict("The operation came to its end before it could be cancelled")
        return Response(render_operation(operation))
