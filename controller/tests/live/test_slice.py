"""From registration to running pods, on a real Kubernetes."""

from __future__ import annotations

import os
import uuid

import pytest

IMAGE = os.environ.get("TEST_IMAGE", "198.19.255.1:5000/library/debian:trixie-slim")
IDLE = "trap 'exit 0' TERM; sleep 1000 & wait"
"""Never listens, and ends when it is told to: as a container's first process a bare ``sleep`` would not."""
SERVER = """exec perl -MIO::Socket::INET -e '$SIG{TERM}=sub{exit 0}; $|=1;
print "listening on $ENV{PORT}\\n";
my $s=IO::Socket::INET->new(LocalPort=>$ENV{PORT},Listen=>128,ReuseAddr=>1) or die;
while(1){my $c=$s->accept or next; while(<$c>){last if /^\\r?\\n$/}
my $b=$ENV{WORKFLOW_RELEASE}; print $c "HTTP/1.0 200 OK\\r\\nContent-Length: ".length($b)."\\r\\n\\r\\n$b"; close $c}'"""


@pytest.fixture
def app(alice, kubeconfig):
    name = f"ct-{uuid.uuid4().hex[:8]}"
    answer = alice.post("/v2/apps", {"id": name})
    assert answer.status == 201, answer.body
    yield name
    assert alice.delete(f"/v2/apps/{name}").status == 204


@pytest.mark.timeout(300)
def test_an_image_is_deployed_and_shown(app, alice, router):
    answer = alice.post(f"/v2/apps/{app}/config", {"values": {"PORT": 5000}})
    assert answer.status == 201, answer.body
    answer = alice.call(
        "POST", f"/v2/apps/{app}/builds", {"image": IMAGE, "procfile": {"web": SERVER}}, timeout=200
    )
    assert answer.status == 201, answer.body
    asked = [(verb, path) for verb, path, headers in router.seen if headers["Host"].startswith(f"{app}.")]
    assert asked == [("GET", "/")]
    pods = alice.get(f"/v2/apps/{app}/pods").json
    assert [(pod["type"], pod["release"], pod["state"]) for pod in pods["results"]] == [("web", "v3", "up")]
    assert alice.call("POST", f"/v2/apps/{app}/scale", {"web": 2}, timeout=100).status == 204
    assert alice.get(f"/v2/apps/{app}/pods").json["count"] == 2
    answer = alice.call("POST", f"/v2/apps/{app}/run", {"command": "echo hi; exit 3"}, timeout=100)
    assert answer.json == {"exit_code": 3, "output": "hi\n"}
    answer = alice.call("POST", f"/v2/apps/{app}/releases/rollback", {"version": 3}, timeout=100)
    assert (answer.status, answer.json) == (201, {"version": 4})
