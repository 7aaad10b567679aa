import pytest

from controller.cluster.limits import build_resources, convert_memory


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("1024m", "1024Mi"),
        ("500MB", "500Mi"),
        ("20gb", "20Gi"),
        ("3G", "3Gi"),
        ("0", "0"),
        ("512B", "512"),
        ("100K", "100Ki"),
        ("lots!", "lots!"),
    ],
)
def test_memory_units(given, expected):
    assert convert_memory(given) == expected


def test_nothing_set_gives_no_resources_at_all():
    assert build_resources(memory="", cpu="") == {}


def test_one_value_is_the_limit_and_two_are_request_and_limit():
    assert build_resources(memory="128M", cpu="") == {"resources": {"limits": {"memory": "128Mi"}}}
    assert build_resources(memory="0/3G", cpu="250M/500M") == {
        "resources": {
            "requests": {"memory": "0", "cpu": "250m"},
            "limits": {"memory": "3Gi", "cpu": "500m"},
        }
    }
