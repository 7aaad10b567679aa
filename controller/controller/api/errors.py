"""Errors to answers: the one place that knows status codes. Source: API specification, section 1.5."""

from __future__ import annotations

import logging
from typing import Any

from django.db import Error as DatabaseError
from django.http import Http404
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

from controller.database import is_away
from controller.errors import (
    InvalidFields,
    InvalidList,
    NoMatch,
    OperationBroken,
    TooManyFailures,
    Unprocessable,
)
from kit.errors import Conflict, Forbidden, InvalidInput, NotFound, PlatformError, Unauthorized, Unavailable

log = logging.getLogger(__name__)

STATUS: dict[type[Exception], int] = {
    InvalidInput: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Unprocessable: 422,
    TooManyFailures: 429,
    Unavailable: 503,
    OperationBroken: 500,
    PlatformError: 400,
}
SERVER_ERROR = {"detail": "Server Error"}
DATABASE_AWAY = "The database does not answer at present. Please try again in a moment."


def status_of(error: Exception) -> int:
    """The status of the nearest listed ancestor; 500 means a bug of ours."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def build_body(error: PlatformError) -> Any:
    """What the client reads: fields, a list, a bare text, or ``{"detail": ...}``."""
    if isinstance(error, InvalidFields):
        return error.fields
    if isinstance(error, InvalidList):
        return error.messages
    return str(error) if isinstance(error, NoMatch) else {"detail": str(error)}


def build_error_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """For the framework: every exception of a view becomes an answer."""
    if isinstance(error, Http404):
        return Response(str(error), status=404)
    if isinstance(error, APIException):
        return exception_handler(error, context)
    if isinstance(error, DatabaseError) and is_away(error):
        log.warning("%s: the database is away: %s", context["request"].path, str(error).strip())
        error = Unavailable(DATABASE_AWAY)
    status = status_of(error)
    if not isinstance(error, PlatformError) or status == 500:
        log.error("%s", context["request"].path, exc_info=error)
        return Response(SERVER_ERROR, status=500)
    return Response(build_body(error), status=status, headers=build_headers(error, status=status))


def build_headers(error: PlatformError, *, status: int) -> dict[str, str]:
    if isinstance(error, TooManyFailures):
        return {"Retry-After": str(error.wait)}
    return {"WWW-Authenticate": "Token"} if status == 401 else {}
