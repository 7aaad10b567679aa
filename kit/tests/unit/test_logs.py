import io
import logging

import pytest

from kit.logs import app_line, app_logger, configure


@pytest.fixture
def lines():
    """What the root logger writes, as lines; the root is put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure("info", stream=stream)
    yield lambda: stream.getvalue().splitlines()
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_is_level_and_message(lines):
    logging.getLogger("x").info("listening on %d", 80)
    logging.getLogger("x").warning("late")
    logging.getLogger("x").debug("not shown")
    assert lines() == ["INFO listening on 80", "WARN late"]


def test_configuring_twice_writes_once(lines):
    logging.getLogger("x").info("one")
    assert lines() == ["INFO one"]


def test_a_line_about_an_app(lines):
    log = app_logger("controller")
    log.info("shop", "deployed %s", "v2")
    log.warning("shop", "100% full")
    log.error("shop", "failed")
    assert lines() == ["INFO [shop]: deployed v2", "WARN [shop]: 100% full", "ERROR [shop]: failed"]


def test_every_line_of_a_message_is_filed_under_the_app(lines):
    app_logger("controller").info("shop", "one\ntwo")
    assert lines() == ["INFO [shop]: one", "INFO [shop]: two"]


def test_app_line():
    assert app_line("WARNING", "shop", "a\nb") == "WARN [shop]: a\nWARN [shop]: b"
    assert app_line("info", "shop", "") == "INFO [shop]: "
