"""What each route does, takes and answers: one line a route and verb. What has none fails a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rest_framework.serializers import Serializer

from controller.api import fields
from controller.api.openapi.schemas import (
    AUTOSCALE,
    COUNT,
    FLAG,
    HEALTHCHECKS,
    PROCFILE,
    TEXT,
    TEXTS,
    TOKEN,
    Schema,
    a_page_of,
    an_object,
    nullable,
    refer,
)

JSON = "application/json"
PLAIN = "text/plain"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """``schema`` of None: no body."""

    schema: Schema | None = None
    media: str = JSON
    text: str = ""
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Body:
    """What a request may hold."""

    schema: type[Serializer[Any]] | Schema
    example: Any
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """Of the address after the question mark."""

    name: str
    text: str
    schema: Schema


@dataclass(frozen=True, kw_only=True)
class Description:
    """One route and verb. Errors that its rule brings with it are added."""

    tag: str
    summary: str
    answers: Mapping[int, Answer]
    body: Body | None = None
    query: tuple[Parameter, ...] = ()
    errors: frozenset[int] = frozenset()
    """Besides those of the rule, and 500 and 503."""
    text: str = ""
    prefers: bool = False
    """It waits for an operation, or answers 202 to who would rather not."""
    is_operation: bool = False
    """It asks for one, and knows when it is asked for the same again."""


def gives(name: str, *, text: str = "") -> Answer:
    return Answer(schema=refer(name), text=text)


NOTHING = Answer(text="No body.")
LOCATION = ("Location",)
PAGE = (
    Parameter(name="limit", text="Entries of one page; 100 if it is no number above 0.", schema=COUNT),
    Parameter(name="offset", text="Entries before the page.", schema=COUNT),
)


def a_list(tag: str, summary: str, name: str, **more: Any) -> Description:
    query = (*PAGE, *more.pop("query", ()))
    return Description(
        tag=tag, summary=summary, answers={200: Answer(schema=a_page_of(name))}, query=query, **more
    )


def a_read(tag: str, summary: str, name: str, **more: Any) -> Description:
    return Description(tag=tag, summary=summary, answers={200: gives(name)}, **more)


def a_change(
    tag: str, summary: str, answers: Mapping[int, Answer], body: Body | None = None, **more: Any
) -> Description:
    errors = more.pop("errors", frozenset()) | {400}
    return Description(tag=tag, summary=summary, answers=answers, body=body, errors=errors, **more)


def an_operation(
    tag: str, summary: str, answers: Mapping[int, Answer], body: Body | None = None, **more: Any
) -> Description:
    accepted = Answer(
        schema=refer("Operation"),
        text="It goes on; ask at `Location`.",
        headers=("Location", "Preference-Applied"),
    )
    errors = more.pop("errors", frozenset()) | {409}
    return a_change(
        tag, summary, {**answers, 202: accepted}, body, errors=errors, prefers=True, is_operation=True, **more
    )


def a_body(
    example: Any, schema: type[Serializer[Any]] | Mapping[str, Schema], *, needs: tuple[str, ...] = ()
) -> Body:
    """``needs``: fields that must be there, where the schema is given by its fields."""
    if isinstance(schema, Mapping):
        built = an_object(example, schema, needs=False)
        del built["additionalProperties"]
        return Body(
            schema={**built, "required": list(needs)} if needs else built,
            example=example,
            required=bool(needs),
        )
    return Body(schema=schema, example=example)


USERNAME = a_body({"username": "bob"}, {"username": TEXT}, needs=("username",))
BUILD_FIELDS: Mapping[str, Schema] = {
    "receive_user": TEXT,
    "receive_repo": TEXT,
    "receive_uuid": TEXT,
    "image": TEXT,
    "sha": TEXT,
    "procfile": PROCFILE,
    "dockerfile": TEXT,
}
PUSH = {"receive_user": "bob", "receive_repo": "shop"}
SETTINGS_BODY = a_body(
    {"maintenance": True},
    {
        "maintenance": FLAG,
        "routable": FLAG,
        "whitelist": TEXTS,
        "autoscale": AUTOSCALE,
        "label": {"type": "object", "description": "null removes one."},
    },
)
CHANGES: Schema = {"type": "object", "description": "What is set; null removes a key."}
CONFIG_BODY = a_body(
    {"values": {"PORT": "5000", "OLD": None}, "memory": {"web": "256M"}},
    {
        **dict.fromkeys(("values", "cpu", "memory", "tags", "registry"), CHANGES),
        "healthcheck": HEALTHCHECKS,
        **dict.fromkeys(("lifecycle_post_start", "lifecycle_pre_stop", "termination_grace_period"), CHANGES),
    },
)
RUN_BODY = a_body(
    {"command": "ls -al"},
    {
        "command": TEXT,
        "interactive": {**FLAG, "description": "Begin a run with a terminal, to be joined by WebSocket."},
        "tty": FLAG,
        "term": TEXT,
        "timeout": {"type": "integer", "description": "Seconds after which it is ended."},
    },
    needs=("command",),
)
LOGS_QUERY = (
    Parameter(name="log_lines", text="How many of the newest lines; 100 without.", schema=TEXT),
    Parameter(name="process", text="Lines of these process types, with commas between.", schema=TEXT),
    Parameter(name="since", text="A time, or how long ago: `90s`, `10m`, `2h`, `1d`.", schema=TEXT),
    Parameter(name="follow", text="`1`: the answer goes on with lines as they come.", schema=TEXT),
    Parameter(name="heartbeat", text="With follow: an empty line after so many quiet seconds.", schema=COUNT),
)
RESTARTED = Answer(schema={"type": "array", "items": refer("Pod")}, text="The pods as they are then.")
FOUND_OR_GONE = frozenset({404})
WHITELIST = a_body({"addresses": ["198.51.100.0/24"]}, {"addresses": TEXTS}, needs=("addresses",))
STREAM_TEXT = (
    "With `follow=1` the answer goes on: through deploys and restarts of the logger. Where lines were lost, a line of "
    "`deis[logs]` says how many."
)

RESTART = an_operation("processes", "Restart pods", {200: RESTARTED})
PODS = a_read("processes", "List pods", "Pods")
USAGE = a_read(
    "processes",
    "Show what pods use",
    "Usages",
    errors=frozenset({404}),
    text="CPU and memory of all pods of the app, runs included. 404 in a cluster without a metrics API, too.",
)

DESCRIPTIONS: Mapping[tuple[str, str], Description] = {
    ("root", "GET"): a_read("platform", "Say that the token is good", "Empty"),
    ("register", "POST"): a_change(
        "users",
        "Register a user",
        {201: gives("User")},
        Body(
            schema=fields.RegisterFields,
            example={"username": "bob", "password": "correct horse", "email": "bob@example.com"},
        ),
        errors=frozenset({403}),
        text="The first one becomes an administrator. Whether anybody may is the operator's decision.",
    ),
    ("login", "POST"): a_change(
        "users",
        "Log in",
        {200: gives("Token")},
        Body(schema=fields.LoginFields, example={"username": "bob", "password": "correct horse"}),
        errors=frozenset({429}),
        text="A token for each login.",
    ),
    ("whoami", "GET"): a_read("users", "Tell whose token it is", "User"),
    ("passwd", "POST"): a_change(
        "users",
        "Change a password",
        {200: gives("PasswordSet")},
        a_body(
            {"password": "correct horse", "new_password": "battery staple"},
            {"username": TEXT, "password": TEXT, "new_password": TEXT},
            needs=("new_password",),
        ),
        errors=frozenset({404, 429}),
        text="One's own needs the old one; an administrator changes others' without it.",
    ),
    ("cancel", "DELETE"): a_change(
        "users",
        "Delete a user",
        {204: NOTHING},
        a_body({"username": "bob"}, {"username": TEXT}),
        errors=frozenset({404, 409}),
        text="Oneself without a body. A user who owns something is not deleted.",
    ),
    ("tokens", "POST"): a_change(
        "users",
        "Replace tokens",
        {
            200: Answer(
                schema={
                    "oneOf": [refer("Token"), {"const": ""}],
                    "examples": TOKEN["examples"],
                }
            )
        },
        a_body({"username": "bob"}, {"username": TEXT, "all": FLAG}),
        errors=FOUND_OR_GONE,
        text="Those there were end at once. An empty string answers `all`.",
    ),
    ("users", "GET"): a_list("users", "List users", "User"),
    ("admins", "GET"): a_list("users", "List administrators", "Admin"),
    ("admins", "POST"): a_change(
        "users", "Make a user an administrator", {201: NOTHING}, USERNAME, errors=FOUND_OR_GONE
    ),
    ("admin", "DELETE"): a_change(
        "users", "Make an administrator an ordinary user", {204: NOTHING}, errors=FOUND_OR_GONE
    ),
    ("keys", "GET"): a_list("users", "List one's SSH keys", "Key"),
    ("keys", "POST"): a_change(
        "users",
        "Add an SSH key",
        {201: gives("Key")},
        Body(
            schema=fields.KeyFields,
            example={"id": "bob@laptop", "public": "ssh-ed25519 AAAAC3Nza bob@laptop"},
        ),
    ),
    ("key", "GET"): a_read("users", "Show an SSH key", "Key", errors=FOUND_OR_GONE),
    ("key", "DELETE"): Description(
        tag="users", summary="Remove an SSH key", answers={204: NOTHING}, errors=FOUND_OR_GONE
    ),
    ("certs", "GET"): a_list("certificates", "List one's certificates", "Certificate"),
    ("certs", "POST"): a_change(
        "certificates",
        "Add a certificate",
        {201: gives("Certificate")},
        Body(
            schema=fields.CertificateFields,
            example={
                "name": "example-com",
                "certificate": "-----BEGIN CERTIFICATE-----",
                "key": "-----BEGIN PRIVATE KEY-----",
            },
        ),
    ),
    ("cert", "GET"): a_read("certificates", "Show a certificate", "Certificate", errors=FOUND_OR_GONE),
    ("cert", "DELETE"): a_change(
        "certificates", "Remove a certificate", {204: NOTHING}, errors=FOUND_OR_GONE
    ),
    ("cert-domain", "POST"): a_change(
        "certificates",
        "Attach a certificate to a domain",
        {201: NOTHING},
        a_body({"domain": "www.example.com"}, {"domain": TEXT}),
        errors=frozenset({403, 404, 409}),
        text="The domain is named by the body, or by the address.",
    ),
    ("cert-domain", "DELETE"): a_change(
        "certificates",
        "Detach a certificate from a domain",
        {204: NOTHING},
        errors=frozenset({403, 404}),
    ),
    ("apps", "GET"): a_list("apps", "List apps that one may use", "App"),
    ("apps", "POST"): an_operation(
        "apps",
        "Create an app",
        {201: gives("App")},
        Body(schema=fields.AppFields, example={"id": "shop"}, required=False),
    ),
    ("app", "GET"): a_read("apps", "Show an app", "App"),
    ("app", "POST"): a_change(
        "apps",
        "Give an app to another user",
        {200: NOTHING},
        a_body({"owner": "alice"}, {"owner": TEXT}),
        text="Without an owner, what the cluster lacks of the app's basics is made again.",
    ),
    ("app", "DELETE"): an_operation("apps", "Destroy an app", {204: NOTHING}),
    ("perms", "GET"): a_read("apps", "List who else may use an app", "Usernames"),
    ("perms", "POST"): a_change("apps", "Let a user use an app", {201: NOTHING}, USERNAME),
    ("perm", "DELETE"): Description(
        tag="apps",
        summary="Stop a user from using an app",
        answers={204: NOTHING},
        errors=frozenset({403, 404}),
    ),
    ("operations", "GET"): a_list("operations", "List operations, newest first", "Operation"),
    ("operation", "GET"): a_read(
        "operations",
        "Show an operation",
        "Operation",
        errors=frozenset({403, 404}),
        text="While there is no such app, not made yet or destroyed, for whoever asked for the operation.",
    ),
    ("operation-cancel", "POST"): a_change(
        "operations",
        "Cancel an operation",
        {
            200: gives("Operation", text="It has stopped, and what it changed is put back."),
            202: Answer(
                schema=refer("Operation"),
                text="It is about to stop.",
                headers=("Location", "Preference-Applied"),
            ),
        },
        errors=frozenset({403, 404, 409}),
        prefers=True,
    ),
    ("config", "GET"): a_read("config", "Show the config", "Config"),
    ("config", "POST"): an_operation(
        "config",
        "Change the config",
        {201: gives("Config")},
        replace(CONFIG_BODY, required=True),
        errors=frozenset({422}),
        text="Key by key; each change is a release.",
    ),
    ("builds", "GET"): a_list("releases", "List builds, newest first", "Build"),
    ("builds", "POST"): an_operation(
        "releases",
        "Deploy an image",
        {201: gives("Build")},
        Body(
            schema=fields.BuildFields,
            example={"image": "registry.example.com/shop:1", "procfile": {"web": "./serve"}},
        ),
        errors=frozenset({403}),
    ),
    ("build", "GET"): a_read("releases", "Show a build", "Build"),
    ("releases", "GET"): a_list("releases", "List releases, newest first", "Release"),
    ("release", "GET"): a_read("releases", "Show a release", "Release"),
    ("rollback", "POST"): an_operation(
        "releases",
        "Roll back",
        {201: gives("Version")},
        a_body({"version": 3}, {"version": nullable({"type": ["integer", "string"]})}),
        text="To the release before, unless one is named. What is being deployed makes way.",
    ),
    ("restart", "POST"): RESTART,
    ("restart-type", "POST"): replace(RESTART, summary="Restart the pods of a process type"),
    ("restart-pod", "POST"): replace(RESTART, summary="Restart a pod"),
    ("pods", "GET"): PODS,
    ("pods-of-type", "GET"): replace(PODS, summary="List the pods of a process type"),
    ("pod", "GET"): replace(PODS, summary="Show a pod, as a list of one"),
    ("usage", "GET"): USAGE,
    ("usage-of-type", "GET"): replace(USAGE, summary="Show what the pods of a process type use"),
    ("scale", "POST"): an_operation(
        "processes",
        "Scale process types",
        {204: NOTHING},
        Body(
            schema={
                "type": "object",
                "additionalProperties": {"type": ["integer", "string"]},
                "description": "Process type to how many.",
            },
            example={"web": 3},
        ),
    ),
    ("run", "GET"): a_list("processes", "List one's interactive runs", "RunSession"),
    ("run", "POST"): a_change(
        "processes",
        "Run a command in a pod of its own",
        {
            200: gives("RunResult", text="A command that failed is a success here, too."),
            201: Answer(schema=refer("RunSession"), text="It was to be interactive.", headers=LOCATION),
        },
        RUN_BODY,
        errors=frozenset({409}),
    ),
    ("run-session", "GET"): a_read("processes", "Show an interactive run", "RunSession"),
    ("run-stop", "POST"): Description(
        tag="processes", summary="End an interactive run", answers={204: NOTHING}
    ),
    ("run-attach", "GET"): Description(
        tag="processes",
        summary="Join an interactive run",
        answers={
            101: Answer(text="A WebSocket from here on."),
            426: gives("Detail", text="Not a WebSocket."),
        },
        errors=frozenset({409}),
    ),
    ("logs", "GET"): Description(
        tag="processes",
        summary="Read or follow the log",
        answers={
            200: Answer(
                schema={**TEXT, "examples": ["2026-01-02T03:04:05+00:00 shop[web.v3.x2x9z]: hello\n"]},
                media=PLAIN,
            ),
            204: Answer(text="There are no lines."),
        },
        query=LOGS_QUERY,
        errors=frozenset({400}),
        text=STREAM_TEXT,
    ),
    ("domains", "GET"): a_list("routing", "List domains", "Domain"),
    ("domains", "POST"): a_change(
        "routing",
        "Add a domain",
        {201: gives("Domain")},
        Body(schema=fields.DomainFields, example={"domain": "www.example.com"}),
    ),
    ("domain", "DELETE"): Description(tag="routing", summary="Remove a domain", answers={204: NOTHING}),
    ("settings", "GET"): a_read("routing", "Show the app's settings", "Settings"),
    ("settings", "POST"): a_change(
        "routing",
        "Change the app's settings",
        {201: gives("Settings")},
        replace(SETTINGS_BODY, required=True),
        errors=frozenset({409, 422}),
    ),
    ("whitelist", "GET"): a_read("routing", "List addresses that may reach the app", "Addresses"),
    ("whitelist", "POST"): a_change(
        "routing", "Add addresses", {201: gives("Addresses")}, WHITELIST, errors=frozenset({409})
    ),
    ("whitelist", "DELETE"): a_change(
        "routing", "Remove addresses", {204: NOTHING}, WHITELIST, errors=frozenset({409, 422})
    ),
    ("services", "GET"): a_read("routing", "List process types with requests of their own", "Services"),
    ("services", "POST"): a_change(
        "routing",
        "Give a process type requests of its own",
        {201: NOTHING, 204: Answer(text="Nothing changed. No body.")},
        a_body(
            {"procfile_type": "api", "path_pattern": "/api"},
            {"procfile_type": TEXT, "path_pattern": TEXT},
            needs=("procfile_type", "path_pattern"),
        ),
        text="It answers as `<app>-<type>`. Paths are for routers that know them.",
    ),
    ("services", "DELETE"): a_change(
        "routing",
        "Take its requests from a process type",
        {204: NOTHING},
        a_body({"procfile_type": "api"}, {"procfile_type": TEXT}, needs=("procfile_type",)),
    ),
    ("tls", "GET"): a_read("routing", "Tell whether HTTPS is enforced", "Tls"),
    ("tls", "POST"): a_change(
        "routing",
        "Enforce HTTPS or not",
        {201: gives("Tls")},
        Body(schema=fields.TLSFields, example={"https_enforced": True}),
        errors=frozenset({409}),
    ),
    ("app-audit", "GET"): a_list(
        "audit",
        "List who changed what of an app",
        "AuditEntry",
        query=(Parameter(name="actor", text="Entries of this user only.", schema=TEXT),),
    ),
    ("audit", "GET"): a_list(
        "audit",
        "List who changed what",
        "AuditEntry",
        query=(
            Parameter(name="app", text="Entries of this app only.", schema=TEXT),
            Parameter(name="actor", text="Entries of this user only.", schema=TEXT),
        ),
    ),
    ("hook-keys", "GET"): a_read("builder", "List keys of an app's collaborators", "HookKeys"),
    ("hook-user-keys", "GET"): a_read("builder", "List keys of a user", "HookKeys"),
    ("hook-key", "GET"): a_read("builder", "Tell whose key it is", "HookKey"),
    ("hook-config", "POST"): a_change(
        "builder",
        "Read the config for a build",
        {200: gives("Config")},
        a_body(
            PUSH,
            {name: BUILD_FIELDS[name] for name in ("receive_user", "receive_repo", "receive_uuid")},
            needs=tuple(PUSH),
        ),
    ),
    ("hook-build", "POST"): an_operation(
        "builder",
        "Deploy what was built",
        {200: gives("HookRelease")},
        a_body(
            {**PUSH, "image": "shop:git-abc", "sha": "abc", "procfile": {"web": "./serve"}, "dockerfile": ""},
            BUILD_FIELDS,
            needs=("receive_user", "receive_repo", "image"),
        ),
    ),
    ("openapi-json", "GET"): Description(
        tag="platform",
        summary="This description, as JSON",
        answers={200: Answer(schema={"type": "object", "examples": [{"openapi": "3.1.0"}]})},
    ),
    ("openapi-yaml", "GET"): Description(
        tag="platform",
        summary="This description, as YAML",
        answers={200: Answer(schema={**TEXT, "examples": ["openapi: 3.1.0\n"]}, media="application/yaml")},
    ),
    ("docs", "GET"): Description(
        tag="platform",
        summary="This description, to be read by people",
        answers={200: Answer(schema={**TEXT, "examples": ["<!DOCTYPE html>"]}, media="text/html")},
    ),
}
