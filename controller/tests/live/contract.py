"""Holds every answer of the tests against the API's own description."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCUMENT = "urn:api"
JSON = "application/json"
ON_EVERY_ROUTE = (401, 403, 404, 405, 406)
"""What a verb that a route does not know, or OPTIONS, may be answered."""


class Contract:
    """The description of one controller."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        resource = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource(DOCUMENT, resource)
        self._routes = [(compile_path(path, verbs), path, verbs) for path, verbs in document["paths"].items()]

    @classmethod
    def fetch(cls, url: str) -> Contract:
        with urllib.request.urlopen(f"{url}/v2/openapi.json", timeout=30) as answer:
            return cls(json.load(answer))

    def check(self, method: str, target: str, *, status: int, media: str, body: bytes) -> None:
        """
        Raises:
            AssertionError: the description does not know such an answer.
        """
        path = unquote(urlsplit(target).path)
        known = next(((name, verbs) for form, name, verbs in self._routes if form.fullmatch(path)), None)
        where = f"{method} {path}: {status} {media or 'without a body'}"
        if known is None:
            assert status in (401, 404), f"{where}: no such route is described"
            assert status == 401 or media == "text/html", where
            return
        name, verbs = known
        verb = "get" if method == "HEAD" else method.lower()
        if verb not in verbs:
            self._check_unknown_verb(method, where, status=status, media=media, body=body)
            return
        pointer = f"/paths/{escape(name)}/{verb}/responses/{status}"
        assert str(status) in verbs[verb]["responses"], f"{where}: this status is not described"
        self._check_response(pointer, where, media=media, body=b"" if method == "HEAD" else body)

    def _check_unknown_verb(self, method: str, where: str, *, status: int, media: str, body: bytes) -> None:
        if method == "OPTIONS" and status == 200:
            assert not body or media == JSON, where
            return
        assert status in ON_EVERY_ROUTE, f"{where}: this verb is not described"
        if media == JSON:
            self._validate(json.loads(body), "/components/schemas/Missing", where)

    def _check_response(self, pointer: str, where: str, *, media: str, body: bytes) -> None:
        response = self._resolve(pointer)
        content = response.get("content", {})
        if not body:
            return
        assert media in content, f"{where}: this kind of body is not described"
        if media == JSON:
            place = f"{self._find(pointer)}/content/{escape(media)}/schema"
            self._validate(json.loads(body), place, where)

    def _find(self, pointer: str) -> str:
        """Where it really is, if there only is a reference."""
        item = self._get(pointer)
        return item["$ref"].removeprefix("#") if "$ref" in item else pointer

    def _resolve(self, pointer: str) -> Mapping[str, Any]:
        return self._get(self._find(pointer))

    def _get(self, pointer: str) -> Mapping[str, Any]:
        item: Any = self._document
        for part in pointer.split("/")[1:]:
            item = item[part.replace("~1", "/").replace("~0", "~")]
        found: Mapping[str, Any] = item
        return found

    def _validate(self, value: Any, pointer: str, where: str) -> None:
        validator = Draft202012Validator(
            {"$ref": f"{DOCUMENT}#{pointer}"},
            registry=self._registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )
        problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
        assert not problems, f"{where}: {problems}: {value!r}"


KNOWN: list[Contract] = []
"""All controllers of one run of the tests are of one version."""


def find_contract(url: str) -> Contract:
    if not KNOWN:
        KNOWN.append(Contract.fetch(url))
    return KNOWN[0]


def compile_path(path: str, verbs: Mapping[str, Any]) -> re.Pattern[str]:
    """The addresses that are meant; a slash at the end is optional where the framework has it."""
    first = next(iter(verbs.values()))
    parameters = first.get("parameters", [])
    is_optional = path.endswith("/") and not first.get("x-slash-required")
    patterns = {
        each["name"]: each["schema"].get("pattern", "[^/]+") for each in parameters if each["in"] == "path"
    }
    parts = re.split(r"{(\w+)}", path.removesuffix("/") if is_optional else path)
    form = "".join(
        f"(?:{patterns[part].removeprefix('^').removesuffix('$')})" if index % 2 else re.escape(part)
        for index, part in enumerate(parts)
    )
    return re.compile(f"{form}/?" if is_optional else form)


def escape(part: str) -> str:
    """In a JSON pointer that is part of an address."""
    return part.replace("~", "~0").replace("/", "~1")
