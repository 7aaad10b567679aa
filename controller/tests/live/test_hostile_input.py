"""Whatever a client sends: taken literally or refused with a sentence, and then nothing has changed.

Over HTTP, with names and values full of what shells, YAML and nginx take for their own, and bodies that are none.
The same examples in every run; ``SOAK_EXAMPLES`` asks for more of them, as ``make soak`` does.

Source: issue of the controller, "Faults, nothing lost"; API specification, sections 1.2, 7.2 to 7.6, 8.2, 8.3, 9.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kit.kube import SECRETS, SERVICES, Kube
from kit.waiting import wait_for

from ..pairs import Pair, make_pair  # noqa: TID252 - both tiers use it, and tests are no package
from .conftest import Answer, Client, Controller, Postgres
from .rows import count_rows, read_rows
from .test_slice import IDLE, IMAGE

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "0"))


def fuzz(few: int) -> settings:
    """So many examples, or as many as asked for."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(
        max_examples=max(few, EXAMPLES),
        deadline=None,
        derandomize=not EXAMPLES,
        database=None,
        print_blob=True,
        suppress_health_check=checks,
    )


HOSTILE = (
    "", " ", "\n", "a\nb", "\r\nX-Evil: 1", "\x00", "a\x00b", "\ud800", "\udfff x", "\u2028", "\x85", "\x1b[2J", "\ufeff",
    "'; rm -rf /; '", '"; exit 1; "', "$(id)", "`id`", "${HOME}", "$(HOME)", "$$(HOME)", "%(HOME)s", "$HOME", "!!",
    "a b\tc", "\\", "\\n", "*", "?", "~", "a=b", "-n", "--", "#c", "; }", "} server { listen 1; }", "return 200 x;",
    "{{ .Values.x }}", "!!python/object:os.system", "&a [*a]", "- x: {", "yes", "null", "0x1F", "1e999", "NaN", "|\n  x",
    "☃", "ü" * 40, "😀", "../../etc/passwd", "<script>", "' OR 1=1 --", "a" * 5000, "::1%,0.0.0.0/0", "fe80::1%;}",
)  # fmt: skip
LITERAL = tuple(
    text for text in HOSTILE if "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
)
TEXT = st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=60)
NUMBER = st.integers() | st.sampled_from([0, -1, 2**31, 2**63, 10**400]) | st.floats()
SCALAR = st.none() | st.booleans() | NUMBER | TEXT
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=6
)
MEDIA = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "",
        "a",
    ]
)
RAW = st.binary(max_size=80) | st.sampled_from(
    [b"", b"{", b"[" * 5000, b'{"a":' * 5000, b'{"values": {"A": "1", "A": "2"}}', b'{"id": "x", "id": []}', b"\xff\xfe",
     b'"\\ud800"', b"1" * 5000, b"NaN", b'{"values": {"A": Infinity}}', b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--"]
)  # fmt: skip
FIELDS = st.sampled_from(
    ["values", "memory", "cpu", "tags", "registry", "healthcheck", "lifecycle_pre_stop", "termination_grace_period", "id",
     "structure", "procfile_structure", "image", "sha", "procfile", "dockerfile", "domain", "maintenance", "routable",
     "whitelist", "autoscale", "label", "https_enforced", "addresses", "procfile_type", "path_pattern", "version",
     "command", "interactive", "name", "certificate", "key", "public", "username", "password", "email", "new_password"]
)  # fmt: skip
BODY = st.dictionaries(FIELDS | TEXT, JSON, max_size=4) | JSON
READ = (
    "config",
    "domains",
    "settings",
    "whitelist",
    "services",
    "tls",
    "perms",
    "builds",
    "releases",
    "operations",
)


@pytest.fixture(scope="module")
def owner(controller: Controller, admin: Client) -> Client:
    """Somebody whose failed passwords hinder nobody else."""
    return controller.register(f"hostile-{uuid.uuid4().hex[:6]}")


@pytest.fixture(scope="module")
def app(create_app: Callable[[Client], str], owner: Client) -> str:
    """Without a build, so that a change of its config is only stored."""
    return create_app(owner)


@pytest.fixture(scope="module")
def built(create_app: Callable[[Client], str], owner: Client) -> str:
    """With a build whose one process runs nowhere."""
    name = create_app(owner)
    for path, body in (
        ("settings", {"routable": False}),
        ("builds", {"image": IMAGE, "procfile": {"web": IDLE, "worker": IDLE}}),
        ("scale", {"web": 0}),
    ):
        answer = owner.call("POST", f"/v2/apps/{name}/{path}", body, timeout=100)
        assert answer.status in (201, 204), answer.body
    return name


@pytest.fixture
def unharmed(controller: Controller) -> Iterator[None]:
    """Nothing of it is in the log as a bug."""
    before = controller.log.stat().st_size
    yield
    with controller.log.open() as log:
        log.seek(before)
        assert "Traceback" not in log.read()


pytestmark = [pytest.mark.timeout(1800 if EXAMPLES else 150), pytest.mark.usefixtures("unharmed")]


@pytest.fixture(scope="module")
def read_state(postgres: Postgres) -> Iterator[Callable[[str], Any]]:
    """All rows of an app, and how many there are of what belongs to none, once nothing of other tests goes on."""
    with postgres.connect("controller") as connection:
        wait_for(lambda: not is_busy(connection), what="what other tests left to end", timeout=90)
        yield lambda app: (read_rows(connection, app), count_rows(connection))


def is_busy(connection: psycopg.Connection) -> bool:
    return (
        connection.execute("SELECT 1 FROM deis_operation WHERE state IN ('queued', 'running')").fetchone()
        is not None
    )


def check_answer(answer: Answer) -> bool:
    """Whether it was taken; a refusal says something and is no fault of ours."""
    assert answer.status < 500, answer.body
    if answer.status >= 400:
        assert answer.body, answer.status
        assert b"Traceback" not in answer.body
    return answer.status < 400


def send(owner: Client, path: str, body: object, verb: str = "POST") -> Answer:
    return owner.call(verb, path, raw=json.dumps(body).encode())


WRITING = [
    ("POST", "config"), ("POST", "builds"), ("POST", "releases/rollback"), ("POST", "scale"), ("POST", "run"),
    ("POST", "domains"), ("POST", "settings"), ("POST", "whitelist"), ("DELETE", "whitelist"), ("POST", "services"),
    ("DELETE", "services"), ("POST", "tls"), ("POST", "perms"), ("POST", ""), ("POST", "pods/restart"),
]  # fmt: skip
ELSEWHERE = ["auth/register", "auth/login/", "auth/passwd", "keys", "certs", "apps", "certs/none/domain/"]


@fuzz(40)
@given(where=st.sampled_from(WRITING), body=BODY)
def test_any_json_below_an_app(app, owner, read_state, where, body):
    verb, part = where
    assume(not (part == "builds" and isinstance(body, dict) and isinstance(body.get("image"), str)))
    before = read_state(app)
    taken = check_answer(send(owner, f"/v2/apps/{app}/{part}".removesuffix("/"), body, verb))
    assert taken or read_state(app) == before


@fuzz(25)
@given(where=st.sampled_from(ELSEWHERE), body=BODY)
def test_any_json_elsewhere(app, owner, controller, read_state, where, body):
    client = owner if where != "auth/register" else controller.client()
    if isinstance(body, dict) and where == "apps":
        body = {**body, "id": "Not A Name"}
    before = read_state(app)
    assert check_answer(send(client, f"/v2/{where}", body)) or read_state(app) == before


@fuzz(30)
@given(
    where=st.sampled_from([*WRITING, *(("POST", f"/v2/{path}") for path in ELSEWHERE)]), raw=RAW, media=MEDIA
)
def test_bodies_that_are_none(app, owner, read_state, where, raw, media):
    verb, part = where
    path = part if part.startswith("/") else f"/v2/apps/{app}/{part}".removesuffix("/")
    before = read_state(app)
    taken = check_answer(owner.call(verb, path, raw=raw, Content_Type=media))
    assert taken or read_state(app) == before


KEYS = (
    st.sampled_from(
        ["A", "_x", "PORT", "HEALTHCHECK_URL", "HEALTHCHECK_TIMEOUT", "a-b", "A.B", "1A", "A\n", "Ä"]
    )
    | TEXT
)


@fuzz(25)
@given(st.dictionaries(KEYS, SCALAR, min_size=1, max_size=4))
def test_config_values_are_stored_as_they_are_or_refused(app, owner, values):
    path = f"/v2/apps/{app}/config"
    before = owner.get(path).json["values"]
    versions = owner.get(f"/v2/apps/{app}/releases").json["count"]
    taken = check_answer(send(owner, path, {"values": values}))
    after = owner.get(path).json["values"]
    if not taken:
        assert after == before
        assert owner.get(f"/v2/apps/{app}/releases").json["count"] == versions
        return
    for key, value in values.items():
        if not key.startswith("HEALTHCHECK_"):  # they become a health check
            assert (after[key] == value) if isinstance(value, str) else (value is None) != (key in after)


def read_env(kube: Kube, app: str, version: int) -> dict[str, bytes]:
    secret = kube.get(SECRETS, f"{app}-v{version}-env", namespace=app)
    return {name: base64.b64decode(text) for name, text in secret["data"].items()}


@fuzz(3)
@given(st.lists(st.sampled_from(LITERAL) | st.text(max_size=60), min_size=1, max_size=30))
def test_config_values_reach_the_cluster_byte_for_byte(built, owner, kube, texts):
    clean = [text for text in texts if "\x00" not in text and text.encode(errors="ignore").decode() == text]
    values = {f"K{number}": text for number, text in enumerate(clean)}
    assume(values)
    answer = send(owner, f"/v2/apps/{built}/config", {"values": values})
    assert answer.status in (201, 409), answer.body  # 409: the very same once more
    version = owner.get(f"/v2/apps/{built}/releases").json["results"][0]["version"]
    env = read_env(kube, built, version)
    assert {name: env[name] for name in values} == {name: text.encode() for name, text in values.items()}


def test_a_process_sees_config_values_byte_for_byte(built, owner):
    values = {f"L{number}": text for number, text in enumerate(LITERAL)}
    answer = send(owner, f"/v2/apps/{built}/config", {"values": values})
    assert answer.status == 201, answer.body
    command = {"command": "base64 -w0 /proc/self/environ"}
    answer = owner.call("POST", f"/v2/apps/{built}/run", command, timeout=100)
    assert answer.json["exit_code"] == 0, answer.json
    entries = base64.b64decode(answer.json["output"]).split(b"\x00")
    seen = dict(entry.split(b"=", 1) for entry in entries if b"=" in entry)
    assert {name: seen[name.encode()] for name in values} == {
        name: text.encode() for name, text in values.items()
    }


def read_annotations(kube: Kube, app: str, name: str = "") -> Mapping[str, str]:
    annotations: Mapping[str, str] = kube.get(SERVICES, name or app, namespace=app)["metadata"]["annotations"]
    return {key.removeprefix("router.deis.io/"): text for key, text in annotations.items()}


LABELS = st.from_regex(r"(\*\.)?[a-zA-Z0-9.üÜß☃_-]{1,40}\.?", fullmatch=True)


@fuzz(25)
@given(LABELS | TEXT | JSON)
def test_domains_are_told_literally_or_refused(app, owner, kube, domain):
    path = f"/v2/apps/{app}/domains"
    answer = send(owner, path, {"domain": domain})
    names = [row["domain"] for row in owner.get(path).json["results"]]
    if check_answer(answer):
        added = answer.json["domain"]
        assert set(added) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.*_")
        assert sorted(read_annotations(kube, app)["domains"].split(",")) == sorted(names)
        assert owner.delete(f"{path}/{quote(added, safe='*')}").status == 204
    else:
        assert names == [app]
    assert read_annotations(kube, app)["domains"] == app


ADDRESS = st.one_of(
    st.ip_addresses().map(str),
    st.tuples(st.ip_addresses(v=6).map(str), TEXT).map("%".join),
    st.tuples(st.ip_addresses(v=4).map(str), TEXT).map("/".join),
)


@fuzz(25)
@given(st.lists(ADDRESS | JSON, min_size=1, max_size=3), st.booleans())
def test_addresses_are_told_literally_or_refused(app, owner, kube, addresses, by_settings):
    path = f"/v2/apps/{app}"
    clear_whitelist(owner, app)
    answer = (
        send(owner, f"{path}/settings", {"whitelist": addresses})
        if by_settings
        else send(owner, f"{path}/whitelist", {"addresses": addresses})
    )
    listed = owner.get(f"{path}/whitelist").json["addresses"]
    told = read_annotations(kube, app).get("whitelist", "")
    assert told == ",".join(listed)
    assert [str(text) for text in told.split(",") if text] == listed
    assert all(
        set(text) <= set("0123456789abcdefABCDEF.:/") and ipaddress.ip_interface(text) for text in listed
    )
    assert bool(listed) == (check_answer(answer) and bool(addresses))


def clear_whitelist(owner: Client, app: str) -> None:
    assert owner.post(f"/v2/apps/{app}/settings", {"whitelist": []}).status in (201, 409)


RULE = st.fixed_dictionaries(
    {}, optional={name: st.integers(-2, 5) | NUMBER | TEXT for name in ("min", "max", "cpu_percent", "x")}
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "maintenance": st.booleans() | SCALAR,
        "routable": st.booleans() | SCALAR,
        "label": st.dictionaries(TEXT, TEXT | st.booleans() | st.lists(TEXT, max_size=2), max_size=3) | JSON,
        "autoscale": st.dictionaries(
            st.sampled_from(["web", "worker", "A", "a b"]) | TEXT, RULE | JSON, max_size=2
        )
        | JSON,
    },
)


