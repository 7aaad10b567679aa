"""Requests to the controller. ``requests`` is imported when the first one is made.

Source: cli specification, section 5.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from deis import API_VERSION, __version__
from deis.controllers import build_url
from deis.errors import CliError
from deis.guessing import no_guessing
from deis.profiles import NO_TOKEN, Token
from deis.replies import build_error, describe_page, find_title, is_compatible, render_mismatch

if TYPE_CHECKING:
    from deis.terminal import Address
    from deis.transport import Transport

USER_AGENT = f"Deis Client v{__version__}"

Json = dict[str, Any]


class Answer(NamedTuple):
    """A response: its status, its text, and the API version that the server claims."""

    status: int
    text: str
    api_version: str
    date: str = ""
    """The controller's clock, as its Date header has it."""


class Page(NamedTuple):
    """One page of a list; ``total`` is the length of the whole list."""

    results: list[Json]
    total: int

    @property
    def document(self) -> Json:
        """What programs get to read."""
        return {"count": self.total, "results": self.results}


class Client:
    """The API of one controller, as one user."""

    def __init__(
        self,
        controller: str,
        *,
        token: Token = NO_TOKEN,
        ssl_verify: bool,
        ca_bundle: str | None = None,
        patience: float = 0,
        warn: Callable[[str], None],
    ) -> None:
        self.controller = controller
        self._token = token
        self._ssl_verify = ssl_verify
        self._ca_bundle = ca_bundle
        self._patience = patience
        self._warn = warn

    @cached_property
    def _transport(self) -> Transport:
        with no_guessing():
            from deis.transport import Transport

        return Transport(
            self.controller,
            ssl_verify=self._ssl_verify,
            ca_bundle=self._ca_bundle,
            patience=self._patience,
        )

    def get(self, path: str) -> Json:
        return parse_object(self.request("GET", path).text)

    def post(self, path: str, body: Json | None = None) -> Json:
        """Send a change; an answer without a body is an empty object."""
        text = self.request("POST", path, body).text
        return parse_object(text) if text else {}

    def delete(self, path: str, body: Json | None = None) -> None:
        self.request("DELETE", path, body)

    def list(self, path: str, limit: int) -> Page:
        return parse_page(self.request("GET", f"{path}?limit={limit}").text)

    def request(self, method: str, path: str, body: Json | None = None, *, prefer: str = "") -> Answer:
        """Send one request as the user. ``prefer``: how long the controller should work before it answers.

        Raises:
            ApiError: the controller refuses it.
            CliError: the controller cannot be reached.
        """
        headers = {"Content-Type": "application/json", **({"Prefer": prefer} if prefer else {})}
        answer = self._send(method, path, headers, body, authorization=self._authorization())
        self._check_version(answer)
        if not 200 <= answer.status < 400:
            raise build_error(answer.status, answer.text)
        return answer

    def stream(self, path: str, *, silence: float) -> Iterator[str]:
        """The lines of an answer that goes on. ``silence``: seconds after which it counts as broken.

        Raises:
            ApiError: the controller refuses it; at once, not with the first line.
            CliError: the controller cannot be reached, or the connection breaks.
        """
        status, lines = self._transport.open_stream(
            build_url(self.controller, path),
            headers={"User-Agent": USER_AGENT},
            authorization=self._authorization(),
            silence=silence,
        )
        if not 200 <= status < 400:
            raise build_error(status, "\n".join(lines))
        return lines

    def find_terminal(self, path: str) -> Address:
        """Where a path of the API is reached as a WebSocket, with this user's token."""
        from deis.terminal import Address
        from deis.transport import build_context, is_loopback

        url = build_url(self.controller, path)
        secure = url.startswith("https:")
        return Address(
            url="ws" + url.removeprefix("http"),
            headers={"User-Agent": USER_AGENT, "Authorization": self._authorization()},
            context=build_context(self._ca_bundle, verify=self._ssl_verify) if secure else None,
            direct=is_loopback(urlsplit(url).hostname or ""),
        )

    def get_health(self) -> Answer:
        """The controller's state, which it tells everybody; no version is compared."""
        answer = self._request_bare("/healthz")
        if not 200 <= answer.status < 400:
            raise build_error(answer.status, answer.text)
        return answer

    def check_controller(self) -> None:
        """Raise ``CliError`` unless a controller answers here: it asks strangers for a token."""
        answer = self._request_bare("/v2/")
        if answer.status != 401:
            raise CliError(
                f"{self.controller} does not appear to be a valid Deis controller.\n"
                "Make sure that the Controller URI is correct, the server is running and\n"
                "your deis version is correct."
            )
        self._check_version(answer)

    def greet(self) -> Answer:
        """What the controller says to a stranger."""
        return self._request_bare("/v2/")

    def _request_bare(self, path: str) -> Answer:
        """GET without a token and without judgement."""
        return self._send("GET", path, {}, None, authorization="")

    def _authorization(self) -> str:
        return f"token {self._token.reveal()}" if self._token else ""

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: Json | None, *, authorization: str
    ) -> Answer:
        data = b"" if body is None else render_body(body)
        reply = self._transport.send(
            method,
            build_url(self.controller, path),
            headers={"User-Agent": USER_AGENT, **headers},
            data=data,
            authorization=authorization,
        )
        return Answer(
            reply.status,
            reply.body.decode("utf-8", "replace"),
            reply.headers.get("DEIS_API_VERSION", ""),
            reply.headers.get("Date", ""),
        )

    def _check_version(self, answer: Answer) -> None:
        if is_compatible(answer.api_version, client=API_VERSION):
            return
        if not answer.api_version and find_title(answer.text) is not None:
            return  # no controller's answer at all: the error that follows says so
        self._warn(render_mismatch(answer.api_version, client=API_VERSION))


