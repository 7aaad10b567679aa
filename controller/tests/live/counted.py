"""The controller as it is, but that each answer says in a header which questions the database was asked for it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings as django_settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from controller.__main__ import quieten, serve
from controller.djangosettings import build_django_settings
from controller.settings import Settings
from kit.logs import configure

HEADER = "X-Queries"
STATEMENT_LIMIT = 100


def count_queries(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware. A connection belongs to one thread, so what other threads ask is not counted."""

    def answer(request: HttpRequest) -> HttpResponse:
        statements: list[str] = []

        def note(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
            statements.append(sql[:STATEMENT_LIMIT])
            return execute(sql, *arguments)

        with connection.execute_wrapper(note):
            response = get_response(request)
        response[HEADER] = json.dumps(statements)
        return response

    return answer


def main() -> int:
    settings = Settings.from_env(os.environ)
    configure("INFO")
    quieten()
    values = build_django_settings(settings)
    django_settings.configure(**values | {"MIDDLEWARE": ["counted.count_queries"]})
    return serve(settings, os.environ)


if __name__ == "__main__":
    sys.exit(main())
