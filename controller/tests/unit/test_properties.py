"""Whatever JSON a client sends: one of our errors, or values that can be stored and come out as they went in.

Source: API specification, sections 1.2, 7.2 to 7.6, 8.2, 8.3, 9.1 and 9.4.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.cluster.limits import build_resources
from controller.services.appsettings import check_autoscale, merge_rules
from controller.services.configmaps import MAPS, check_maps, merge_maps
from controller.services.hostnames import convert_hostname, parse_hostname
from controller.services.structures import check_procfile, parse_counts
from kit.errors import PlatformError

fuzz = settings(max_examples=80, deadline=None, derandomize=True)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=8)
PROBE_KEYS = st.sampled_from(
    ["livenessProbe", "readinessProbe", "exec", "httpGet", "tcpSocket", "port", "command"]
)
KEY = st.sampled_from(["web", "web/cmd", "PORT", "HEALTHCHECK_URL", "HEALTHCHECK_TIMEOUT", "a.b/c"]) | TEXT
VALUE = (
    SCALAR | st.sampled_from(["1G", "0/1G", "500m", "/x", "5000", "1"]) | st.dictionaries(PROBE_KEYS, JSON)
)
GIVEN = st.dictionaries(st.sampled_from(MAPS), st.dictionaries(KEY, VALUE, max_size=4))
EMPTY: dict[str, dict[str, Any]] = {name: {} for name in MAPS}


@fuzz
@given(GIVEN, GIVEN)
def test_config(first, second):
    current = EMPTY
    for given_ in (first, second):
        with suppress(PlatformError):
            check_maps(given_)
            current = merge_maps(current, given_)
    assert json.loads(json.dumps(current)) == current
    assert all(
        isinstance(text, str) for name in MAPS if name != "healthcheck" for text in current[name].values()
    )
    for name, limit in current["memory"].items():
        assert build_resources(memory=limit, cpu=current["cpu"].get(name, ""))["resources"]["limits"][
            "memory"
        ]


@fuzz
@given(st.dictionaries(TEXT, JSON, max_size=3), st.dictionaries(TEXT, JSON, max_size=3))
def test_autoscale_and_labels(current, changes):
    with suppress(PlatformError):
        check_autoscale(changes)
    kept = dict(current)
    with suppress(PlatformError):
        merged = merge_rules(current, changes, name="label")
        assert all(merged[key] == value for key, value in changes.items() if value is not None)
    assert current == kept


@fuzz
@given(st.dictionaries(TEXT, JSON, max_size=3))
def test_procfile_and_counts(data):
    with suppress(PlatformError):
        check_procfile(data)
        assert all(isinstance(command, str) and command for command in data.values())
    with suppress(PlatformError):
        counts = parse_counts(data)
        assert all(0 <= count < 2**31 for count in counts.values())


@fuzz
@given(st.text() | st.from_regex(r"(\*\.)?[a-zA-Z0-9.üÜß☃_-]{1,60}\.?", fullmatch=True))
def test_host_names(text):
    try:
        name = parse_hostname(text)
    except PlatformError:
        assert convert_hostname(text) == text
        return
    assert name.isascii()
    assert name == name.lower()
    assert len(name) <= 253
    assert parse_hostname(name) == name


@pytest.mark.parametrize("text", ["xn--a", "xn--", "xn--\u00fc", "a..b", ".", "", "*.", "*.*.a", "xn--0.com"])
def test_host_names_that_are_malformed(text):
    with pytest.raises(PlatformError):
        parse_hostname(text)
