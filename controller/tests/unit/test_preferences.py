import pytest

from controller.api.preferences import parse_preferences


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", {}),
        ("respond-async", {"respond-async": ""}),
        ("Respond-Async, wait=10", {"respond-async": "", "wait": "10"}),
        ('respond-async; x=1 , wait="5"', {"respond-async": "", "wait": "5"}),
        ("wait=1, wait=2,,", {"wait": "1"}),
        ("not-respond-async", {"not-respond-async": ""}),
    ],
)
def test_preferences_are_read_as_the_rfc_says(header, found):
    assert parse_preferences(header) == found
