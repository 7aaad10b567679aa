"""Kills: nothing accepted is lost, every end is wholly old or wholly new, the platform is whole again by itself."""

from __future__ import annotations

import random
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from drive import Platform, Repository, fetch, run
from waiting import wait_for

CHART = Path(__file__).parent.parent / "charts/workflow"
KILLS = 20
SEED = 20261125
HIT_SHARE = 0.8
WAIT_THEN_KILL = (
    "import os, signal, sys\n"
    "sys.stdin.readline()\n"
    "for pid in filter(str.isdecimal, os.listdir('/proc')):\n"
    "    try: command = open(f'/proc/{pid}/cmdline', 'rb').read()\n"
    "    except OSError: continue\n"
    "    if int(pid) != os.getpid() and b'controller' in command: os.kill(int(pid), signal.SIGKILL)\n"
)
LAUNCHING = "Launching App..."
PLATFORM = (
    "deis-workflow-manager", "deis-log-shipper", "deis-logger", "deis-registry-proxy", "deis-registry",
    "deis-objectstorage", "deis-builder", "deis-controller", "deis-database", "deis-router",
)  # fmt: skip


@dataclass
class Push:
    """A push that runs, read line by line so that a test can act in the middle of it."""

    process: subprocess.Popen[str]
    seen: list[str] = field(default_factory=list)

    def read_until(self, text: str) -> None:
        """Read on until a line has the text; fails if the push ends before."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.seen.append(line)
            if text in line:
                return
        pytest.fail(f"the push ended before it said {text!r}:\n{''.join(self.seen)}")

    def finish(self) -> tuple[int, str]:
        assert self.process.stderr
        with self.process:
            self.seen.extend(self.process.stderr)
        return self.process.returncode, "".join(self.seen)


def start_push(repository: Repository) -> Push:
    return Push(
        subprocess.Popen(
            ("git", "push", "deis", "HEAD:refs/heads/master"),
            cwd=repository.path,
            env=repository.user.env,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    )


class Killer:
    """A process that waits inside the controller's pod, to kill it without the delay of starting one."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.process = subprocess.Popen(
            (
                "kubectl", "exec", "--stdin", "--namespace", "deis", "deployment/deis-controller", "--",
                "python", "-c", WAIT_THEN_KILL,
            ),
            env=platform.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip

    def kill(self) -> None:
        """SIGKILL to every process of the controller.

        The dead pod is then deleted, for another to take its place: a container that is killed twenty times
        in a row is started again by the kubelet only after minutes of back-off, which is not what this tests.
        """
        self.process.communicate("now\n", timeout=30)
        self.platform.kubectl(
            "delete", "pod", "--namespace", "deis", "--selector", "app=deis-controller", "--wait=false"
        )


def wait_until_back(repository: Repository) -> None:
    """Until the API answers, and the builder, which is unready without it, takes connections again."""
    user = repository.user
    api, remote = f"{user.platform.controller}/v2/", user.platform.remote(repository.app)
    wait_for(lambda: fetch(api).status == 401 or None, what="the controller to be back", timeout=120)
    wait_for(
        lambda: user.git("ls-remote", remote).code == 0 or None, what="the builder to be back", timeout=120
    )


def edit(repository: Repository, edition: str) -> None:
    (page,) = repository.path.rglob("index.html")
    repository.write({str(page.relative_to(repository.path)): f"<p>edition {edition}</p>\n"})


def measure_deploy(repository: Repository) -> float:
    """Seconds from the launch to the end of an undisturbed push."""
    edit(repository, "undisturbed")
    push = start_push(repository)
    push.read_until(LAUNCHING)
    began = time.monotonic()
    code, seen = push.finish()
    assert code == 0, seen
    return time.monotonic() - began


