"""Logging in with the password of an LDAP directory: a real OpenLDAP. Source: API specification, section 13.3."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from controller.services.directory import Directory, DirectoryAway, Person
from controller.settings import LdapSettings
from kit.settings import Secret

from .conftest import Controller, build_controller_env
from .directories import ADMIN, ADMIN_PASSWORD, BASE, Slapd

# The LDAP library speaks of pyasn1 by names that pyasn1 would rather not have any more.
pytestmark = pytest.mark.filterwarnings("ignore:(tag|type)Map is deprecated:DeprecationWarning")
WRONG = {"non_field_errors": ["Unable to log in with provided credentials."]}


@pytest.fixture(scope="module")
def slapd(tmp_path_factory) -> Iterator[Slapd]:
    server = Slapd(tmp_path_factory.mktemp("slapd"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def server(postgres, slapd, tmp_path_factory) -> Iterator[Controller]:
    name = f"ldap_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    env = build_controller_env(postgres, name) | {
        "LDAP_ENDPOINT": slapd.url,
        "LDAP_BIND_DN": ADMIN,
        "LDAP_BIND_PASSWORD": ADMIN_PASSWORD,
        "LDAP_USER_BASEDN": f"ou=people,{BASE}",
        "LDAP_USER_FILTER": "uid",
        "LDAP_GROUP_BASEDN": f"ou=groups,{BASE}",
        "LDAP_GROUP_FILTER": "objectClass=groupOfNames",
    }
    controller = Controller(env, log=tmp_path_factory.mktemp("ldap") / "log").start()
    yield controller
    controller.stop()
    print(controller.log.read_text()[-20000:])


def log_in(server, username, password):
    return server.client().post("/v2/auth/login/", {"username": username, "password": password})


@pytest.fixture
def grace(server):
    answer = log_in(server, "grace", "cobol")
    assert answer.status == 200, answer.body
    return server.client(token=answer.json["token"], username="grace")


def test_the_first_login_makes_the_user(grace):
    """Nobody has registered: all the same she is no administrator."""
    found = grace.get("/v2/auth/whoami").json
    assert (
        found
        | {
            "username": "grace",
            "first_name": "Grace",
            "last_name": "Hopper",
            "email": "grace@example.com",
            "is_superuser": False,
            "is_staff": False,
            "is_active": True,
        }
        == found
    )
    assert len(found["groups"]) == 1


def test_another_spelling_is_the_same_user(server, grace):
    answer = log_in(server, "GRACE", "cobol")
    client = server.client(token=answer.json["token"])
    assert client.get("/v2/auth/whoami").json["username"] == "grace"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("grace", "fortran"),
        ("grace", " cobol"),
        ("nobody", "x"),
        ("*", "cobol"),
        ("grace)(uid=*", "cobol"),
        ("gra\\ce", "cobol"),
        ("twin", "same"),  # which of the two?
        ("with space", "odd"),  # no name that this API could address
        ("gräce", "cobol"),
    ],
)
def test_what_the_directory_does_not_confirm_is_refused(server, username, password):
    answer = log_in(server, username, password)
    assert (answer.status, answer.json) == (400, WRONG)


def test_spellings_of_one_name_share_their_failures(server):
    """The directory takes them for the same."""
    spellings = ["mallory", "Mallory", "MALLORY", "mALLory ", "mallorY"]
    for number in range(10):
        assert log_in(server, spellings[number % 5], "wrong").status == 400
    assert log_in(server, "malLory", "wrong").status == 429


def test_no_password_is_no_password(server):
    """A bind without one succeeds at the directory."""
    assert log_in(server, "grace", "").json == {"password": ["This field may not be blank."]}


def test_local_users_go_on_with_their_passwords(server):
    local = server.register("local")
    assert local.get("/v2/auth/whoami").json["is_superuser"] is True
    assert log_in(server, "local", "wrong").status == 400


def test_right_passwords_while_the_directory_is_away_are_no_failures(server, slapd, grace):
    slapd.stop()
    try:
        answers = [log_in(server, "grace", "cobol").status for _ in range(12)]
    finally:
        slapd.start()
    assert answers == [503] * 12
    assert log_in(server, "grace", "cobol").status == 200


def test_a_user_of_the_directory_gets_a_local_password_from_an_administrator_only(server, grace):
    body = {"password": "cobol", "new_password": "local-too"}
    answer = grace.post("/v2/auth/passwd", body)
    assert (answer.status, answer.json) == (401, {"detail": "Current password does not match"})
    chief = server.register(f"chief-{uuid.uuid4().hex[:6]}")
    admin = next_admin(server, chief)
    assert admin.post("/v2/auth/passwd", {"username": "grace", "new_password": "local-too"}).status == 200
    assert log_in(server, "grace", "local-too").status == 200
    assert log_in(server, "grace", "cobol").status == 200


def next_admin(server, candidate):
    """The administrator, whoever of the tests' users registered first."""
    if candidate.get("/v2/auth/whoami").json["is_superuser"]:
        return candidate
    return server.client(token=log_in(server, "local", "pw-local").json["token"])


def test_the_directory_is_away(server, slapd, grace):
    server.register("stays")
    slapd.stop()
    try:
        answer = log_in(server, "grace", "cobol-9")
        assert answer.status == 503
        assert answer.json["detail"].startswith("The LDAP server can not be asked at present")
        assert log_in(server, "stays", "pw-stays").status == 200
        assert grace.get("/v2/auth/whoami").status == 200
    finally:
        slapd.start()
    assert log_in(server, "grace", "cobol").status == 200


def test_passwords_of_ours_are_not_guessed_while_the_directory_is_away(server, slapd):
    server.register("guessed")
    slapd.stop()
    try:
        answers = [log_in(server, "guessed", f"wrong-{number}").status for number in range(11)]
    finally:
        slapd.start()
    assert answers == [503] * 10 + [429]
    assert log_in(server, "guessed", "pw-guessed").status == 200


# without a controller in between


@pytest.fixture
def settings(slapd):
    return LdapSettings(
        endpoint=slapd.url,
        bind_dn=ADMIN,
        bind_password=Secret(ADMIN_PASSWORD),
        user_base=f"ou=people,{BASE}",
        user_attribute="uid",
    )


def find(settings: LdapSettings) -> Person:
    person = Directory(settings).authenticate("grace", "cobol")
    assert person is not None
    return person


def test_groups_are_left_alone_unless_asked_for(settings):
    assert find(settings).groups is None
    asked = replace(settings, group_base=f"ou=groups,{BASE}")
    assert find(asked).groups == frozenset({"sailors"})
    nowhere = replace(settings, group_base=f"ou=nowhere,{BASE}")
    assert find(nowhere).groups == frozenset()


def test_certificates_are_verified_if_asked_for(settings, slapd):
    encrypted = replace(settings, endpoint=slapd.tls_url)
    assert find(encrypted).username == "grace"
    with pytest.raises(DirectoryAway, match="certificate verify failed"):
        Directory(replace(encrypted, verify=True)).authenticate("grace", "cobol")


def test_the_platforms_own_login_is_wrong(settings):
    with pytest.raises(DirectoryAway, match="the platform's own bind DN or password"):
        Directory(replace(settings, bind_password=Secret("wrong"))).authenticate("grace", "cobol")


def test_who_may_not_search_finds_nobody(settings):
    anonymous = replace(settings, bind_dn="", bind_password=Secret(""))
    assert Directory(anonymous).authenticate("grace", "cobol") is None
