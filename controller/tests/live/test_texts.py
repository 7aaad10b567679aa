"""Text that can't be stored is refused with a sentence, wherever it is. Source: API specification, section 1.2."""

import pytest

NUL = "Null characters are not allowed."
FINITE = "Numbers must be finite."
DEEP = "Nested more than 64 levels deep."
HALF = "Surrogate characters are not allowed: U+D800."


@pytest.mark.parametrize(
    ("below", "body", "expected"),
    [
        ("config", '{"values":{"A":"\\u0000"}}', {"values": [NUL]}),
        ("config", '{"values":"{\\"A\\":\\"\\\\u0000\\"}"}', {"values": [NUL]}),
        ("config", '{"values":{"A":"\\ud800"}}', {"values": [HALF]}),
        (
            "config",
            '{"healthcheck":{"web":{"livenessProbe":{"exec":{"command":["\\u0000"]}}}}}',
            {"healthcheck": [NUL]},
        ),
        ("settings", '{"label":{"a\\u0000":"x"}}', {"label": [NUL]}),
        ("settings", '{"label":{"a":["\\ud800"]}}', {"label": [HALF]}),
        ("settings", '{"maintenance":"\\ud800"}', {"maintenance": [HALF]}),
        ("tls", '{"https_enforced":"\\u0000"}', {"https_enforced": [NUL]}),
        ("builds", '{"image":"x","procfile":{"web":"\\u0000"}}', {"procfile": [NUL]}),
        ("settings", '{"label":{"a":1e400}}', {"label": [FINITE]}),
        ("settings", '{"label":"{\\"a\\":NaN}"}', {"label": [FINITE]}),
        ("settings", f'{{"label":{{"a":{"[" * 70}{"]" * 70}}}}}', {"label": [DEEP]}),
        ("settings", "[" * 100_000, {"detail": f"JSON parse error - {DEEP}"}),
        ("config", '{"values":{"A":1e400}}', {"values": [FINITE]}),
        ("perms", '{"username":"\\u0000"}', {"detail": NUL}),
        ("run", '{"command":"\\u0000"}', {"detail": NUL}),
        ("whitelist", '{"addresses":["\\u0000"]}', {"detail": NUL}),
    ],
)
def test_what_no_database_holds(app, alice, below, body, expected):
    answer = alice.call("POST", f"/v2/apps/{app}/{below}", raw=body.encode())
    assert (answer.status, answer.json) == (400, expected)


def test_it_is_no_part_of_an_address_either(alice, builder):
    for client, path in ((alice, "/v2/keys/%00"), (alice, "/v2/keys/a%00b"), (builder, "/v2/hooks/key/%00")):
        assert client.get(path).status == 404


@pytest.mark.parametrize(
    "query", ["limit=99999999999999999999", "offset=99999999999999999999", "limit=9&offset=9e9"]
)
def test_pages_beyond_what_a_database_counts(alice, app, query):
    assert alice.get(f"/v2/apps?{query}").status == 200