@fuzz(25)
@given(SETTINGS)
def test_settings_are_taken_whole_or_not_at_all(app, owner, kube, wanted):
    path = f"/v2/apps/{app}/settings"
    before, told = owner.get(path).json, read_annotations(kube, app)
    if not check_answer(send(owner, path, wanted)):
        assert owner.get(path).json == before
        assert read_annotations(kube, app) == told
        return
    after = owner.get(path).json
    for key, value in (wanted.get("label") or {}).items() if isinstance(wanted.get("label"), dict) else ():
        assert value is None or after["label"][key] == value
    assert read_annotations(kube, app)["maintenance"] == str(after["maintenance"]).lower()


@fuzz(15)
@given(
    st.sampled_from(["worker", "a-b", "a_b", "A", "w" * 70]) | TEXT,
    st.sampled_from([*HOSTILE, "/x", "^/a{2}$", "/a,/b"]) | TEXT,
)
def test_path_patterns_are_told_literally_or_refused(app, owner, kube, process_type, pattern):
    path = f"/v2/apps/{app}/services"
    before = owner.get(path).json
    if check_answer(send(owner, path, {"procfile_type": process_type, "path_pattern": pattern})):
        assert read_annotations(kube, app, f"{app}-{process_type}")["proxyLocations"] == pattern
        assert send(owner, path, {"procfile_type": process_type}, "DELETE").status == 204
    else:
        assert owner.get(path).json == before


