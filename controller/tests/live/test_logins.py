"""Who logs in too often in vain has to wait, and nobody else. Source: design, section 9."""

from __future__ import annotations

import base64
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from controller.services.throttle import PAIR, USER

from .conftest import Controller, build_controller_env

WRONG = {"non_field_errors": ["Unable to log in with provided credentials."]}


def log_in(server, username, password, *, address="192.0.2.1"):
    data = {"username": username, "password": password}
    return server.client().post("/v2/auth/login/", data, X_Forwarded_For=address)


def fail(server, username, times, **options):
    for _ in range(times):
        answer = log_in(server, username, "wrong", **options)
        assert (answer.status, answer.json) == (400, WRONG)


def pass_time(postgres, seconds):
    with postgres.connect("controller") as connection:
        connection.execute(
            "UPDATE deis_login_bucket SET updated = updated - make_interval(secs => %s)", [seconds]
        )


def read_passwords(postgres, pattern):
    with postgres.connect("controller") as connection:
        rows = connection.execute(
            "SELECT username, password FROM deis_user WHERE username LIKE %s", [pattern]
        ).fetchall()
    return dict(rows)


def test_too_many_failures_are_refused_with_a_sentence_and_the_time_to_wait(controller, postgres, admin):
    controller.register("ivan")
    fail(controller, "ivan", PAIR.failures, address="192.0.2.2")
    answer = log_in(controller, "ivan", "pw-ivan", address="192.0.2.2")
    wait = int(answer.headers["Retry-After"])
    assert (answer.status, 0 < wait <= PAIR.drain) == (429, True)
    assert answer.json == {"detail": f"Too many failed logins. Try again in {wait} seconds."}
    assert log_in(controller, "ivan", "pw-ivan", address="192.0.2.3").status == 200
    pass_time(postgres, wait)
    assert log_in(controller, "ivan", "pw-ivan", address="192.0.2.2").status == 200


def test_names_that_nobody_has_are_treated_alike(controller, admin):
    fail(controller, "nobody-at-all", PAIR.failures, address="192.0.2.4")
    assert log_in(controller, "nobody-at-all", "x", address="192.0.2.4").status == 429


def test_every_process_counts_the_same(controller, postgres, router, admin, tmp_path):
    """Two controllers with two workers each."""
    env = build_controller_env(postgres, "controller", router=router) | {"GUNICORN_WORKERS": "2"}
    second = Controller(env, log=tmp_path / "log").start()
    try:
        controller.register("judy")
        fail(controller, "judy", PAIR.failures // 2, address="192.0.2.5")
        fail(second, "judy", PAIR.failures - PAIR.failures // 2, address="192.0.2.5")
        for server in (controller, second):
            assert log_in(server, "judy", "pw-judy", address="192.0.2.5").status == 429
    finally:
        second.stop()


def test_failures_at_the_same_moment_all_count(controller, admin):
    with ThreadPoolExecutor(16) as pool:
        list(
            pool.map(
                lambda _: log_in(controller, "mallory", "x", address="192.0.2.6"), range(2 * PAIR.failures)
            )
        )
    assert log_in(controller, "mallory", "x", address="192.0.2.6").status == 429


def test_a_password_guessed_from_many_addresses_locks_out_only_strange_ones(controller, admin):
    controller.register("kim")
    assert log_in(controller, "kim", "pw-kim", address="192.0.2.7").status == 200
    for number in range(USER.failures):
        fail(controller, "kim", 1, address=f"198.51.100.{number}")
    answer = log_in(controller, "kim", "pw-kim", address="198.51.100.200")
    assert answer.status == 429
    assert log_in(controller, "kim", "pw-kim", address="192.0.2.7").status == 200


def test_a_hundred_users_behind_one_address_are_not_hindered(controller, postgres, admin):
    """Each mistypes twice, while a neighbour guesses somebody's password. Their hashes are of an older kind."""
    names = [f"crowd-{number}" for number in range(100)]
    add_users(postgres, names)
    stop = threading.Event()

    def guess():
        refused = 0
        while not stop.is_set():
            refused += log_in(controller, "crowd-victim", "x", address="203.0.113.1").status == 429
        return refused

    def use(name):
        fail(controller, name, 2, address="203.0.113.1")
        return log_in(controller, name, f"pw-{name}", address="203.0.113.1").status

    with ThreadPoolExecutor(9) as pool:
        guessing = pool.submit(guess)
        try:
            assert set(pool.map(use, names)) == {200}
        finally:
            stop.set()
        assert guessing.result() > 0
    assert all(
        password.startswith("argon2$argon2id$") for password in read_passwords(postgres, "crowd-%").values()
    )


def add_users(postgres, names):
    """As an older version stored them, but for the number of rounds."""
    rows = [(name, hash_as_before(f"pw-{name}")) for name in names]
    with postgres.connect("controller") as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO deis_user (username, password, is_superuser, first_name, last_name, email, is_staff,"
            " is_active, date_joined) VALUES (%s, %s, false, '', '', '', false, true, now())",
            rows,
        )


def hash_as_before(password, rounds=2):
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), b"salt", rounds)
    return f"pbkdf2_sha256${rounds}$salt${base64.b64encode(digest).decode()}"


def test_a_password_hashed_in_an_older_way_is_hashed_again_at_login(controller, postgres, admin):
    add_users(postgres, ["older"])
    before = read_passwords(postgres, "older")
    fail(controller, "older", 1)
    assert read_passwords(postgres, "older") == before
    assert log_in(controller, "older", "pw-older").status == 200
    after = read_passwords(postgres, "older")["older"]
    assert after.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert log_in(controller, "older", "pw-older").status == 200
    assert read_passwords(postgres, "older") == {"older": after}


def test_a_found_token_is_no_way_to_guess_the_password(controller, admin):
    leo = controller.register("leo")
    leo.headers["X-Forwarded-For"] = "192.0.2.8"
    path, data = "/v2/auth/passwd", {"new_password": "new", "password": "wrong"}
    for _ in range(PAIR.failures):
        assert leo.post(path, data).status == 401
    answer = leo.post(path, {**data, "password": "pw-leo"})
    assert (answer.status, "Retry-After" in answer.headers) == (429, True)


def test_tokens_of_the_version_before_still_work(controller, postgres, admin):
    """It writes neither name nor scope, and may run beside this one during an upgrade."""
    mia = controller.register("mia")
    token = "0123456789abcdef0123456789abcdef01234567"
    with postgres.connect("controller") as connection:
        connection.execute(
            "INSERT INTO deis_token (digest, user_id, created)"
            " SELECT %s, id, now() FROM deis_user WHERE username = 'mia'",
            [hashlib.sha256(token.encode()).hexdigest()],
        )
    assert controller.client(token=token).get("/v2/auth/whoami").json["username"] == "mia"
    assert mia.get("/v2/auth/whoami").json["username"] == "mia"


def test_a_token_of_a_scope_nobody_knows_is_good_for_nothing(controller, postgres, admin):
    nina = controller.register("nina")
    with postgres.connect("controller") as connection:
        connection.execute(
            "UPDATE deis_token SET scope = 'deploy' WHERE digest = %s",
            [hashlib.sha256(nina.token.encode()).hexdigest()],
        )
    answer = nina.get("/v2/auth/whoami")
    assert (answer.status, answer.json) == (401, {"detail": "Invalid token."})


@pytest.mark.parametrize("password", ["x" * 5000, "ключ", "a\0b", " "])
def test_any_text_may_be_tried_as_a_password(controller, admin, password):
    answer = log_in(controller, "admin", password, address="192.0.2.9")
    assert answer.status == 400