class Answered(dict[str, Any]):
    """A JSON object of the controller. What must be in it and is not is told in a sentence."""

    def __missing__(self, key: str) -> Any:
        raise CliError(f"the controller's answer has no {key}")


def render_body(body: Json) -> bytes:
    """Compact JSON in UTF-8; words of the shell that are no text can't be sent."""
    try:
        return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise CliError("what was given is no UTF-8 text, so it can't be sent") from error


def get_object(data: Mapping[str, Any], key: str) -> Json:
    """The object below the key; one that is missing or null is empty."""
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CliError(f"the controller's answer has a {key} that is no object")
    return value


def get_array(data: Mapping[str, Any], key: str) -> list[Any]:
    """The array below the key; one that is missing or null is empty."""
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise CliError(f"the controller's answer has a {key} that is no array")
    return value


def get_integer(data: Mapping[str, Any], key: str) -> int:
    """The number below the key; one that is missing or null is 0."""
    value = data.get(key)
    if value is None:
        return 0
    if not isinstance(value, int):
        raise CliError(f"the controller's answer has a {key} that is no whole number")
    return value


def check_objects(items: list[Any]) -> list[Json]:
    """The same array, if it holds objects only."""
    if not all(isinstance(item, dict) for item in items):
        raise CliError("the controller's answer is a list of something else than objects")
    return items


def _parse_json(text: str) -> Any:
    title = find_title(text)
    if title is not None:
        raise CliError(f"{describe_page(title)}; is it the controller's address? 'deis whoami' tells it")
    try:
        if "\\ud" in text.lower():  # perhaps half a character, which no file and no program takes
            whole = json.dumps(json.loads(text), ensure_ascii=False)
            text = whole.encode("utf-8", "replace").decode()
        return json.loads(text, object_hook=Answered)
    except (ValueError, RecursionError) as error:
        raise CliError(f"the controller's answer is no JSON: {error}") from error


def parse_object(text: str) -> Json:
    data = _parse_json(text)
    if not isinstance(data, dict):
        raise CliError(f"the controller's answer is no JSON object but a {type(data).__name__}")
    return data


def parse_array(text: str) -> list[Any]:
    data = _parse_json(text)
    if not isinstance(data, list):
        raise CliError(f"the controller's answer is no JSON array but a {type(data).__name__}")
    return data


def parse_page(text: str) -> Page:
    data = parse_object(text)
    results, count = data.get("results"), data.get("count")
    if not isinstance(results, list) or not isinstance(count, int):
        raise CliError("the controller's answer is no list: it has no results or no count")
    return Page(check_objects(results), count)
