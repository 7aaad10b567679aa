from datetime import UTC, datetime
from typing import Any

from controller.cluster.environment import ReleaseFacts, StorageFacts, build_environment

CREATED = datetime(2017, 8, 1, 12, tzinfo=UTC)


def build(storage=StorageFacts(), **changes):  # noqa: B008 -- a value
    facts: dict[str, Any] = {
        "app": "shop",
        "version": 2,
        "summary": "bob deployed img",
        "created": CREATED,
        "kind": "image",
        "image": "img",
    }
    return build_environment(ReleaseFacts(**(facts | changes)), storage=storage)


def test_an_image_gets_exactly_the_base_variables():
    assert build(port=5000) == {
        "DEIS_APP": "shop",
        "PORT": "5000",
        "WORKFLOW_RELEASE": "v2",
        "WORKFLOW_RELEASE_CREATED_AT": "2017-08-01T12:00:00Z",
        "WORKFLOW_RELEASE_SUMMARY": "bob deployed img",
    }


def test_a_slug_also_knows_where_it_came_from():
    env = build(
        kind="buildpack",
        image="home/slug.tgz",
        sha="abc1234",
        port=5000,
        storage=StorageFacts(storage="in-cluster", host="store", port="9000"),
    )
    assert env["SLUG_URL"] == "home/slug.tgz"
    assert env["BUILDER_STORAGE"] == "in-cluster"
    assert env["DEIS_MINIO_SERVICE_HOST"] == "store"
    assert env["SOURCE_VERSION"] == "abc1234"


def test_what_is_not_set_is_left_out_and_config_wins():
    env = build(kind="buildpack", values={"PORT": 8080, "EMPTY": None, "DEIS_APP": "mine"}, port=5000)
    assert "BUILDER_STORAGE" not in env
    assert (env["PORT"], env["EMPTY"], env["DEIS_APP"]) == ("8080", "", "mine")
    assert list(env) == sorted(env)
