"""What answers hold, as JSON Schema, each with an example. Strict: a field without its line here fails a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

TIME: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
    "description": "In UTC, to the second.",
}
UUID: Schema = {"type": "string", "format": "uuid"}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
OBJECT: Schema = {"type": "object"}
VALUES: Schema = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
TEXTS: Schema = {"type": "array", "items": TEXT}
NOW = "2026-01-02T03:04:05Z"
AN_UUID = "8f7d3b8e-5d54-4c39-a9c7-7a1c4e6a2f10"
TIMES: Mapping[str, Schema] = {"created": TIME, "updated": TIME}
TIMES_EXAMPLE = {"created": NOW, "updated": NOW}


def refer(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "null"}]}


def a_list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def an_object(example: Any, fields: Mapping[str, Schema], *, text: str = "", needs: bool = True) -> Schema:
    """An object of these fields and no others; ``needs``: all of them."""
    schema: Schema = {"type": "object", "properties": dict(fields), "additionalProperties": False}
    if needs:
        schema["required"] = list(fields)
    if text:
        schema["description"] = text
    return {**schema, "examples": [example]}


def a_page_of(name: str) -> Schema:
    """A part of a list, with where its neighbours are."""
    return {
        "type": "object",
        "required": ["count", "next", "previous", "results"],
        "properties": {
            "count": {**COUNT, "description": "Of the whole list."},
            "next": nullable({"type": "string", "format": "uri"}),
            "previous": nullable({"type": "string", "format": "uri"}),
            "results": a_list_of(refer(name)),
        },
        "additionalProperties": False,
    }


USER = an_object(
    {
        "email": "bob@example.com",
        "username": "bob",
        "first_name": "",
        "last_name": "",
        "is_superuser": False,
        "is_staff": False,
        "groups": [],
        "user_permissions": [],
        "last_login": NOW,
        "date_joined": NOW,
        "is_active": True,
    },
    {
        "email": TEXT,
        "username": TEXT,
        "first_name": TEXT,
        "last_name": TEXT,
        "is_superuser": {**FLAG, "description": "An administrator."},
        "is_staff": FLAG,
        "groups": a_list_of({"type": "integer"}),
        "user_permissions": a_list_of({"type": "integer"}),
        "last_login": nullable(TIME),
        "date_joined": TIME,
        "is_active": FLAG,
    },
)
ADMIN = an_object({"username": "bob", "is_superuser": True}, {"username": TEXT, "is_superuser": FLAG})
TOKEN = an_object(
    {"token": "3b5f0c6f9a1d4b7e8c2a6d0f1e9b8a7c6d5e4f30"},
    {"token": {"type": "string", "pattern": "^[0-9a-f]{40}$"}},
    text="It is told once, and only its digest is stored.",
)
KEY = an_object(
    {
        "uuid": AN_UUID,
        "owner": "bob",
        **TIMES_EXAMPLE,
        "id": "bob@laptop",
        "public": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ bob@laptop",
        "fingerprint": "8a:2d:3f:10:54:9c:7e:c1:1f:aa:52:0d:63:be:90:47",
    },
    {"uuid": UUID, "owner": TEXT, **TIMES, "id": TEXT, "public": TEXT, "fingerprint": TEXT},
)
APP = an_object(
    {
        "uuid": AN_UUID,
        "id": "shop",
        "owner": "bob",
        "structure": {"web": 2},
        "procfile_structure": {"web": "./serve"},
        **TIMES_EXAMPLE,
    },
    {
        "uuid": UUID,
        "id": TEXT,
        "owner": TEXT,
        "structure": {
            "type": "object",
            "additionalProperties": COUNT,
            "description": "Process type to how many of it run.",
        },
        "procfile_structure": {
            "type": "object",
            "description": "Process type to command, as of the Procfile that was deployed last.",
        },
        **TIMES,
    },
)
HEALTHCHECKS: Schema = {
    "type": "object",
    "additionalProperties": {"type": "object"},
    "description": "Process type to its livenessProbe and readinessProbe, in the form of Kubernetes.",
}
CONFIG = an_object(
    {
        "uuid": AN_UUID,
        "app": "shop",
        "owner": "bob",
        "cpu": {"web": "500m"},
        "memory": {"web": "256M"},
        "tags": {"environ": "dev"},
        "registry": {},
        "values": {"PORT": "5000"},
        "healthcheck": {},
        "lifecycle_post_start": {},
        "lifecycle_pre_stop": {"web": "./drain"},
        "termination_grace_period": {"web": "60"},
        **TIMES_EXAMPLE,
    },
    {
        "uuid": UUID,
        "app": TEXT,
        "owner": TEXT,
        "cpu": {**VALUES, "description": "Process type to limit, or request/limit."},
        "memory": {**VALUES, "description": "Process type to limit, or request/limit."},
        "tags": {**VALUES, "description": "Labels of the nodes that the app may run on."},
        "registry": {**VALUES, "description": "username and password of a private registry."},
        "values": {**VALUES, "description": "Environment variables."},
        "healthcheck": HEALTHCHECKS,
        "lifecycle_post_start": {
            **VALUES,
            "description": "Process type to a command run once it has started.",
        },
        "lifecycle_pre_stop": {**VALUES, "description": "Process type to a command run before it stops."},
        "termination_grace_period": {**VALUES, "description": "Process type to seconds it has to stop."},
        **TIMES,
    },
)
PROCFILE: Schema = {
    "type": "object",
    "additionalProperties": TEXT,
    "description": "Process type to command.",
}
BUILD = an_object(
    {
        "owner": "bob",
        "app": "shop",
        "image": "registry.example.com/shop:1",
        "sha": "",
        "procfile": {"web": "./serve"},
        "dockerfile": "",
        **TIMES_EXAMPLE,
        "uuid": AN_UUID,
    },
    {
        "owner": TEXT,
        "app": TEXT,
        "image": TEXT,
        "sha": TEXT,
        "procfile": PROCFILE,
        "dockerfile": TEXT,
        **TIMES,
        "uuid": UUID,
    },
)
RELEASE = an_object(
    {
        "uuid": AN_UUID,
        "app": "shop",
        "owner": "bob",
        **TIMES_EXAMPLE,
        "version": 3,
        "summary": "bob added PORT",
        "failed": False,
        "exception": None,
        "config": AN_UUID,
        "build": AN_UUID,
    },
    {
        "uuid": UUID,
        "app": TEXT,
        "owner": TEXT,
        **TIMES,
        "version": {"type": "integer", "minimum": 1},
        "summary": TEXT,
        "failed": FLAG,
        "exception": nullable({**TEXT, "description": "Why it failed: `error: …`."}),
        "config": UUID,
        "build": nullable(UUID),
    },
)
DOMAIN = an_object(
    {"owner": "bob", **TIMES_EXAMPLE, "app": "shop", "domain": "www.example.com"},
    {"owner": TEXT, **TIMES, "app": TEXT, "domain": TEXT},
)
CERTIFICATE = an_object(
    {
        "id": 7,
        "owner": "bob",
        "domains": ["www.example.com"],
        "san": ["www.example.com"],
        **TIMES_EXAMPLE,
        "name": "example-com",
        "common_name": "www.example.com",
        "fingerprint": "A5:52:1E:6C:90:7D",
        "expires": NOW,
        "starts": NOW,
        "issuer": "/CN=Example CA",
        "subject": "/CN=www.example.com",
    },
    {
        "id": {"type": "integer"},
        "owner": TEXT,
        "domains": {**TEXTS, "description": "Those it is attached to."},
        "san": TEXTS,
        **TIMES,
        "name": TEXT,
        "common_name": nullable(TEXT),
        "fingerprint": TEXT,
        "expires": TIME,
        "starts": TIME,
        "issuer": TEXT,
        "subject": TEXT,
    },
    text="Without the certificate itself and its key, which nobody gets back.",
)
TLS = an_object(
    {"uuid": AN_UUID, "app": "shop", "owner": "bob", **TIMES_EXAMPLE, "https_enforced": True},
    {"uuid": UUID, "app": TEXT, "owner": TEXT, **TIMES, "https_enforced": nullable(FLAG)},
)
AUTOSCALE: Schema = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            "min": {"type": "integer"},
            "max": {"type": "integer"},
            "cpu_percent": {"type": "integer"},
        },
    },
    "description": "Process type to its bounds.",
}
SETTINGS = an_object(
    {
        "uuid": AN_UUID,
        "app": "shop",
        "owner": "bob",
        "autoscale": {"web": {"min": 1, "max": 5, "cpu_percent": 60}},
        "label": {"team": "shop"},
        **TIMES_EXAMPLE,
        "maintenance": False,
        "routable": True,
        "whitelist": [],
    },
    {
        "uuid": UUID,
        "app": TEXT,
        "owner": TEXT,
        "autoscale": AUTOSCALE,
        "label": OBJECT,
        **TIMES,
        "maintenance": FLAG,
        "routable": FLAG,
        "whitelist": TEXTS,
    },
)
POD = an_object(
    {
        "name": "shop-web-7f9c5d-x2x9z",
        "state": "up",
        "release": "v3",
        "type": "web",
        "started": NOW,
    },
    {"name": TEXT, "state": TEXT, "release": TEXT, "type": TEXT, "started": TIME},
)
PODS = an_object(
    {"results": POD["examples"], "count": 1}, {"results": a_list_of(refer("Pod")), "count": COUNT}
)
USAGE = an_object(
    {
        "name": "shop-web-7f9c5d-x2x9z",
        "type": "web",
        "release": "v3",
        "cpu": 12,
        "cpu_limit": 500,
        "memory": 31457280,
        "memory_limit": None,
        "measured": NOW,
    },
    {
        "name": TEXT,
        "type": TEXT,
        "release": TEXT,
        "cpu": {**nullable(COUNT), "description": "Thousandths of a core; null while it is not measured."},
        "cpu_limit": {**nullable(COUNT), "description": "null: none."},
        "memory": {**nullable(COUNT), "description": "Bytes; null while it is not measured."},
        "memory_limit": {**nullable(COUNT), "description": "null: none."},
        "measured": nullable(TIME),
    },
)
USAGES = an_object(
    {"results": USAGE["examples"], "count": 1}, {"results": a_list_of(refer("Usage")), "count": COUNT}
)
RUN_RESULT = an_object(
    {"exit_code": 0, "output": "hello\n"}, {"exit_code": {"type": "integer"}, "output": TEXT}
)
RUN_SESSION = an_object(
    {
        "uuid": AN_UUID,
        "app": "shop",
        "name": "shop-run-x2x9z",
        "requested_by": "bob",
        "command": "bash",
        "tty": True,
        "started": False,
        "detached": False,
        "url": "/v2/apps/shop/run/shop-run-x2x9z",
        "attach": "/v2/apps/shop/run/shop-run-x2x9z/attach",
        "created": NOW,
        "deadline": NOW,
    },
    {
        "uuid": UUID,
        "app": TEXT,
        "name": TEXT,
        "requested_by": TEXT,
        "command": TEXT,
        "tty": FLAG,
        "started": FLAG,
        "detached": FLAG,
        "url": TEXT,
        "attach": {**TEXT, "description": "Open a WebSocket there."},
        "created": TIME,
        "deadline": {**TIME, "description": "When it is ended if it has not."},
    },
)
OPERATION_ERROR = an_object(
    {
        "status": 400,
        "detail": "(app::deploy): Process type web crashes: exit code 1",
        "body": {"detail": "(app::deploy): Process type web crashes: exit code 1"},
    },
    {
        "status": {"type": "integer", "description": "What a client that waited was answered."},
        "detail": TEXT,
        "body": {"description": "The body of that answer."},
    },
)
EVENT = an_object(
    {"time": NOW, "phase": "rolling out", "message": "Rolling out v3"},
    {"time": TIME, "phase": TEXT, "message": TEXT},
)
POD_TROUBLE = an_object(
    {
        "name": "shop-web-7f9c5d-x2x9z",
        "type": "web",
        "state": "initializing",
        "reason": "Unschedulable",
        "message": "0/3 nodes are available: 3 Insufficient cpu.",
        "restarts": 0,
    },
    {"name": TEXT, "type": TEXT, "state": TEXT, "reason": TEXT, "message": TEXT, "restarts": COUNT},
)
OPERATION = an_object(
    {
        "uuid": AN_UUID,
        "url": f"/v2/apps/shop/operations/{AN_UUID}",
        "app": "shop",
        "kind": "build",
        "state": "running",
        "phase": "rolling out",
        "message": "Rolling out v3",
        "progress": {"ready": 1, "wanted": 2},
        "pods": POD_TROUBLE["examples"],
        "events": EVENT["examples"],
        "attempt": 1,
        "requested_by": "bob",
        "cancelled_by": None,
        "superseded_by": None,
        "release": AN_UUID,
        "result": None,
        "error": None,
        "created": NOW,
        "updated": NOW,
        "started": NOW,
        "finished": None,
    },
    {
        "uuid": UUID,
        "url": TEXT,
        "app": TEXT,
        "kind": {
            "enum": [
                "create",
                "destroy",
                "build",
                "config",
                "rollback",
                "scale",
                "restart",
                "republish",
                "withdraw",
            ],
        },
        "state": {"enum": ["queued", "running", "succeeded", "failed", "superseded", "cancelled"]},
        "phase": {**TEXT, "description": "What is done now; empty before and after."},
        "message": TEXT,
        "progress": nullable(
            {
                "type": "object",
                "required": ["ready", "wanted"],
                "properties": {"ready": COUNT, "wanted": COUNT},
                "additionalProperties": False,
                "description": "Pods of the release.",
            }
        ),
        "pods": {**a_list_of(refer("PodTrouble")), "description": "Some that are not ready, and why."},
        "events": {**a_list_of(refer("OperationEvent")), "description": "What happened, oldest first."},
        "attempt": COUNT,
        "requested_by": {**TEXT, "description": "Empty: the platform itself."},
        "cancelled_by": nullable(TEXT),
        "superseded_by": nullable(UUID),
        "release": nullable(UUID),
        "result": nullable({"type": "object"}),
        "error": nullable(refer("OperationError")),
        **TIMES,
        "started": nullable(TIME),
        "finished": nullable(TIME),
    },
    text="One change to an app's workload.",
)
AUDIT_ENTRY = an_object(
    {
        "number": 12,
        "time": NOW,
        "actor": "bob",
        "address": "198.51.100.7",
        "agent": "deis",
        "action": "config.change",
        "target": "",
        "app": "shop",
        "outcome": "succeeded",
        "details": {"values": ["PORT"]},
        "operation": AN_UUID,
    },
    {
        "number": {"type": "integer"},
        "time": TIME,
        "actor": TEXT,
        "address": TEXT,
        "agent": TEXT,
        "action": TEXT,
        "target": TEXT,
        "app": nullable(TEXT),
        "outcome": TEXT,
        "details": {"type": "object", "description": "Never a value of a config."},
        "operation": nullable(UUID),
    },
)
USERNAMES = an_object({"users": ["alice"]}, {"users": TEXTS})
SERVICE = an_object(
    {"procfile_type": "api", "path_pattern": "/api"},
    {
        "procfile_type": TEXT,
        "path_pattern": {**TEXT, "description": "Regular expressions, with commas between."},
    },
)
SERVICES = an_object(
    {"services": [{"procfile_type": "api", "path_pattern": "/api"}]},
    {"services": a_list_of(refer("Service"))},
)
ADDRESSES = an_object({"addresses": ["198.51.100.0/24"]}, {"addresses": TEXTS})
VERSION = an_object({"version": 4}, {"version": {"type": "integer", "minimum": 1}})
STATUS = an_object({"status": "password set"}, {"status": {"const": "password set"}})
EMPTY = an_object({}, {})
HOOK_KEY = an_object(
    {"username": "bob", "apps": ["shop"], "app_uuids": {"shop": AN_UUID}},
    {"username": TEXT, "apps": TEXTS, "app_uuids": {"type": "object", "additionalProperties": UUID}},
)
HOOK_KEYS: Schema = {
    "type": "object",
    "additionalProperties": a_list_of(
        {
            "type": "object",
            "required": ["key", "fingerprint"],
            "properties": {"key": TEXT, "fingerprint": TEXT},
            "additionalProperties": False,
        }
    ),
    "examples": [{"bob": [{"key": "ssh-ed25519 AAAAC3Nza", "fingerprint": "8a:2d:3f:10"}]}],
}
HOOK_RELEASE = an_object({"release": {"version": 3}}, {"release": refer("Version")})

DETAIL = an_object(
    {"detail": "You do not have permission to perform this action."},
    {"detail": TEXT},
    text="What is wrong, in a sentence for the user.",
)
FIELD_ERRORS: Schema = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": "array"},
    "description": "Fields, each with everything that is wrong with it.",
    "examples": [{"id": ["Application with this id already exists."]}],
}
INVALID: Schema = {
    "anyOf": [refer("Detail"), refer("FieldErrors"), TEXTS],
    "description": "A list stands for itself where the body as a whole is wrong, as with whitelists.",
    "examples": [DETAIL["examples"][0], *FIELD_ERRORS["examples"], ["The address 1.2.3.4.5 is not valid"]],
}
MISSING: Schema = {
    "anyOf": [TEXT, refer("Detail")],
    "examples": ["No App matches the given query."],
}

SCHEMAS: Mapping[str, Schema] = {
    "User": USER,
    "Admin": ADMIN,
    "Token": TOKEN,
    "Key": KEY,
    "App": APP,
    "Config": CONFIG,
    "Build": BUILD,
    "Release": RELEASE,
    "Domain": DOMAIN,
    "Certificate": CERTIFICATE,
    "Tls": TLS,
    "Settings": SETTINGS,
    "Pod": POD,
    "Pods": PODS,
    "Usage": USAGE,
    "Usages": USAGES,
    "RunResult": RUN_RESULT,
    "RunSession": RUN_SESSION,
    "Operation": OPERATION,
    "OperationEvent": EVENT,
    "OperationError": OPERATION_ERROR,
    "PodTrouble": POD_TROUBLE,
    "AuditEntry": AUDIT_ENTRY,
    "Usernames": USERNAMES,
    "Addresses": ADDRESSES,
    "Service": SERVICE,
    "Services": SERVICES,
    "Version": VERSION,
    "PasswordSet": STATUS,
    "Empty": EMPTY,
    "HookKey": HOOK_KEY,
    "HookKeys": HOOK_KEYS,
    "HookRelease": HOOK_RELEASE,
    "Detail": DETAIL,
    "FieldErrors": FIELD_ERRORS,
    "Invalid": INVALID,
    "Missing": MISSING,
}
