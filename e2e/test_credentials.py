"""Code in an app's pod finds no credential of the platform: looked for from inside, with a shell."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from drive import Platform, Repository
from platformsecrets import list_secret_values


@pytest.fixture(scope="module")
def app(make_module_app: Callable[..., Repository]) -> Repository:
    repository = make_module_app("inside", example="python")
    repository.must_push(2)
    return repository


def inside(app: Repository, command: str) -> str:
    """What a shell in the app's running pod prints."""
    platform = app.user.platform
    done = platform.kubectl(
        "exec", "--namespace", app.app, f"deployment/{app.app}-web", "--container", f"{app.app}-web", "--",
        "bash", "-c", command,
    )  # fmt: skip
    assert done.code == 0, done.err
    return done.out


def test_the_environment_and_the_files_hold_no_secret(app: Repository, platform: Platform) -> None:
    everything = inside(
        app,
        "env; cat /proc/self/environ /proc/1/environ 2>/dev/null | tr '\\0' '\\n'; "
        "find /app /run /var/run /etc /tmp /mnt -type f -size -64k -readable 2>/dev/null "
        "| xargs -r cat 2>/dev/null | tr -d '\\0'",
    )
    assert f"DEIS_APP={app.app}" in everything
    for name, value in list_secret_values(platform).items():
        assert value not in everything, f"the app can read {name}"


def test_there_is_no_kubernetes_token(app: Repository) -> None:
    assert inside(app, "ls /var/run/secrets 2>/dev/null || true") == ""


def test_the_app_does_not_run_as_root(app: Repository) -> None:
    assert inside(app, "id -u").strip() == "2000"


def test_the_app_namespace_holds_no_platform_secret(app: Repository, platform: Platform) -> None:
    values = set(list_secret_values(platform).values())
    secrets = platform.kubectl_json("get", "secrets", "--namespace", app.app)["items"]
    assert secrets, "the app's own environment is expected there"
    for secret in secrets:
        for value in secret.get("data", {}).values():
            assert base64.b64decode(value).decode() not in values


def test_nothing_inside_reads_another_apps_slug(app: Repository) -> None:
    """The store answers no request without a signature, so a guessed key is worth nothing."""
    code = inside(
        app,
        "curl -s -o /dev/null -w '%{http_code}' "
        f"http://deis-objectstorage.deis.svc.cluster.local:9000/git/home/{app.app}/cache/cache.tgz",
    )
    assert code == "403"


def test_the_registry_refuses_who_has_no_token(app: Repository) -> None:
    for port in (80, 5001):
        code = inside(
            app,
            f"curl -s -o /dev/null -w '%{{http_code}}' http://deis-registry.deis.svc.cluster.local:{port}/v2/_catalog",
        )
        assert code == "401"