def push_and_kill(repository: Repository, *, edition: str, after: float) -> bool:
    """One push whose deploy loses every controller process; whether it was still pending then.

    The end must be the one that the pusher was told, wholly old or wholly new.
    """
    platform = repository.user.platform
    served = repository.fetch().body
    edit(repository, edition)
    killer = Killer(platform)
    push = start_push(repository)
    push.read_until(LAUNCHING)
    time.sleep(after)
    pending = push.process.poll() is None
    killer.kill()
    code, seen = push.finish()
    wait_until_back(repository)
    assert ("Done, " in seen) == (code == 0), seen
    wait_until_served(repository, f"edition {edition}" if code == 0 else served, what=f"told {code}, {seen}")
    return pending


def wait_until_served(repository: Repository, told: str, *, what: str) -> None:
    """Kube-proxy follows the end of a rollout within a second or two; until then an old pod may answer."""
    wait_for(lambda: told in repository.fetch().body or None, what=f"{told!r}: {what}", timeout=5)


def test_killed_controllers_lose_no_deploy(make_app: Callable[..., Repository], platform: Platform) -> None:
    repository = make_app("killed", example="static")
    repository.must_push(2)
    length = min(measure_deploy(repository) for _ in range(2))  # what else runs may only lengthen it
    chance = random.Random(SEED)
    instants = [chance.uniform(0, length) for _ in range(KILLS)]
    print(f"seed {SEED}, an undisturbed deploy takes {length:.2f} s, {KILLS} kills")
    hits = [push_and_kill(repository, edition=str(number), after=at) for number, at in enumerate(instants)]
    print(f"{sum(hits)} of {KILLS} kills hit a pending deploy")
    assert sum(hits) >= HIT_SHARE * KILLS
    pods = platform.kubectl_json("get", "pods", "--namespace", repository.app, "--selector", "type=web")[
        "items"
    ]
    releases = {
        pod["metadata"]["labels"]["version"] for pod in pods if not pod["metadata"].get("deletionTimestamp")
    }
    assert len(releases) == 1, releases


class Trickle(threading.Thread):
    """A request to one app every tenth of a second; keeps each answer that was not 200."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.failed, self.sent = url, [], 0
        self.ended = threading.Event()

    failed: list[str]

    def run(self) -> None:
        while not self.ended.wait(0.1):
            answer = fetch(self.url, timeout=10)
            self.sent += 1
            if answer.status != 200:
                self.failed.append(f"{answer.status} {answer.body[:120]}")


@contextmanager
def trickle(url: str) -> Iterator[Trickle]:
    thread = Trickle(url)
    thread.start()
    try:
        yield thread
    finally:
        thread.ended.set()
        thread.join()


def wait_until_whole(platform: Platform, component: str, *, without: set[str]) -> None:
    """Until the component's pods are others than before, and all pods of the platform are ready."""

    def whole() -> bool | None:
        pods = platform.kubectl_json("get", "pods", "--namespace", "deis")["items"]
        named = {pod["metadata"]["name"] + pod["metadata"]["uid"] for pod in pods}
        ready = all(
            any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
            for pod in pods
        )
        has_one = any(pod["metadata"]["labels"].get("app") == component for pod in pods)
        return (ready and has_one and not named & without) or None

    wait_for(whole, what=f"the platform to be whole after {component} was deleted", timeout=180, interval=0.5)


@pytest.mark.parametrize("component", PLATFORM)
def test_the_app_answers_while_a_platform_pod_is_replaced(
    component: str, platform: Platform, steady_app: Repository
) -> None:
    pods = platform.kubectl_json("get", "pods", "--namespace", "deis", "--selector", f"app={component}")[
        "items"
    ]
    assert pods, f"{component} has no pod"
    before = {pod["metadata"]["name"] + pod["metadata"]["uid"] for pod in pods}
    with trickle(platform.url(steady_app.app)) as requests:
        deleted = platform.kubectl(
            "delete", "pod", "--namespace", "deis", "--selector", f"app={component}", "--wait=false"
        )
        assert deleted.code == 0, deleted.err
        wait_until_whole(platform, component, without=before)
    assert requests.sent > 0
    if component != "deis-router":
        assert requests.failed == []
    wait_for(lambda: steady_app.fetch().status == 200 or None, what="the app to answer", timeout=30)


@pytest.fixture(scope="module")
def steady_app(make_module_app: Callable[..., Repository]) -> Repository:
    """One app that is asked all the time."""
    repository = make_module_app("steady", example="static")
    repository.must_push(2)
    return repository