@fuzz(8)
@given(
    st.dictionaries(
        st.sampled_from(["web", "worker", "Web", "a_b", "a-b", "w" * 64]) | TEXT, TEXT | JSON, max_size=3
    )
)
def test_procfiles_are_stored_as_they_are_or_refused(built, owner, read_state, procfile):
    path = f"/v2/apps/{built}"
    before = read_state(built)
    answer = owner.call(
        "POST", f"{path}/builds", raw=json.dumps({"image": IMAGE, "procfile": procfile}).encode()
    )
    if check_answer(answer):
        assert answer.json["procfile"] == procfile
    else:
        assert read_state(built) == before


@fuzz(20)
@given(st.dictionaries(st.sampled_from(["web", "worker", "cmd"]) | TEXT, JSON, min_size=1, max_size=3))
def test_counts_that_are_none_are_refused(app, owner, counts):
    before = owner.get(f"/v2/apps/{app}").json["structure"]
    assert not check_answer(send(owner, f"/v2/apps/{app}/scale", counts)) or not counts
    refused = send(owner, "/v2/apps", {"id": "Not A Name", "structure": counts})
    assert refused.status == 400, refused.body
    assert owner.get(f"/v2/apps/{app}").json["structure"] == before


@pytest.fixture(scope="module")
def pair() -> Pair:
    return make_pair("x.example.com", san=["x.example.com"])


