"""Everything that is told to the router by an app's Service, changed where Kubernetes does not take it."""

from __future__ import annotations

from .conftest import Client


def check_nothing_is_stored(client: Client, app: str, *, host: str, told: str) -> None:
    """Each change is refused with the sentence, and all is as before. ``host`` is a domain of the app."""
    path = f"/v2/apps/{app}"
    for verb, address, body, status in (
        ("POST", "domains", {"domain": f"www.{host}"}, 503),
        ("DELETE", f"domains/{host}", None, 503),
        ("POST", "tls", {"https_enforced": True}, 503),
        ("POST", "settings", {"maintenance": True}, 400),
        ("POST", "settings", {"routable": False}, 400),
        ("POST", "whitelist", {"addresses": ["1.2.3.4"]}, 400),
    ):
        answer = client.call(verb, f"{path}/{address}", body)
        assert (answer.status, answer.json) == (status, {"detail": told}), address
    assert {row["domain"] for row in client.get(f"{path}/domains").json["results"]} == {app, host}
    settings = client.get(f"{path}/settings").json
    assert (settings["maintenance"], settings["routable"], settings["whitelist"]) == (False, True, [])
    assert client.get(f"{path}/tls").json["https_enforced"] is None
