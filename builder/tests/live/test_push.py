"""git against the server: what is accepted, what is refused and with which words."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading

import pytest

from builder.errors import BuildFailed
from builder.refs import parse_object_id
from builder.slugs import bundle_key
from builder.source import PushedTree
from kit.waiting import wait_for


def test_a_push_is_built_with_its_objects_in_quarantine_and_then_accepted(builder, checkout, make_commit):
    seen = []

    def receive(update, operation, environment, output):
        path = builder.repositories.path(operation.app)
        listing = subprocess.run(
            ["git", "ls-tree", "--name-only", update.new], cwd=path, env=environment, capture_output=True
        )
        seen.append((listing.stdout.split(), operation.identity.user, operation.app))
        output.info("Starting build... but first, coffee!")

    builder.receive = receive
    head = make_commit("second")
    result = builder.git("push", "deis", "master", cwd=checkout)
    assert result.returncode == 0, result.stderr
    assert seen == [([b"Procfile", b"file"], "ada", builder.apps["shop"])]
    assert "remote: \x1b[0;32m---> \x1b[0m\x1b[1GStarting build... but first, coffee!" in result.stderr
    assert builder.git("ls-remote", "deis", "refs/heads/master", cwd=checkout).stdout.split()[0] == head


def test_a_refused_push_changes_no_ref_and_tells_why(builder, checkout):
    def receive(update, operation, environment, output):
        raise BuildFailed("Build pod exited with code 1, stopping build.")

    builder.receive = receive
    result = builder.git("push", "deis", "master", cwd=checkout)
    assert result.returncode == 1
    assert "Error running git receive hook [Build pod exited with code 1, stopping build.]" in result.stderr
    assert "! [remote rejected] master -> master (pre-receive hook declined)" in result.stderr
    assert builder.git("ls-remote", "deis", cwd=checkout).stdout == ""
    assert builder.pushed == []


def test_the_same_commit_again_is_up_to_date(builder, checkout):
    builder.git("push", "deis", "master", cwd=checkout)
    again = builder.git("push", "deis", "master", cwd=checkout)
    assert "Everything up-to-date" in again.stderr
    assert len(builder.updates) == 1


def test_several_refs_are_built_one_after_the_other(builder, checkout):
    builder.git("branch", "topic", cwd=checkout)
    assert builder.git("push", "--all", "deis", cwd=checkout).returncode == 0
    assert sorted(update.ref for update in builder.updates) == ["refs/heads/master", "refs/heads/topic"]


def test_branches_of_any_name_and_tags_of_both_kinds_are_built(builder, checkout):
    builder.git("tag", "light", cwd=checkout)
    builder.git("tag", "--annotate", "heavy", "--message", "a tag", cwd=checkout)
    pushed = builder.git("push", "deis", "master:topic/1", "light", "heavy", cwd=checkout)
    assert pushed.returncode == 0, pushed.stderr
    built = {update.ref: update.new for update in builder.updates}
    names = {"refs/heads/topic/1": "master", "refs/tags/light": "master", "refs/tags/heavy": "heavy"}
    assert built == {
        ref: builder.git("rev-parse", name, cwd=checkout).stdout.strip() for ref, name in names.items()
    }
    assert built["refs/tags/heavy"] != built["refs/tags/light"]


@pytest.fixture
def look(builder):
    """Do something with what is pushed: the builder's own view of it."""

    def receive(do):
        builder.receive = lambda update, operation, environment, output: do(
            PushedTree(
                app=operation.app,
                commit=parse_object_id(update.new),
                repository=builder.repositories.path(operation.app),
                environment=environment,
            )
        )

    return receive


@pytest.mark.parametrize(
    ("link", "content"),
    [("deploy/web", b"web: ./linked\n"), ("/etc/passwd", None), ("../../config", None), ("Procfile", None)],
)
def test_a_link_is_followed_within_the_tree_only(builder, checkout, make_commit, look, link, content):
    seen = []
    look(lambda tree: seen.append(tree.read_file("Procfile")))
    (checkout / "deploy").mkdir()
    (checkout / "deploy/web").write_text("web: ./linked\n")
    (checkout / "Procfile").unlink()
    (checkout / "Procfile").symlink_to(link)
    make_commit("a link")
    assert builder.git("push", "deis", "master", cwd=checkout).returncode == 0
    assert seen == [content]


def test_a_deletion_is_refused(builder, checkout, look):
    look(lambda tree: tree.list_root())
    assert builder.git("push", "deis", "master", "master:topic", cwd=checkout).returncode == 0
    refused = builder.git("push", "deis", ":topic", cwd=checkout)
    assert refused.returncode == 1
    reason = "running git archive --format=tar.gz --output=shop.tar.gz 00000000 (exit status 128)"
    assert f"Error running git receive hook [{reason}]" in refused.stderr
    assert "refs/heads/topic" in builder.git("ls-remote", "deis", cwd=checkout).stdout


