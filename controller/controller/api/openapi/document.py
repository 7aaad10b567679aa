"""The whole description: the framework's reading of the routes, completed by our tables."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import yaml
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, OpenApiResponse

from controller.api.authorization import MATRIX, Rule
from controller.api.openapi.descriptions import DESCRIPTIONS, JSON, PLAIN, Answer, Body, Description
from controller.api.openapi.schemas import SCHEMAS, Schema, refer
from controller.api.views import PlatformView

ANYONE = frozenset({Rule.ANYONE, Rule.REGISTRATION})
OF_APPS = frozenset({Rule.APP_USER, Rule.APP_OWNER, Rule.BUILDER})
SLASH = "x-slash-required"
TOKEN_SCHEME, BUILDER_SCHEME = "token", "builder"
PREFER = {
    "name": "Prefer",
    "in": "header",
    "description": "`respond-async`: 202 instead of waiting for the end; with `wait=10`, after ten seconds (RFC 7240).",
    "schema": {"type": "string"},
    "examples": {"async": {"value": "respond-async"}},
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key asks for the same operation: a request that is repeated is done once.",
    "schema": {"type": "string", "maxLength": 200},
}
HEADERS: Mapping[str, Schema] = {
    "Location": {"description": "Where to ask.", "schema": {"type": "string"}},
    "Preference-Applied": {"schema": {"const": "respond-async"}},
}


def build_error(text: str, schema: str, *examples: Any, plain: bool = False) -> Schema:
    named = {f"example{number}": {"value": value} for number, value in enumerate(examples, 1)}
    content: dict[str, Any] = {JSON: {"schema": refer(schema), "examples": named}}
    if plain:
        content[PLAIN] = {"schema": {"type": "string"}, "example": "Error accessing logs for shop"}
    return {"description": text, "content": content}


ERRORS: Mapping[int, tuple[str, Schema]] = {
    400: (
        "Invalid",
        build_error("Something about the request is wrong.", "Invalid", *SCHEMAS["Invalid"]["examples"]),
    ),
    401: (
        "Unauthorized",
        build_error(
            "No token, or no good one.",
            "Detail",
            {"detail": "Authentication credentials were not provided."},
            {"detail": "Invalid token."},
        ),
    ),
    403: (
        "Forbidden",
        build_error("Not yours.", "Detail", {"detail": "You do not have permission to perform this action."}),
    ),
    404: ("Missing", build_error("There is none.", "Missing", "No App matches the given query.")),
    405: (
        "MethodNotAllowed",
        build_error(
            "`Allow` says which methods there are.", "Detail", {"detail": 'Method "PUT" not allowed.'}
        ),
    ),
    406: (
        "NotAcceptable",
        build_error(
            "Only JSON is spoken.", "Detail", {"detail": "Could not satisfy the request Accept header."}
        ),
    ),
    409: (
        "Conflict",
        build_error("It can't be done at this moment.", "Detail", {"detail": "bob changed nothing"}),
    ),
    415: (
        "UnsupportedMediaType",
        build_error(
            "The body should be JSON.",
            "Detail",
            {"detail": 'Unsupported media type "text/plain" in request.'},
        ),
    ),
    422: (
        "Unprocessable",
        build_error(
            "What should be removed is not there.", "Detail", {"detail": "FOO does not exist under values"}
        ),
    ),
    429: (
        "TooManyRequests",
        build_error(
            "Too many failed logins; `Retry-After` says for how long.",
            "Detail",
            {"detail": "Wait 30 seconds."},
        ),
    ),
    500: ("ServerError", build_error("A bug of ours.", "Detail", {"detail": "Server Error"}, plain=True)),
    503: (
        "Unavailable",
        build_error(
            "What is needed for it does not answer.",
            "Detail",
            {"detail": "(list pods): the Kubernetes API does not answer"},
            plain=True,
        ),
    ),
}
"""Status to the name of its component and the component."""


class MapFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # registers itself
    target_class = "controller.api.fields.MapField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Schema:  # noqa: ARG002 - as the framework calls it
        return {"type": "object", "additionalProperties": {}}


class FlagFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call] # registers itself
    target_class = "controller.api.fields.FlagField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Schema:  # noqa: ARG002 - as the framework calls it
        return {"type": ["boolean", "string", "integer", "null"]}


class PlatformSchema(AutoSchema):
    """One route and verb, as the table describes it."""

    @property
    def route(self) -> str:
        assert isinstance(self.view, PlatformView)
        return self.view.route

    @property
    def described(self) -> Description:
        return DESCRIPTIONS[self.route, self.method]

    @property
    def rule(self) -> Rule:
        return MATRIX[self.route][self.method]

    def get_operation(self, *args: Any, **kwargs: Any) -> Schema | None:
        operation: Schema | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        if self.described.body and self.method == "DELETE":
            operation["requestBody"] = build_plain_body(self.described.body)
        headers = [PREFER] * self.described.prefers + [IDEMPOTENCY] * self.described.is_operation
        if headers:
            operation.setdefault("parameters", []).extend(headers)
        for status in sorted(list_errors(self.described, self.rule)):
            name, _ = ERRORS[status]
            operation["responses"][str(status)] = {"$ref": f"#/components/responses/{name}"}
        return operation

    def get_operation_id(self) -> str:
        return f"{self.method.lower()}-{self.route}"

    def get_summary(self) -> str:
        return self.described.summary

    def get_description(self) -> str:  # type: ignore[override] # as the framework's own does
        return self.described.text

    def get_tags(self) -> list[str]:
        return [self.described.tag]

    def get_extensions(self) -> Schema:
        """Where a slash at the end is no matter of taste."""
        return {} if self.path_regex.endswith(r"/?\Z") else {SLASH: True}

    def get_auth(self) -> list[Schema]:
        if self.rule is Rule.ANYONE:
            return [{}]
        if self.rule is Rule.REGISTRATION:
            return [{}, {TOKEN_SCHEME: []}]
        return [{BUILDER_SCHEME: []}] if self.rule is Rule.BUILDER else [{TOKEN_SCHEME: []}]

    def get_override_parameters(self) -> list[Any]:
        return [
            OpenApiParameter(parameter.name, parameter.schema, description=parameter.text)
            for parameter in self.described.query
        ]

    def get_request_serializer(self) -> Any:
        body = self.described.body
        if body is None:
            return None
        return {JSON: OpenApiRequest(body.schema, examples=None)}

    def get_response_serializers(self) -> Any:
        return {
            (status, answer.media): OpenApiResponse(answer.schema, description=answer.text)
            for status, answer in self.described.answers.items()
        }


def list_errors(described: Description, rule: Rule) -> frozenset[int]:
    """What a caller of this may get besides what it answers."""
    found = described.errors | {404, 406, 500, 503}
    if described.body is not None:
        found |= {400, 415}
    if rule not in ANYONE:
        found |= {401}
    if rule in OF_APPS or rule in (Rule.ADMIN, Rule.TARGET):
        found |= {403}
    return found


def build_plain_body(body: Body) -> Schema:
    return {"content": {JSON: {"schema": body.schema}}, "required": body.required}


def complete(result: Schema, generator: Any, **_: Any) -> Schema:  # noqa: ARG001 # a hook of the framework's
    """What the framework can't know: components, examples, headers, and what does not go through Django."""
    for operation in list_operations(result):
        add_details(operation)
    make_optional(result["paths"], path="/v2/certs/{name}/domain/{domain}", name="domain")
    result["paths"].update(copy.deepcopy(WITHOUT_DJANGO))
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update(SCHEMAS)
    components["responses"] = dict(ERRORS.values())
    components["securitySchemes"] = {
        TOKEN_SCHEME: {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`token <forty hex digits>`, as login gives it.",
        },
        BUILDER_SCHEME: {
            "type": "apiKey",
            "in": "header",
            "name": "X-Deis-Builder-Auth",
            "description": "The key that builder and controller share.",
        },
    }
    return result


