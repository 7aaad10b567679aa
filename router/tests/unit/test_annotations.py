from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from router import constraints as c
from router.annotations import boolean, decode_annotations, elements, integer, pairs, text


@dataclass(frozen=True)
class Thing:
    name: str = "foo"
    number: int = 3
    on: bool = False
    list: tuple[str, ...] = ()
    closed: tuple[str, ...] | None = None
    map: tuple[tuple[str, str], ...] = ()


FIELDS = (
    text("name", "name", c.ON_OFF),
    integer("deep.number", "number", c.POSITIVE),
    boolean("deep.on", "on", c.BOOLEAN),
    elements("list", "list", c.HOST_NAME),
    elements("closed", "closed", c.ADDRESS, closed=True),
    pairs("map", "map", c.CERTIFICATE_OF_DOMAIN),
)


def decode(**annotations: str) -> tuple[Thing, list[str]]:
    keys = {f"router.deis.io/{key.replace('_', '.')}": value for key, value in annotations.items()}
    return decode_annotations(keys, FIELDS, Thing())


def test_every_kind():
    thing, warnings = decode(
        name="on",
        deep_number="12",
        deep_on="TRUE",
        list="foo,bar , baz",
        closed="1.2.3.4",
        map="foo:bar,bat:baz",
    )
    assert thing == Thing(
        "on", 12, True, ("foo", "bar", "baz"), ("1.2.3.4",), (("foo", "bar"), ("bat", "baz"))
    )
    assert warnings == []


def test_what_is_not_annotated_stays_and_unknown_keys_are_nothing():
    assert decode(other="x", Name="on") == (Thing(), [])


def test_a_bad_value_is_the_specified_warning_and_the_default():
    thing, warnings = decode(name="maybe", deep_on="1")
    assert thing == Thing()
    assert warnings[0] == (
        'Field "router.deis.io/name" value "maybe" does not satisfy constraint /^(on|off)$/ '
        '-- skipping this field and using default value "foo".'
    )
    assert warnings[1].endswith('using default value "false".')


def test_a_number_that_is_too_large_is_a_warning():
    thing, warnings = decode(deep_number=str(2**63))
    assert thing.number == 3
    assert "is too large" in warnings[0]


def test_trailing_commas_are_nothing():
    thing, warnings = decode(list="foo,", closed="1.2.3.4,", map="foo:bar,")
    assert (thing.list, thing.closed, thing.map) == (("foo",), ("1.2.3.4",), (("foo", "bar"),))
    assert warnings == []


def test_only_the_bad_elements_of_a_list_are_dropped():
    thing, warnings = decode(list="foo,*.com,bar_baz,a.b.com", map="foo.com:x,:y")
    assert (thing.list, thing.map) == (("foo", "a.b.com"), (("foo.com", "x"),))
    assert len(warnings) == 3
    assert "-- skipping this element." in warnings[0]


def test_a_whitelist_of_bad_elements_stays_closed():
    assert decode(closed="nonsense")[0].closed == ()
    assert decode(closed="")[0].closed is None
    assert decode(list="not_a_name")[0].list == ()


def test_the_last_duplicate_of_a_map_wins():
    assert decode(map="a.com:x,a.com:y")[0].map == (("a.com", "y"),)


@given(
    st.dictionaries(st.sampled_from(["name", "deep_number", "deep_on", "list", "closed", "map"]), st.text())
)
def test_no_text_is_an_error(annotations: dict[str, str]):
    thing, warnings = decode(**annotations)
    assert all(isinstance(warning, str) for warning in warnings)
    assert isinstance(thing.number, int)