def test_history_may_be_rewritten(builder, checkout):
    builder.git("push", "deis", "master", cwd=checkout)
    builder.git("commit", "--amend", "--message", "other", cwd=checkout)
    assert builder.git("push", "--force", "deis", "master", cwd=checkout).returncode == 0
    assert len(builder.updates) == 2


@pytest.mark.parametrize("app", ["missing", "sho", "hop", "shop2", "Shop"])
def test_an_app_that_is_not_exactly_among_the_users_own_is_refused(builder, checkout, app):
    for arguments in (["push", builder.url(app), "master"], ["clone", builder.url(app), "copy"]):
        result = builder.git(*arguments, cwd=checkout)
        assert result.returncode == 128
        assert "fatal: Could not read from remote repository." in result.stderr
    assert builder.repositories.list_names() == set()


def test_a_second_push_is_refused_while_the_first_holds_the_lock(builder, checkout, gate):
    started = threading.Event()

    def receive(update, operation, environment, output):
        started.set()
        assert gate.wait(30)

    builder.receive = receive
    first = threading.Thread(target=builder.git, args=("push", "deis", "master"), kwargs={"cwd": checkout})
    first.start()
    assert started.wait(30)
    second = builder.git("push", "deis", "master:other", cwd=checkout)
    assert second.returncode == 128
    assert "fatal: remote error: Another git push is ongoing" in second.stderr
    fetch = builder.git("ls-remote", "deis", cwd=checkout)
    assert "Another git push is ongoing" in fetch.stderr
    gate.set()
    first.join()
    assert builder.git("push", "deis", "master", cwd=checkout).stderr.strip() == "Everything up-to-date"


def test_two_apps_are_pushed_to_at_once(builder, checkout):
    builder.create("blog")
    together = threading.Barrier(2)
    builder.receive = lambda *_: together.wait(30) and None
    results = []
    threads = [
        threading.Thread(
            target=lambda app=app: results.append(
                builder.git("push", builder.url(app), "master", cwd=checkout)
            )
        )
        for app in ("shop", "blog")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.returncode for result in results] == [0, 0]


def test_a_client_that_leaves_does_not_stop_the_build(builder, checkout, gate):
    started = threading.Event()

    def receive(update, operation, environment, output):
        started.set()
        output.info("before")
        assert gate.wait(30)
        for _ in range(2000):
            output.info("x" * 100)

    builder.receive = receive
    client = subprocess.Popen(
        ["git", "push", "deis", "master"],
        cwd=checkout,
        env=builder.git_env(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert started.wait(30)
    os.killpg(client.pid, 9)
    client.wait()
    gate.set()
    assert builder.operations.wait_idle(30)
    assert "Everything up-to-date" in builder.git("push", "deis", "master", cwd=checkout).stderr


def test_a_lock_that_expires_ends_the_push(builder, checkout):
    from builder.errors import Cancelled

    def receive(update, operation, environment, output):
        woken = threading.Event()
        with operation.cancellation.waking(woken.set):
            operation.cancellation.cancel("the push took longer than a repository may be held")
            assert woken.wait(30)
        operation.cancellation.check()
        raise AssertionError(Cancelled)

    builder.receive = receive
    assert builder.git("push", "deis", "master", cwd=checkout).returncode != 0
    builder.receive = lambda *_: None
    assert builder.git("push", "deis", "master", cwd=checkout).returncode == 0


def test_a_lost_repository_comes_back_from_object_storage(builder, checkout, make_commit, store):
    builder.git("push", "deis", "master", cwd=checkout)
    wait_for(lambda: store.exists(bundle_key(builder.apps["shop"])), what="the bundle", timeout=30)
    shutil.rmtree(builder.repositories.path(builder.apps["shop"]))
    copy = builder.directory / "copy"
    assert (
        builder.git("clone", "--quiet", builder.url("shop"), str(copy), cwd=builder.directory).returncode == 0
    )
    assert (copy / "Procfile").read_text() == "web: ./run\n"
    assert "Everything up-to-date" in builder.git("push", "deis", "master", cwd=checkout).stderr
    make_commit("more")
    assert builder.git("push", "deis", "master", cwd=checkout).returncode == 0


def test_a_large_push_and_clone(builder, checkout):
    (checkout / "blob").write_bytes(os.urandom(20 << 20))
    builder.git("add", "blob", cwd=checkout)
    builder.git("commit", "--quiet", "--message", "large", cwd=checkout)
    assert builder.git("push", "deis", "master", cwd=checkout).returncode == 0
    copy = builder.directory / "copy"
    assert (
        builder.git("clone", "--quiet", builder.url("shop"), str(copy), cwd=builder.directory).returncode == 0
    )
    assert (copy / "blob").read_bytes() == (checkout / "blob").read_bytes()