def list_operations(document: Schema) -> Iterable[Schema]:
    for path in document["paths"].values():
        yield from path.values()


def add_details(operation: Schema) -> None:
    """Examples of bodies, headers of answers."""
    verb, _, route = operation["operationId"].partition("-")
    described = DESCRIPTIONS[route, verb.upper()]
    if described.body:
        request = operation["requestBody"]
        request["required"] = described.body.required
        request["content"][JSON]["example"] = described.body.example
    for status, answer in described.answers.items():
        response = operation["responses"][str(status)]
        response["description"] = answer.text or described.summary
        if answer.headers:
            response["headers"] = {name: HEADERS[name] for name in answer.headers}
        for media in response.get("content", {}).values():
            media["example"] = find_example(answer)


def find_example(answer: Answer) -> Any:
    """The schema's first example; a list has one entry."""
    schema = answer.schema or {}
    if "$ref" in schema:
        return SCHEMAS[schema["$ref"].rpartition("/")[2]]["examples"][0]
    if "examples" in schema:
        return schema["examples"][0]
    if schema.get("type") == "array":
        return [find_example(Answer(schema=schema["items"]))]
    entry = find_example(Answer(schema=schema["properties"]["results"]["items"]))
    return {"count": 1, "next": None, "previous": None, "results": [entry]}