def list_app_pods(app: Repository) -> dict[str, int]:
    """How often each pod of the app was started again, by its uid."""
    pods = app.user.platform.kubectl_json("get", "pods", "--namespace", app.app)["items"]
    return {
        pod["metadata"]["uid"]: sum(
            container["restartCount"] for container in pod["status"]["containerStatuses"]
        )
        for pod in pods
    }


def upgrade(platform: Platform, **values: bool) -> None:
    """With the chart of the checkout and the values of before, but for these of the controller's."""
    settings = [f"--set=controller.{name}={str(value).lower()}" for name, value in values.items()]
    done = run(
        "helm", "upgrade", "workflow", str(CHART), "--namespace", "deis", "--reuse-values", "--wait", *settings,
        env=platform.env,
    )  # fmt: skip
    assert done.code == 0, done.text


def restart_controller(platform: Platform) -> None:
    for argv in (("restart",), ("status", "--timeout=120s")):
        done = platform.kubectl(
            "rollout", argv[0], "deployment/deis-controller", "--namespace", "deis", *argv[1:]
        )
        assert done.code == 0, done.err


def wait_until_published(app: Repository) -> None:
    """Until the newest controller has looked at every app, and has nothing more to do for this one."""
    platform = app.user.platform

    def published() -> bool | None:
        pods = platform.kubectl_json(
            "get", "pods", "--namespace", "deis", "--selector", "app=deis-controller"
        )
        newest = max(pods["items"], key=lambda pod: pod["metadata"]["creationTimestamp"])
        log = platform.kubectl("logs", "--namespace", "deis", newest["metadata"]["name"]).out
        return "Done Publishing DB state to kubernetes." in log or None

    wait_for(published, what="the apps to be published again", timeout=120)
    app.user.must("operations:wait", "--app", app.app)


def test_an_upgrade_and_a_restart_of_the_platform_restart_no_app(
    platform: Platform, steady_app: Repository
) -> None:
    before = list_app_pods(steady_app)
    assert before
    with trickle(platform.url(steady_app.app)) as requests:
        changes: tuple[Callable[[], None], ...] = (
            partial(upgrade, platform, expose_pod_ip=True),
            partial(restart_controller, platform),
            partial(upgrade, platform, expose_pod_ip=False),
        )
        for change in changes:
            change()
            wait_until_published(steady_app)
            assert list_app_pods(steady_app) == before
    assert requests.sent > 0
    assert requests.failed == []


@contextmanager
def without_object_store(platform: Platform) -> Iterator[None]:
    scale = ("scale", "statefulset/deis-objectstorage", "--namespace", "deis")
    assert platform.kubectl(*scale, "--replicas=0").code == 0
    gone = platform.kubectl(
        "wait", "--for=delete", "pod/deis-objectstorage-0", "--namespace", "deis", "--timeout=90s"
    )
    try:
        assert gone.code == 0, gone.err
        yield
    finally:
        assert platform.kubectl(*scale, "--replicas=1").code == 0
        wait_until_whole(platform, "deis-objectstorage", without=set())


def test_the_object_store_is_away(platform: Platform, steady_app: Repository) -> None:
    """What runs runs on; a push says what is missing and changes nothing; what waits for a slug goes on afterwards."""
    app, user = steady_app, steady_app.user
    served = app.fetch().body
    with without_object_store(platform):
        edit(app, "unstored")
        done = app.push()
        assert done.code != 0
        assert re.search(r"the object storage does not answer for \S+: [\w ]+: \[Errno \d+\]", done.text), (
            done.text
        )
        assert app.fetch().body == served
        user.must("config:set", "SEEN=1", "--app", app.app, "--no-wait")
        assert app.fetch().body == served
    user.must("operations:wait", "--app", app.app)
    assert "SEEN" in user.must("config", "--app", app.app)
    done = app.push()
    assert done.code == 0, done.text
    wait_for(lambda: "unstored" in app.fetch().body or None, what="the pushed page", timeout=30)