CUT = st.tuples(st.integers(0, 1200), st.integers(0, 60), TEXT)


@fuzz(30)
@given(st.sampled_from(["ok-name", "-a", "a" * 300, "A", "a.b"]) | TEXT, st.none() | CUT, st.none() | CUT)
def test_certificates_are_whole_or_refused(owner, pair, name, cut_certificate, cut_key):
    certificate, key = (
        mutilate(text, cut) for text, cut in ((pair.certificate, cut_certificate), (pair.key, cut_key))
    )
    before = owner.get("/v2/certs").json
    answer = send(owner, "/v2/certs", {"name": name, "certificate": certificate, "key": key})
    if not check_answer(answer):
        assert owner.get("/v2/certs").json == before
        return
    assert answer.json["common_name"] == "x.example.com"
    assert owner.get(f"/v2/certs/{answer.json['name']}").status == 200
    assert owner.delete(f"/v2/certs/{answer.json['name']}").status == 204


def mutilate(text: str, cut: tuple[int, int, str] | None) -> str:
    """Without some characters, and with others in their place."""
    if cut is None:
        return text
    start, length, instead = cut
    return text[:start] + instead + text[start + length :]


LISTS = ["apps", "keys", "certs", "apps/{app}/releases", "apps/{app}/builds", "apps/{app}/domains", "apps/{app}/operations",
         "apps/{app}/audit", "apps/{app}/run", "apps/{app}/config", "apps/{app}/pods"]  # fmt: skip
