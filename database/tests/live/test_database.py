"""The database as the controller meets it, over starts, stops and kills."""

import subprocess

import psycopg
import pytest

from kit.waiting import wait_for


def ask(database, statement, **credentials):
    with database.connect(**credentials) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else None


def test_the_first_start_makes_role_and_database(database):
    database.start()

    assert ask(database, "SELECT current_user, current_database()") == [("shopkeeper", "shopkeeper")]
    assert ask(database, "SHOW server_encoding") == [("UTF8",)]
    assert ask(database, "SELECT datcollate FROM pg_database WHERE datname = 'shopkeeper'") == [("C.UTF-8",)]
    assert ask(database, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]


def test_the_role_may_make_its_tables(database):
    database.start()

    ask(database, "CREATE TABLE apps (id int); INSERT INTO apps VALUES (1)")

    assert ask(database, "SELECT * FROM apps") == [(1,)]


def test_a_wrong_password_is_refused(database):
    database.start()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        database.connect(password="guess")


def test_the_superuser_can_not_come_over_the_network(database):
    database.start()

    with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects connection"):
        database.connect(user="postgres", password="guess")


def test_data_outlives_a_clean_stop(database):
    database.start()
    ask(database, "CREATE TABLE apps (id int); INSERT INTO apps VALUES (1)")

    assert database.stop() == 0
    database.start()

    assert ask(database, "SELECT * FROM apps") == [(1,)]


def test_a_stop_does_not_wait_for_those_who_are_connected(database):
    database.start()
    idle = database.connect()

    assert database.stop() == 0
    idle.close()


def test_committed_data_outlives_a_kill(database):
    database.start()
    ask(database, "CREATE TABLE apps (id int); INSERT INTO apps VALUES (1)")

    database.kill()
    database.start()

    assert ask(database, "SELECT * FROM apps") == [(1,)]


def test_a_new_password_in_the_secret_holds_from_the_next_start(database):
    database.start()
    database.stop()
    database.write_credentials(password="changed")
    database.start()

    assert ask(database, "SELECT 1", password="changed") == [(1,)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        database.connect()


def test_the_password_is_in_no_log(database):
    database.write_credentials(password="find-me-nowhere")
    database.start()
    database.stop()
    database.start()

    assert "find-me-nowhere" not in database.log.read_text()


def test_a_volume_opened_to_its_group_by_a_mount_is_accepted(database):
    database.start()
    database.stop()
    (database.directory / "volume" / "17").chmod(0o2770)
    database.start()

    assert ask(database, "SELECT 1") == [(1,)]


@pytest.mark.timeout(150)
def test_a_kill_at_any_instant_of_the_first_start_leaves_nothing_half_done(database):
    """Each attempt is killed when one more thing of the first start can be seen on the volume."""
    volume = database.directory / "volume"
    instants = [
        "17.new",
        "17.new/PG_VERSION",
        "17.new/base/1/PG_VERSION",
        "17.new/base/4",
        "17.new/postmaster.pid",
        "17",
        "17/postmaster.pid",
    ]
    for instant in instants:
        database.process = database.spawn()
        wait_for((volume / instant).exists, what="the instant of the kill", timeout=20, interval=0.001)
        database.kill()
    database.start()

    assert ask(database, "SELECT current_database()") == [("shopkeeper",)]
    assert sorted(path.name for path in volume.iterdir()) == ["17", "lock"]


def test_a_second_server_does_not_open_a_volume_in_use(database):
    database.start()
    second = database.spawn()

    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(3)
    second.kill()
    second.wait(10)
    assert ask(database, "SELECT 1") == [(1,)]


def test_it_is_not_ready_before_it_takes_connections(database):
    assert database.spawn("ready").wait(20) != 0


def test_missing_credentials_are_named(database):
    (database.directory / "credentials" / "user").unlink()

    assert database.spawn().wait(20) == 1
    assert "credentials/user can not be read" in database.log.read_text()
