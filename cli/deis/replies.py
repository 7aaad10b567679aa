"""What an answer of the controller means in words.

Source: cli specification, sections 5.3 and 5.4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from deis.errors import ApiError, PodNotFound

_BLANK = "This field may not be blank."
_USERNAME = "Enter a valid username. This value may contain only letters, numbers and @/./+/-/_ characters."
_USERNAME_TODAY = _USERNAME.replace("numbers and", "numbers, and")
_NAME = "Can only contain a-z (lowercase), 0-9 and hyphens"
_CERTIFICATE = "Could not load certificate"
_OWNS_APPS = "still has applications assigned. Delete or transfer ownership"

FIXED = {
    401: "Unauthorized: Missing or Invalid Token",
    403: "You do not have permission to perform this action.",
    405: "Method Not Allowed",
    500: "Internal Server Error",
}


class _Rule(NamedTuple):
    """One line of the table for status 400: the first that matches decides."""

    field: str
    texts: tuple[str, ...]
    message: str = ""
    """Shown instead of the text; empty: the matching text itself."""
    part: bool = False
    """The text needs only be a part of the field's element."""


_RULES = (
    _Rule("username", (_BLANK, _USERNAME, _USERNAME_TODAY), _USERNAME),
    _Rule("username", ("A user with that username already exists.",)),
    _Rule("password", (_BLANK,), "A Password is required"),
    _Rule("non_field_errors", ("Unable to log in with provided credentials.",)),
    _Rule("id", ("App name can only contain a-z (lowercase), 0-9 and hyphens",)),
    _Rule("id", ("Application with this id already exists.",)),
    _Rule("key", (_BLANK,), "A key is required"),
    _Rule("key", ("Public Key is already in use",)),
    _Rule("public", ("Public Key is already in use",)),
    _Rule("public", (_BLANK, "Key contains invalid base64 chars"), "A key is required"),
    _Rule("certificate", (_BLANK, _CERTIFICATE), _CERTIFICATE, part=True),
    _Rule("name", (_BLANK, _NAME), f"Name {_NAME[0].lower()}{_NAME[1:]}"),
    _Rule("domain", ("Hostname does not look valid.",)),
    _Rule("domain", ("Domain is already in use by another application",)),
    _Rule("image", (_BLANK,), "The given image is invalid"),
    _Rule("id", (_BLANK,), "An id is required"),
    _Rule("email", ("Enter a valid email address.",)),
)
_POD_MISSING = "does not exist in application"
_DETAILS = (
    (_POD_MISSING, "Pod not found in application"),
    ("version cannot be below 0", "The given version is invalid"),
    ("No nodes matched the provided labels", "No nodes matched the provided labels"),
)


_PAGE = re.compile(r"\s*<(?:!doctype|html|head|body|h1|title|\?xml)\b", re.IGNORECASE)
_TITLE = re.compile(r"<(title|h1)[^>]*>(.*?)</\1", re.IGNORECASE | re.DOTALL)
_TITLE_LENGTH = 80


def find_title(text: str) -> str | None:
    """The title of a web page, perhaps empty; None if the text is none."""
    if _PAGE.match(text) is None:
        return None
    match = _TITLE.search(text)
    return " ".join(match[2].split())[:_TITLE_LENGTH] if match else ""


def describe_page(title: str) -> str:
    named = f' "{title}"' if title else ""
    return f"the answer is a web page{named} and not the controller's"


def build_error(status: int, body: str) -> ApiError:
    """The error for an answer that is no success."""
    error = _choose_error(status, body)
    error.detail = _find_detail(body)
    return error


def _find_detail(body: str) -> str:
    try:
        detail = _parse_object(body).get("detail")
    except (ValueError, RecursionError):
        return ""
    return detail if isinstance(detail, str) else ""


def _choose_error(status: int, body: str) -> ApiError:
    if status in FIXED:
        return ApiError(status, FIXED[status])
    title = find_title(body)
    if title is not None:
        unknown = "Not Found" if status == 404 else f"Unknown Error ({status})"
        return ApiError(status, f"{unknown}: {describe_page(title)}")
    if status == 404:
        return ApiError(status, body or "Not Found")
    explain = _EXPLAIN.get(status)
    if explain is None:
        return ApiError(status, _unknown(status, body))
    try:
        data = _parse_object(body)
    except (ValueError, RecursionError) as error:
        return ApiError(status, _unknown(status, f"error decoding json response ({error}): {body}"))
    message = explain(data) or _unknown(status, body)
    return (PodNotFound if message == _DETAILS[0][1] else ApiError)(status, message)


def _parse_object(body: str) -> dict[str, Any]:
    data = json.loads(body)
    if not isinstance(data, dict):
        raise ValueError(f"expected an object, not {type(data).__name__}")
    return data


def _unknown(status: int, body: str) -> str:
    return f"Unknown Error ({status}): {body}".replace("\\n", "\n")


def _explain_invalid(data: dict[str, Any]) -> str:
    for rule in _RULES:
        elements = data.get(rule.field)
        if not isinstance(elements, list):
            continue
        for text in rule.texts:
            if any(text == element or (rule.part and text in str(element)) for element in elements):
                return rule.message or text
    detail = data.get("detail")
    if isinstance(detail, str):
        return next((message for part, message in _DETAILS if part in detail), "")
    return ""


def _explain_conflict(data: dict[str, Any]) -> str:
    if _OWNS_APPS in str(data.get("detail", "")):
        return f"Failed to delete user because the user {_OWNS_APPS}."
    return ""


def _explain_unprocessable(data: dict[str, Any]) -> str:
    detail = data.get("detail")
    return f"Unable to process your request: {detail}" if isinstance(detail, str) else ""


_EXPLAIN: dict[int, Callable[[dict[str, Any]], str]] = {
    400: _explain_invalid,
    409: _explain_conflict,
    422: _explain_unprocessable,
}


def is_compatible(server: str, *, client: str) -> bool:
    """Whether the server's API version serves this client: same major, no lower minor.

    The minors are compared as strings, which is how every client of this API does it.
    """
    server_major, server_dot, server_minor = server.partition(".")
    client_major, client_dot, client_minor = client.partition(".")
    return bool(server_dot and client_dot) and server_major == client_major and server_minor >= client_minor


def render_mismatch(server: str, *, client: str) -> str:
    return (
        "!    WARNING: Client and server API versions do not match. Please consider upgrading.\n"
        f"!    Client version: {client}\n"
        f"!    Server version: {server}\n"
    )
