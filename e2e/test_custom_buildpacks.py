"""Buildpacks that users bring, from a git server inside the cluster, and the build cache that they keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from drive import Platform, Repository

SERVE = r"""
mkdir -p /tmp/served/fancy/bin && cd /tmp/served/fancy
printf '#!/bin/sh\necho Fancy\n' > bin/detect
printf '#!/bin/sh\necho "default_process_types: {web: python3 -m http.server \$PORT}"\n' > bin/release
printf '#!/bin/sh\necho x >> "$2/times"\n' > bin/compile
printf 'echo "compiled $(wc -l < "$2/times") times with this cache"\n' >> bin/compile
printf 'echo "$(cat "$3/GREETING")" > "$1/index.html"\n' >> bin/compile
chmod +x bin/*
git init --quiet --initial-branch=main && git add .
git -c user.name=e2e -c user.email=e2e@example.com commit --quiet --message=fancy
exec git daemon --export-all --base-path=/tmp/served /tmp/served
"""


@pytest.fixture
def git_server(platform: Platform) -> Iterator[str]:
    """URL of a repository with a buildpack, in a pod of the image that has git."""
    name = platform.name("git")
    image = platform.kubectl_json("get", "configmap", "slugbuilder-config", "-n", "deis")["data"]["image"]
    for argv in (
        ("run", name, f"--image={image}", "--restart=Never", "--command", "--", "bash", "-ec", SERVE),
        ("wait", "--for=condition=Ready", "--timeout=120s", f"pod/{name}"),
    ):
        done = platform.kubectl(*argv)
        assert done.code == 0, done.text
    address = platform.kubectl_json("get", "pod", name)["status"]["podIP"]
    yield f"git://{address}/fancy"
    platform.kubectl("delete", "pod", name, "--now", "--wait=false")


def test_a_buildpack_of_the_cluster_its_cache_and_its_absence(
    make_app: Callable[..., Repository], git_server: str
) -> None:
    app = make_app("custom")

    def configure(*words: str) -> None:
        app.user.must("config:set", *words, "--app", app.app)

    app.write({"notes.txt": "1\n"})
    configure(f"BUILDPACK_URL={git_server}", "GREETING=hello from the cluster")
    seen = app.must_push(3)
    assert "-----> Fetching custom buildpack" in seen
    assert "-----> Fancy app detected" in seen
    assert "No cache file found." in seen
    assert "compiled 1 times with this cache" in seen
    assert app.fetch().body == "hello from the cluster\n"

    app.write({"notes.txt": "2\n"})
    assert "compiled 2 times with this cache" in app.must_push(4)

    configure("DEIS_DISABLE_CACHE=1")
    app.write({"notes.txt": "3\n"})
    seen = app.must_push(6)
    assert "compiled 1 times with this cache" in seen
    assert "Restoring cache" not in seen

    app.user.must("config:unset", "DEIS_DISABLE_CACHE", "--app", app.app)
    app.write({"notes.txt": "4\n"})
    seen = app.must_push(8)
    assert "No cache file found." in seen, "the cache from before was removed"

    configure(f"BUILDPACK_URL={git_server}-that-is-not-there")
    app.write({"notes.txt": "5\n"})
    refused = app.push()
    assert refused.code == 1
    assert "-----> Fetching custom buildpack" in refused.text
    assert "Build pod exited with code 128, stopping build." in refused.text
    assert app.fetch().body == "hello from the cluster\n"
