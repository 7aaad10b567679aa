"""What all views have in common: the platform, the app in the address, pages, and waiting for operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from controller.api.auditing import ACTS, Act, Asked, Moment
from controller.api.authentication import TokenAuthentication
from controller.api.authorization import TablePermission
from controller.api.origins import find_origin
from controller.api.preferences import get_patience
from controller.api.rendering import render_operation
from controller.api.texts import find_wrong_text
from controller.errors import InvalidFields
from controller.model.models import App, Operation, User
from controller.operations.engine import Engine
from controller.operations.rows import Request as OperationRequest
from controller.scope import ROUTE, SCOPE
from controller.services import accounts, audit
from controller.services.access import get_app
from controller.services.tools import Platform, Tools
from kit.errors import InvalidInput

PLATFORM = "deis.platform"
"""Where the WSGI environment has it."""
KEY_LIMIT = 200


PAGE_LIMIT = 1_000_000_000
"""There is no maximum, but for what a database can count."""


class Pages(LimitOffsetPagination):
    default_limit = 100
    max_limit = PAGE_LIMIT


class PlatformView(APIView):
    """``route`` is the name in the table of routes, and in that of permissions."""

    route = ""
    authentication_classes: tuple[type[TokenAuthentication], ...] = (TokenAuthentication,)
    permission_classes = (TablePermission,)

    @property
    def platform(self) -> Platform:
        platform: Platform = self.request.META[PLATFORM]
        return platform

    @property
    def tools(self) -> Tools:
        return self.platform.tools

    @property
    def engine(self) -> Engine:
        return self.platform.engine

    @property
    def user(self) -> User:
        user = self.find_user()
        assert user is not None, "the table of permissions lets nobody through here"
        return user

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, and may they? If so, what they change goes into the trail."""
        request.META.get(SCOPE, {})[ROUTE] = self.route
        super().initial(request, *args, **kwargs)
        verb = request.method or ""
        act = ACTS.get((self.route, verb))
        if act is not None:
            setattr(self, verb.lower(), self._audit(act, getattr(self, verb.lower())))

    def _audit(self, act: Act, handle: Callable[..., Response]) -> Callable[..., Response]:
        if act.moment in (Moment.OPERATION, Moment.CHECKED, Moment.NEVER):
            return handle

        def handle_and_tell(request: Request, *args: Any, **kwargs: Any) -> Response:
            with transaction.atomic() if act.moment is Moment.TOGETHER else nullcontext():
                response = handle(request, *args, **kwargs)
                self._tell(act, newcomer=response.data)
            return response

        return handle_and_tell

    def tell(self) -> None:
        """Write into the trail that what is asked for is done now; see ``Moment.CHECKED``."""
        self._tell(ACTS[self.route, self.request.method or ""])

    def _tell(self, act: Act, *, newcomer: object = None) -> None:
        """``newcomer``: the answer, which says who it was if nobody was logged in."""
        data = self.request.data
        asked = Asked(body=data if isinstance(data, Mapping) else {}, address=self.kwargs)
        user = self.find_user()
        app_id = self.kwargs.get("app", "")
        audit.append(
            audit.Entry(
                action=act.action,
                actor=user.username if user else accounts.name_newcomer(newcomer),
                origin=find_origin(self.request),
                target=act.target(asked),
                app_id=app_id,
                app=App.objects.filter(id=app_id).first() if app_id else act.app(asked),
                details=act.details(asked),
            )
        )

    def find_user(self) -> User | None:
        """The caller, or None: anonymous ones are None by our settings."""
        user = self.request.user
        return user if isinstance(user, User) else None

    @cached_property
    def app(self) -> App:
        """The app that the address names."""
        return get_app(self.kwargs["app"])

    def page(self, rows: QuerySet[Any], render: Callable[[Any], Mapping[str, Any]]) -> Response:
        """The asked-for part of a list."""
        pages = Pages()
        found = pages.paginate_queryset(rows, self.request, view=self) or []
        return pages.get_paginated_response([render(row) for row in found])

    def operate(
        self,
        kind: str,
        render: Callable[[Operation], Response],
        *,
        data: Mapping[str, Any] | None = None,
        app: App | None = None,
        by: User | None = None,
        waits: bool = False,
    ) -> Response:
        """Have it done and answer with its end. ``waits``: it may have to wait for its turn."""
        app = app or self.app
        request = OperationRequest(
            app_id=app.id,
            app_uuid=app.uuid,
            requested_by=(by or self.user).username,
            input=data or {},
            idempotency_key=get_idempotency_key(self.request),
            wait_seconds=self.tools.settings.process.queue_seconds if waits else None,
            origin=find_origin(self.request).dump(),
        )
        return self.answer(self.engine.submit(kind, request), render)

    def answer(self, operation: Operation, render: Callable[[Operation], Response]) -> Response:
        """Wait for the end, unless the client would rather ask later (``Prefer: respond-async``)."""
        patience = get_patience(self.request)
        if patience is not None and not (patience and self.engine.wait(operation.uuid, timeout=patience)):
            operation.refresh_from_db()
            return accept(operation, preference_applied=True)
        return render(self.engine.wait_for_end(operation.uuid))


def accept(operation: Operation, *, preference_applied: bool = False) -> Response:
    """202: where to ask what became of it."""
    body = render_operation(operation)
    headers = {"Location": body["url"]}
    if preference_applied:
        headers["Preference-Applied"] = "respond-async"
    return Response(body, status=202, headers=headers)


def get_idempotency_key(request: Request) -> str | None:
    return request.headers.get("Idempotency-Key", "")[:KEY_LIMIT] or None


def get_body(request: Request) -> Mapping[str, Any]:
    """The body, which must be an object.

    Raises:
        InvalidFields: it is something else.
        InvalidInput: there is text in it that can't be stored.
    """
    data = request.data
    if not isinstance(data, Mapping):
        kind = type(data).__name__
        message = f"Invalid data. Expected a dictionary, but got {kind}."
        raise InvalidFields({"non_field_errors": [message]})
    problem = find_wrong_text(data)
    if problem:
        raise InvalidInput(problem)
    return data


def parse(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The body's fields, checked.

    Raises:
        ValidationError: with everything that is wrong.
    """
    parsed = serializer(data=request.data)
    parsed.is_valid(raise_exception=True)
    return dict(parsed.validated_data)


def ignore_body(_: Operation | Model) -> Response:
    return Response(status=204)