COUNT = (
    st.integers(-3, 5).map(str)
    | st.sampled_from(["9" * 20, "9" * 5000, "1e3", "0x1", "１", "-0", "+1", " 1"])
    | (st.text(max_size=20) | st.sampled_from(LITERAL[:-3]))
)


@fuzz(40)
@given(st.sampled_from(LISTS), COUNT, COUNT)
def test_pages(app, owner, where, limit, offset):
    query = urlencode({"limit": limit, "offset": offset}, errors="surrogatepass")
    answer = owner.get(f"/v2/{where.format(app=app)}?{query}")
    assert answer.status == 200, answer.body
    page = answer.json
    for link in (page.get("next"), page.get("previous")):
        if link:
            parts = urlsplit(link)
            assert owner.get(f"{parts.path}?{parts.query}").status == 200


# what these tests found


@pytest.mark.parametrize("address", ["::1%,0.0.0.0/0", "fe80::1%eth0", "fe80::1%; }"])
def test_an_address_with_a_zone_is_none(app, owner, kube, address):
    """A zone may be any text, so one address became several, or a part of nginx's configuration."""
    path = f"/v2/apps/{app}"
    answer = owner.post(f"{path}/whitelist", {"addresses": [address]})
    assert (answer.status, answer.json) == (400, [f"The address {address} is not valid"])
    assert owner.post(f"{path}/settings", {"whitelist": [address]}).status == 400
    assert "0.0.0.0" not in read_annotations(kube, app).get("whitelist", "")


def test_a_refused_autoscale_rule_leaves_the_rest_of_the_settings_alone(app, owner, kube):
    """Kubernetes refuses the percentage after the router was told."""
    path = f"/v2/apps/{app}/settings"
    before, told = owner.get(path).json, read_annotations(kube, app)
    rule = {"min": 1, "max": 2, "cpu_percent": -1}
    wanted = {"maintenance": not before["maintenance"], "autoscale": {"web": rule}}
    answer = owner.post(path, wanted)
    assert answer.status == 400, answer.body
    assert owner.get(path).json == before
    assert read_annotations(kube, app) == told


def test_process_types_that_no_label_can_hold_are_refused(app, built, owner):
    """Kubernetes said so later, as a refused Service (503) and as a failed release."""
    told, name = "Process types can't be longer than 63 characters", "w" * 64
    answer = owner.post(f"/v2/apps/{app}/services", {"procfile_type": name, "path_pattern": "/x"})
    assert (answer.status, answer.json) == (400, [told])
    answer = owner.post(f"/v2/apps/{built}/builds", {"image": IMAGE, "procfile": {name: "x"}})
    assert (answer.status, answer.json) == (400, {"procfile": [told]})


def test_addresses_that_are_no_text_are_told_as_a_list(app, owner):
    answer = owner.post(f"/v2/apps/{app}/settings", {"whitelist": [None, "1.2.3.4"]})
    assert (answer.status, answer.json) == (400, {"whitelist": ["This field may not be null."]})


def test_labels_are_of_any_form(app, owner):
    label = {"team": ["a", {"b": None}], "size": 1.5}
    assert owner.post(f"/v2/apps/{app}/settings", {"label": label}).status == 201
    found = owner.get(f"/v2/apps/{app}/settings").json["label"]
    assert found == found | label
