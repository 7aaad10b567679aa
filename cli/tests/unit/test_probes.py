from __future__ import annotations

from typing import Any

import pytest

from deis.errors import CliError
from deis.probes import build_action, parse_headers, parse_kind, render_healthchecks

HTTP = {
    "initialDelaySeconds": 50,
    "timeoutSeconds": 50,
    "periodSeconds": 10,
    "successThreshold": 1,
    "failureThreshold": 3,
    "httpGet": {"path": "/", "port": 80, "httpHeaders": [{"name": "X-A", "value": "b"}]},
}
HTTP_TEXT = """\
=== foo Healthchecks

web/cmd:
--- Liveness
Initial Delay (seconds): 50
Timeout (seconds): 50
Period (seconds): 10
Success Threshold: 1
Failure Threshold: 3
Exec Probe: N/A
HTTP GET Probe: Path="/" Port=80 HTTPHeaders=[X-A=b]
TCP Socket Probe: N/A

--- Readiness
No readiness probe configured.
"""


def test_a_probe_in_words() -> None:
    assert render_healthchecks("foo", {"web/cmd": {"livenessProbe": HTTP}}, None) == HTTP_TEXT


def test_no_probe_in_words() -> None:
    header = "=== foo Healthchecks\n"
    none = "--- Liveness\nNo liveness probe configured.\n\n--- Readiness\nNo readiness probe configured.\n"
    assert render_healthchecks("foo", {}, None) == f"{header}No health checks configured.\n"
    assert render_healthchecks("foo", {}, "web") == f"{header}\nweb:\n{none}"
    assert (
        render_healthchecks("foo", {"web/cmd": {}, "web": {}}, None)
        == f"{header}\nweb:\n{none}\nweb/cmd:\n{none}"
    )


@pytest.mark.parametrize(
    ("probe_type", "args", "headers", "action"),
    [
        ("exec", ("/bin/true", "-x"), "", {"exec": {"command": ["/bin/true", "-x"]}}),
        ("tcpSocket", ("80",), "", {"tcpSocket": {"port": 80}}),
        ("httpGet", ("80",), "", {"httpGet": {"path": "/", "port": 80}}),
        (
            "httpGet",
            ("80",),
            "A:b",
            {"httpGet": {"path": "/", "port": 80, "httpHeaders": [{"name": "A", "value": "b"}]}},
        ),
    ],
)
def test_actions(probe_type: str, args: tuple[str, ...], headers: str, action: dict[str, Any]) -> None:
    assert build_action(probe_type, args, path="/", headers=headers) == action


def test_wrong_probes() -> None:
    with pytest.raises(CliError) as caught:
        parse_kind("alien")
    assert str(caught.value) == "probe type alien is invalid. Must be one of [liveness readiness]"
    with pytest.raises(CliError, match=r'Invalid probe type\. Must be one of: "httpGet", "exec"'):
        build_action("ping", ("80",), path="/", headers="")
    with pytest.raises(CliError, match="could not parse port: "):
        build_action("tcpSocket", ("http",), path="/", headers="")
    with pytest.raises(
        CliError, match=r"could not parse headers: could not find separator in header \(X-A\)"
    ):
        parse_headers("B:c,X-A")
