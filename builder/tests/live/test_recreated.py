"""An app that is destroyed and created again under the same name has nothing of the earlier one."""

from __future__ import annotations

import shutil
import threading

import pytest

from builder.apps import App
from builder.leftovers import Leftovers
from builder.slugs import SlugKeys, bundle_key
from kit.waiting import wait_for


@pytest.fixture
def make_leftovers(builder, store):
    """What removes leftovers, asking the given function whether there is an app."""
    return lambda has_app: Leftovers(
        repositories=builder.repositories, store=store, locks=builder.locks, has_app=has_app
    )


def push(builder, checkout, app: App, store) -> str:
    result = builder.git("push", "deis", "master", cwd=checkout)
    assert result.returncode == 0, result.stderr
    wait_for(lambda: store.exists(bundle_key(app)), what="the bundle", timeout=30)
    return str(builder.git("rev-parse", "HEAD", cwd=checkout).stdout).strip()


def list_refs(builder, checkout) -> list[str]:
    return str(builder.git("ls-remote", "deis", cwd=checkout).stdout).split()


def test_a_push_to_an_app_created_again_meets_an_empty_repository(builder, checkout, other_checkout, store):
    push(builder, checkout, builder.apps["shop"], store)
    again = builder.create("shop")
    assert list_refs(builder, other_checkout) == []
    head = push(builder, other_checkout, again, store)
    assert list_refs(builder, other_checkout) == [head, "HEAD", head, "refs/heads/master"]


def test_nor_does_a_new_builder_bring_the_earlier_history_back(builder, checkout, other_checkout, store):
    push(builder, checkout, builder.apps["shop"], store)
    shutil.rmtree(builder.repositories.path(builder.apps["shop"]).parent)
    again = builder.create("shop")
    assert list_refs(builder, other_checkout) == []
    push(builder, other_checkout, again, store)


def test_the_same_commit_is_built_for_the_new_app_too(builder, checkout, store):
    push(builder, checkout, builder.apps["shop"], store)
    push(builder, checkout, builder.create("shop"), store)
    assert len(builder.updates) == 2


def test_a_push_removes_what_an_earlier_app_of_the_name_left(
    builder, checkout, other_checkout, store, make_leftovers
):
    earlier, neighbour = builder.apps["shop"], builder.create("shop-2")
    push(builder, checkout, earlier, store)
    store.put(SlugKeys(earlier, "12345678").cache_archive, b"cache")
    store.put(bundle_key(neighbour), b"bundle")
    again = builder.create("shop")
    builder.receive = lambda update, operation, *_: make_leftovers(None).remove_earlier(operation.app)
    push(builder, other_checkout, again, store)
    assert {item.key for item in store.list("home/")} == {bundle_key(again), bundle_key(neighbour)}
    assert not builder.repositories.path(earlier).exists()
    assert builder.repositories.path(again).exists()


def test_all_of_a_gone_app_is_removed_and_nothing_of_others(builder, checkout, store, make_leftovers):
    gone, other = builder.apps["shop"], builder.create("shop-2")
    push(builder, checkout, gone, store)
    for app in (gone, other):
        keys = SlugKeys(app, "12345678")
        for key in (keys.tar, keys.slug, keys.cache_archive):
            store.put(key, b"content")
    assert make_leftovers(lambda name: False).list_names() == {"shop", "shop-2"}
    assert make_leftovers(lambda name: False).remove("shop")
    keys = SlugKeys(other, "12345678")
    assert {item.key for item in store.list("home/")} == {keys.tar, keys.slug, keys.cache_archive}
    assert builder.repositories.list_names() == set()


def test_an_app_that_there_is_again_keeps_its_own(builder, checkout, store, make_leftovers):
    app = builder.apps["shop"]
    push(builder, checkout, app, store)
    assert not make_leftovers(lambda name: name in builder.apps).remove("shop")
    assert store.exists(bundle_key(app))
    assert builder.repositories.path(app).exists()


def test_a_push_waits_for_the_removal_and_loses_nothing(
    builder, checkout, other_checkout, store, make_leftovers, gate
):
    """The name is given again after the cleaner was told that it is free, before it has removed anything."""
    push(builder, checkout, builder.apps["shop"], store)
    asked, removed, pushed = threading.Event(), [], []

    def has_app(name: str) -> bool:
        asked.set()
        assert gate.wait(30)
        return False

    cleaner = threading.Thread(target=lambda: removed.append(make_leftovers(has_app).remove("shop")))
    cleaner.start()
    assert asked.wait(30)
    again = builder.create("shop")
    client = threading.Thread(target=lambda: pushed.append(push(builder, other_checkout, again, store)))
    client.start()
    gate.set()
    cleaner.join()
    client.join()
    assert (removed, len(pushed)) == ([True], 1)
    assert [item.key for item in store.list("home/")] == [bundle_key(again)]
    assert list_refs(builder, other_checkout) == [*pushed, "HEAD", *pushed, "refs/heads/master"]


def test_a_removal_waits_for_a_push(builder, checkout, store, make_leftovers, gate):
    started = threading.Event()

    def receive(*_) -> None:
        started.set()
        assert gate.wait(30)

    builder.receive = receive
    client = threading.Thread(target=push, args=(builder, checkout, builder.apps["shop"], store))
    client.start()
    assert started.wait(30)
    assert not make_leftovers(lambda name: False).remove("shop")
    gate.set()
    client.join()
    assert make_leftovers(lambda name: False).remove("shop")
