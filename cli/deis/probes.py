"""Health checks as the command line gives them, as the controller takes them, as users read them.

Source: cli specification, section 10.22.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deis.api import check_objects, get_array, get_object
from deis.errors import CliError
from deis.parameters import parse_integer
from deis.tables import format_value

KINDS = ("liveness", "readiness")
_NUMBERS = (
    ("Initial Delay (seconds)", "initialDelaySeconds"),
    ("Timeout (seconds)", "timeoutSeconds"),
    ("Period (seconds)", "periodSeconds"),
    ("Success Threshold", "successThreshold"),
    ("Failure Threshold", "failureThreshold"),
)


def parse_kind(text: str) -> str:
    """``liveness`` → ``livenessProbe``."""
    if text not in KINDS:
        raise CliError(f"probe type {text} is invalid. Must be one of [{' '.join(KINDS)}]")
    return f"{text}Probe"


def build_action(probe_type: str, args: tuple[str, ...], *, path: str, headers: str) -> dict[str, Any]:
    """What the probe does: a request, a connection or a command."""
    if probe_type == "exec":
        return {"exec": {"command": list(args)}}
    if probe_type == "tcpSocket":
        return {"tcpSocket": {"port": _parse_port(args[0])}}
    if probe_type == "httpGet":
        request: dict[str, Any] = {"path": path, "port": _parse_port(args[0])}
        return {"httpGet": {**request, **({"httpHeaders": parse_headers(headers)} if headers else {})}}
    raise CliError('Invalid probe type. Must be one of: "httpGet", "exec"')


def _parse_port(text: str) -> int:
    try:
        return parse_integer(text)
    except CliError as error:
        raise CliError(f"could not parse port: {error}") from error


def parse_headers(text: str) -> list[dict[str, str]]:
    """``X-A:b,X-C:d``."""
    headers = []
    for pair in text.split(","):
        name, colon, value = pair.partition(":")
        if not colon:
            raise CliError(f"could not parse headers: could not find separator in header ({pair})")
        headers.append({"name": name.strip(), "value": value.strip()})
    return headers


def render_healthchecks(app: str, checks: Mapping[str, Any], kind: str | None) -> str:
    """All process types with a check, or the named one whether it has any or not."""
    header = f"=== {app} Healthchecks\n"
    if kind is None and not checks:
        return f"{header}No health checks configured.\n"
    kinds = sorted(checks) if kind is None else [kind]
    return header + "".join(f"\n{name}:\n{_render_probes(get_object(checks, name))}" for name in kinds)


def _render_probes(probes: Mapping[str, Any]) -> str:
    parts = []
    for kind in KINDS:
        probe = get_object(probes, f"{kind}Probe")
        text = _render_probe(probe) if probe else f"No {kind} probe configured.\n"
        parts.append(f"--- {kind.capitalize()}\n{text}")
    return "\n".join(parts)


def _render_probe(probe: Mapping[str, Any]) -> str:
    lines = [f"{title}: {format_value(probe.get(key) or 0)}" for title, key in _NUMBERS]
    lines.append(f"Exec Probe: {_render_exec(_find_action(probe, 'exec'))}")
    lines.append(f"HTTP GET Probe: {_render_http(_find_action(probe, 'httpGet'))}")
    socket = _find_action(probe, "tcpSocket")
    lines.append(
        f"TCP Socket Probe: {'N/A' if socket is None else 'Port=' + format_value(socket.get('port', 0))}"
    )
    return "".join(f"{line}\n" for line in lines)


def _find_action(probe: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    return get_object(probe, key) if probe.get(key) is not None else None


def _render_exec(action: Mapping[str, Any] | None) -> str:
    return "N/A" if action is None else f"Command=[{' '.join(map(str, get_array(action, 'command')))}]"


def _render_http(action: Mapping[str, Any] | None) -> str:
    if action is None:
        return "N/A"
    given = check_objects(get_array(action, "httpHeaders"))
    headers = " ".join(f"{header['name']}={header['value']}" for header in given)
    port = format_value(action.get("port", 0))
    return f'Path="{action.get("path", "")}" Port={port} HTTPHeaders=[{headers}]'
