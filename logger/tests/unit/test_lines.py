import pytest

from logger.errors import InvalidMessage
from logger.lines import Line, Source, parse_record

TIME = "2016-10-18T20:29:38.123456+00:00"
LABELS = {"app": "foo", "heritage": "deis", "type": "web", "version": "v2"}


def make_record(
    log: str, *, container: str = "foo-web", pod: str = "foo-web-845861952-nzf60", **more: object
) -> dict[str, object]:
    kubernetes = {"container_name": container, "pod_name": pod, "labels": LABELS}
    return {"log": log, "time": TIME, "kubernetes": kubernetes, **more}


@pytest.mark.parametrize(
    ("pod", "tag"),
    [
        ("foo-web-845861952-nzf60", "web.v2.nzf60"),
        ("foo-web-845861952", "web.v2"),
        ("my-foo-run-abcde", "web.v2.abcde"),
        ("foo-run-abcde", "web.v2"),
    ],
)
def test_an_apps_line_names_type_version_and_pod(pod: str, tag: str) -> None:
    line = parse_record(make_record("test message\n", pod=pod))
    assert line == Line("foo", f"2016-10-18T20:29:38+00:00 foo[{tag}]: test message", process="web")


def test_the_controllers_line_belongs_to_the_app_in_its_brackets() -> None:
    record = make_record("INFO [foo]: admin deployed 2fd9226", container="deis-controller")
    assert parse_record(record) == Line(
        "foo", "2016-10-18T20:29:38+00:00 deis[controller]: INFO admin deployed 2fd9226"
    )


def test_the_controllers_other_messages_belong_to_no_app() -> None:
    assert parse_record(make_record("GET /v2/apps 200", container="deis-controller")) is None


def test_an_app_whose_container_only_looks_like_the_controller_is_an_app() -> None:
    line = parse_record(make_record("hello", container="deis-controller-fan-web"))
    assert line
    assert line.app == "foo"


def test_a_record_without_labels_or_time_is_dropped() -> None:
    assert parse_record({"log": "x", "time": TIME, "kubernetes": {"labels": {}}}) is None
    assert parse_record(make_record("x") | {"time": "yesterday"}) is None


@pytest.mark.parametrize("labels", ["app=foo", ["app"], 7])
def test_labels_that_are_no_mapping_are_refused_like_any_invalid_message(labels: object) -> None:
    with pytest.raises(InvalidMessage, match="labels"):
        parse_record({"log": "x", "time": TIME, "kubernetes": {"labels": labels}})
    with pytest.raises(InvalidMessage, match="kubernetes"):
        parse_record({"log": "x", "time": TIME, "kubernetes": labels})


def test_labels_are_text_whatever_was_sent() -> None:
    line = parse_record({"log": "x", "time": TIME, "kubernetes": {"labels": {"app": ["foo"], "type": 7}}})
    assert line == Line("['foo']", "2016-10-18T20:29:38+00:00 ['foo'][7.]: x", process="7")


def test_the_time_has_an_offset_and_no_fraction() -> None:
    line = parse_record(make_record("x") | {"time": "2016-10-18T20:29:38.9Z"})
    assert line
    assert line.text.startswith("2016-10-18T20:29:38+00:00 ")


def test_the_source_is_kept() -> None:
    line = parse_record(make_record("x", source={"file": "node/7", "offset": 12, "length": 2}))
    assert line
    assert line.source == Source("node/7", 12)