PAGE = {"text/html": {"schema": {"type": "string"}, "example": "OK"}}
WITHOUT_DJANGO: Schema = {
    "/healthz": {
        "get": {
            "operationId": "get-healthz",
            "summary": "Tell that the process lives",
            "tags": ["platform"],
            "security": [{}],
            "responses": {"200": {"description": "It does.", "content": PAGE}},
        }
    },
    "/readiness": {
        "get": {
            "operationId": "get-readiness",
            "summary": "Tell whether the database answers",
            "tags": ["platform"],
            "security": [{}],
            "responses": {
                "200": {"description": "It does.", "content": PAGE},
                "503": {"description": "It does not.", "content": PAGE},
            },
        }
    },
    "/slugs/{token}": {
        "get": {
            "operationId": "get-slug",
            "summary": "Say where a pod finds its slug",
            "tags": ["builder"],
            "security": [{}],
            "parameters": [
                {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}},
            ],
            "responses": {
                "302": {
                    "description": "There, for some minutes.",
                    "headers": {"Location": HEADERS["Location"]},
                },
                "404": {"description": "The token is none."},
                "503": {"description": "There is no object storage, or it does not answer."},
            },
        }
    },
}


def make_optional(paths: Schema, *, path: str, name: str) -> None:
    """The same address without its last part, which descriptions of this kind can't call optional."""
    short = copy.deepcopy(paths[path])
    for operation in short.values():
        operation["operationId"] += "-unnamed"
        operation[SLASH] = True
        operation["parameters"] = [each for each in operation["parameters"] if each["name"] != name]
    paths[path.removesuffix(f"{{{name}}}")] = short


class PlatformGenerator(SchemaGenerator):
    """Reads the routes with our own reading of a view."""

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        view = super().create_view(callback, method, request)  # type: ignore[no-untyped-call] # has no types
        view.schema = PlatformSchema()
        view.schema.view = view
        return view


LOCK = threading.Lock()


def build_document() -> Schema:
    """The description as an object. It is made once, and one thread at a time makes it."""
    with LOCK:
        return _build()


@cache
def _build() -> Schema:
    generator: Any = PlatformGenerator
    document: Schema = json.loads(json.dumps(generator().get_schema(request=None, public=True)))
    return document


@cache
def render_json() -> bytes:
    return json.dumps(build_document(), ensure_ascii=False, separators=(",", ":")).encode()


@cache
def render_yaml() -> bytes:
    return yaml.safe_dump(build_document(), sort_keys=False, allow_unicode=True, width=110).encode()
