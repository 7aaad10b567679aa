"""What LOG_VERBOSE adds to a line. Source: API specification, section 15."""

import io
import logging
import os
import threading

import pytest

from controller.loglines import VerboseFormatter, be_verbose
from kit.logs import app_logger, configure


@pytest.fixture
def lines():
    """What the root logger writes; it is put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure("info", stream=stream)
    be_verbose()
    yield lambda: stream.getvalue().splitlines()
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_tells_level_time_module_process_and_thread():
    record = logging.LogRecord("controller.server", logging.WARNING, "x", 1, "late by %d", (3,), None)
    record.created, record.msecs, record.process, record.thread = 1767323045.0, 6, 12, 34
    text = "WARN 2026-01-02T03:04:05.006Z controller.server 12 34 late by 3"
    assert VerboseFormatter("%(message)s").format(record) == text


def test_a_line_about_an_app_is_filed_under_it_still(lines):
    app_logger("controller.services.builds").info("shop", "bob deployed [x]: %s", "v2")
    (line,) = lines()
    assert line.startswith("INFO [shop]: 2")
    where = f"controller.services.builds {os.getpid()} {threading.get_ident()}"
    assert line.endswith(f"Z {where} bob deployed [x]: v2")


def test_a_traceback_is_kept(lines):
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("x").exception("it failed")
    assert lines()[0].endswith(" it failed")
    assert lines()[-1] == "ValueError: no"
