"""An app's life after its first push: config, scale, releases, rollback, logs, run, domains, the end."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from drive import Platform, Repository, User, fetch
from waiting import wait_for


@pytest.fixture(scope="module")
def app(make_module_app: Callable[..., Repository]) -> Repository:
    """One python app, pushed once, shared by this module; each test leaves it serving."""
    repository = make_module_app("life", example="python")
    repository.must_push(2)
    return repository


def get_version(app: Repository) -> int:
    """The newest release's number."""
    listed = app.user.must("releases:list", "--app", app.app)
    return max(int(found) for found in re.findall(r"^v(\d+)\b", listed, re.MULTILINE))


def list_up(app: Repository) -> list[str]:
    """Names of the web pods that serve; those that are being replaced drain for some seconds more."""
    return re.findall(r"(\S+-web-\S+) up \(", app.user.must("ps:list", "--app", app.app))


def wait_for_page(app: Repository, wanted: str, *, timeout: float = 5.0) -> None:
    """Until the app answers with a text; every answer on the way must be a good one.

    Pods of the release before drain for some seconds, and kube-proxy may send them a request for up to one
    second after the new ones are ready.
    """

    def is_there() -> bool | None:
        answer = app.fetch()
        assert answer.status == 200, answer
        return wanted in answer.body or None

    wait_for(is_there, what=f"{wanted!r} on the app's page", timeout=timeout)


def test_config_makes_a_release_and_the_running_app_has_the_variable(app: Repository) -> None:
    before = get_version(app)
    printed = app.user.must("config:set", "POWERED_BY=the e2e suite", "--app", app.app)
    assert re.search(r"^POWERED_BY +the e2e suite$", printed, re.MULTILINE)
    assert get_version(app) == before + 1
    wait_for_page(app, "the e2e suite")


def test_rollback_brings_the_old_config_back(app: Repository) -> None:
    app.user.must("config:set", "POWERED_BY=something new", "--app", app.app)
    wait_for_page(app, "something new")
    before = get_version(app)
    printed = app.user.must("rollback", "v2", "--app", app.app)
    assert f"done, v{before + 1}" in printed
    wait_for_page(app, "Powered by Deis")
    assert "POWERED_BY" not in app.user.must("config:list", "--app", app.app)
    assert "rolled back to v2" in app.user.must("releases:list", "--app", app.app)


def test_scale_runs_as_many_pods_and_ps_shows_them(app: Repository, platform: Platform) -> None:
    app.user.must("scale", "web=3", "--app", app.app)
    version = get_version(app)
    listed = app.user.must("ps:list", "--app", app.app)
    up = re.findall(rf"^{app.app}-web-\S+ up \(v{version}\)$", listed, re.MULTILINE)
    assert len(up) == 3, listed
    pods = platform.kubectl_json("get", "pods", "--namespace", app.app, "--selector", "type=web")
    assert sum(pod["status"]["phase"] == "Running" for pod in pods["items"]) >= 3
    app.user.must("scale", "web=1", "--app", app.app)
    assert len(re.findall(r" up \(v", app.user.must("ps:list", "--app", app.app))) == 1


def test_info_names_the_app_its_owner_and_its_domain(app: Repository) -> None:
    printed = app.user.must("info", "--app", app.app)
    assert f"=== {app.app} Application" in printed
    assert f"owner:    {app.user.name}" in printed
    assert f"id:       {app.app}" in printed
    assert f"=== {app.app} Domains\n{app.app}\n" in printed


def test_logs_show_the_apps_own_lines_and_the_controllers(app: Repository) -> None:
    app.fetch()

    def both() -> str | None:
        printed = app.user.deis("logs", "--lines=500", "--app", app.app).out
        own = re.search(rf"{app.app}\[web\.v\d+\.\w+\]: ", printed)
        return printed if own and "deis[controller]: INFO" in printed else None

    printed = wait_for(both, what="the app's and the controller's lines in deis logs", timeout=30)
    assert f"deis[controller]: INFO {app.user.name} deployed" in printed


def test_run_prints_and_returns_the_exit_code(app: Repository) -> None:
    done = app.user.deis("run", "env", "--app", app.app)
    assert done.code == 0, done.text
    assert "Running 'env'..." in done.out
    assert f"DEIS_APP={app.app}" in done.out
    failed = app.user.deis("run", "--app", app.app, "--", "echo sad && exit 7")
    assert failed.code == 7, failed.text
    assert "sad" in failed.text


def test_run_at_a_terminal_is_a_shell(app: Repository) -> None:
    keys = "echo $DEIS_APP at $(tty); ls app.py\nexit 7\n"
    done = app.user.type(f"deis run --app {app.app} bash", keys=keys)
    assert done.code == 7, done.text
    assert f"{app.app} at /dev/pts/" in done.text
    assert "\napp.py\n" in done.text


def test_restart_replaces_the_pods(app: Repository) -> None:
    before = list_up(app)
    app.user.must("ps:restart", "web", "--app", app.app)
    after = list_up(app)
    assert len(after) == len(before)
    assert not set(before) & set(after)
    assert app.fetch().status == 200


def test_a_domain_is_routed_until_it_is_removed(app: Repository, platform: Platform) -> None:
    name = f"www.{platform.name('shop')}"
    domain = f"{name}.{platform.domain.partition(':')[0]}"
    url = f"{platform.scheme}//{name}.{platform.domain}"
    assert fetch(url).status == 404
    app.user.must("domains:add", domain, "--app", app.app)
    assert domain in app.user.must("domains:list", "--app", app.app)
    wait_for(lambda: fetch(url).status == 200 or None, what=f"{url} routed", timeout=10)
    app.user.must("domains:remove", domain, "--app", app.app)
    wait_for(lambda: fetch(url).status == 404 or None, what=f"{url} no longer routed", timeout=10)


def test_builds_create_runs_a_prebuilt_image(make_app: Callable[..., Repository], prebuilt: str) -> None:
    repository = make_app("image")
    repository.user.must("builds:create", prebuilt, "--app", repository.app)
    assert repository.fetch().status == 200
    assert len(repository.user.must("builds:list", "--app", repository.app).splitlines()) == 2
    assert re.search(r"-cmd-\S+ up \(v2\)", repository.user.must("ps:list", "--app", repository.app))


def test_destroy_leaves_nothing(owner: User, platform: Platform) -> None:
    app = platform.name("gone")
    repository = owner.create(app, example="static")
    repository.must_push(2)
    owner.must("destroy", "--app", app, f"--confirm={app}")
    wait_for(lambda: not platform.exists("namespace", app) or None, what="the namespace to go", timeout=120)
    wait_for(lambda: fetch(platform.url(app)).status == 404 or None, what="the route to go", timeout=10)
    assert app not in owner.must("apps:list").splitlines()

    def repository_gone() -> bool | None:
        found = platform.kubectl(
            "exec", "deployment/deis-builder", "--namespace", "deis", "--", "ls", "/home/git"
        )
        return f"{app}.git" not in found.out.split() or None

    wait_for(repository_gone, what="the repository to go", timeout=60)
    services = platform.kubectl_json("get", "services", "--all-namespaces", "--selector", f"app={app}")
    assert services["items"] == []
