from __future__ import annotations

from datetime import datetime, timezone

import pytest

from deis.timestamps import parse_timestamp, render_date, render_expiry

NOW = datetime(2016, 6, 9, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2014-11-10T00:00:00Z", "10 Nov 2014 (expired)"),
        ("2016-08-01T00:00:00UTC", "1 Aug 2016 (in 2 months)"),
        ("2016-06-11T00:00:00", "11 Jun 2016 (in 2 days)"),
        ("2016-06-10T00:00:00.123+02:00", "10 Jun 2016 (in 1 day)"),
        ("2018-01-01T00:00:00Z", "1 Jan 2018 (in 2 years)"),
        ("2016-06-09T23:00:00Z", "9 Jun 2016 (in)"),
        ("soon", "unknown"),
        (None, "unknown"),
    ],
)
def test_expiry(text: str | None, shown: str) -> None:
    assert render_expiry(parse_timestamp(text), now=NOW) == shown


def test_dates_have_no_leading_zero() -> None:
    assert render_date(NOW) == "9 Jun 2016"
