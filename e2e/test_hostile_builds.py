"""Code that a build runs looks for what is not its own, and finds nothing: a buildpack's hook, and a Dockerfile."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Callable

import pytest

from drive import Platform, Repository
from platformsecrets import list_secret_values

REGISTRY = "deis-registry.deis.svc.cluster.local"
STORE = "deis-objectstorage.deis.svc.cluster.local"
LOOK = r"""
tell() { echo "told: $1 = ${2:-nothing}"; }
# status METHOD HOST PORT PATH: of an answer over plain HTTP; "closed" if nobody listens there.
status() {
    local line=closed
    if exec 3<>"/dev/tcp/$2/$3"; then
        printf '%s %s HTTP/1.0\r\nHost: %s\r\nContent-Length: 0\r\n\r\n' "$1" "$4" "$2" >&3
        read -r -t 10 _ line _ <&3
        exec 3>&-
    fi
    echo "$line"
} 2>/dev/null
tell "service account" "$(ls /var/run/secrets/kubernetes.io 2>/dev/null)"
tell "addresses" "$(ls /var/run/secrets/deis 2>/dev/null)"
tell "engine" "$(ls -d /var/run/docker.sock /run/containerd* /run/podman* /run/crio* 2>/dev/null)"
tell "devices" "$(ls -d /dev/sd* /dev/vd* /dev/nvme* /dev/mem 2>/dev/null)"
tell "new privileges" "$(grep -h NoNewPrivs /proc/self/status | tr -dc 01)"
tell "catalogue" "$(status GET REGISTRY 80 /v2/_catalog)"
tell "another's image" "$(status GET REGISTRY 80 /v2/VICTIM/tags/list)"
tell "push over it" "$(status POST REGISTRY 80 /v2/VICTIM/blobs/uploads/)"
tell "the nodes' door" "$(status GET REGISTRY 5001 /v2/VICTIM/tags/list)"
tell "the node's port" "$(status GET NODE 5555 /v2/VICTIM/tags/list)"
tell "another's source" "$(status GET STORE 9000 /git/?prefix=home/VICTIM)"
tell "another's cache" "$(status PUT STORE 9000 /git/home/VICTIM/cache/cache.tgz)"
{ env; cat /proc/[0-9]*/environ
  find /run /var/run /tmp /workspace /workspace-env /mnt /root /home -type f -size -64k -readable | xargs -r cat; } 2>/dev/null \
    | tr -d '\0' | gzip | base64 -w 400 | sed 's/^/dump: /'
"""


@pytest.fixture(scope="module")
def look(platform: Platform, make_module_app: Callable[..., Repository]) -> str:
    """The script, with another app of the platform as what it is after."""
    victim = make_module_app("victim", example="dockerfile")
    victim.must_push(2)
    (node,) = platform.kubectl_json("get", "nodes")["items"]
    address = next(item["address"] for item in node["status"]["addresses"] if item["type"] == "InternalIP")
    places = {"REGISTRY": REGISTRY, "STORE": STORE, "NODE": address, "VICTIM": victim.app}
    return re.sub("|".join(places), lambda found: places[found[0]], LOOK)


def read_dump(seen: str) -> str:
    lines = re.findall(r"dump: (\S+)", seen)
    assert lines, seen
    return gzip.decompress(base64.b64decode("".join(lines))).decode(errors="replace")


def judge(app: Repository, seen: str) -> None:
    told = dict(re.findall(r"told: (.+?) = (.*?)\s*$", seen, re.MULTILINE))
    nothing = ("service account", "addresses", "engine", "devices")
    assert {name: told[name] for name in nothing} == dict.fromkeys(nothing, "nothing")
    refused = ("catalogue", "another's image", "push over it", "the nodes' door")
    assert {name: told[name] for name in refused} == dict.fromkeys(refused, "401")
    assert told["the node's port"] == "closed"
    assert {told["another's source"], told["another's cache"]} == {"403"}
    dump = read_dump(seen)
    assert "MY_OWN" in dump, "its own config is there"
    for name, value in list_secret_values(app.user.platform).items():
        assert value not in dump, f"a build can read {name}"
    assert "X-Amz-Signature" not in dump
    assert not re.search(r"eyJ[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}", dump), "a token"


def test_a_hook_of_a_slug_build(make_app: Callable[..., Repository], look: str) -> None:
    app = make_app("prying", example="procfile-only")
    app.user.must("config:set", "MY_OWN=MY_OWN", "--app", app.app)
    app.write({"bin/pre-compile": f"#!/bin/bash\n{look}"})
    (app.path / "bin/pre-compile").chmod(0o755)
    app.commit("a program")
    seen = app.must_push(3)
    judge(app, seen)
    assert "told: new privileges = 1" in seen


def test_a_dockerfile(make_app: Callable[..., Repository], look: str) -> None:
    app = make_app("delving", example="dockerfile")
    app.user.must("config:set", "MY_OWN=MY_OWN", "DEIS_DOCKER_BUILD_ARGS_ENABLED=1", "--app", app.app)
    dockerfile = (app.path / "Dockerfile").read_text()
    app.write(
        {
            "look.sh": look,
            "Dockerfile": f"{dockerfile}\nARG MY_OWN\nCOPY look.sh /tmp/\nRUN bash /tmp/look.sh\n",
        }
    )
    judge(app, app.must_push(3))
