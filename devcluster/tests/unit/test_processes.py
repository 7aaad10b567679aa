import dataclasses
import sys

import pytest

from devcluster.processes import MARK, Process, Running, apply_process, list_instances, parse_mark, stop


def test_a_mark_is_found_in_an_environment():
    environ = f"PATH=/bin\0{MARK}=etcd:0123\0HOME=/root\0".encode()
    assert parse_mark(environ) == ("etcd", "0123")


@pytest.mark.parametrize("environ", [b"", b"PATH=/bin\0", b"X" + MARK.encode() + b"=etcd:0\0"])
def test_other_processes_have_no_mark(environ):
    assert parse_mark(environ) is None


def test_a_process_is_another_when_a_file_it_reads_has_changed(tmp_path):
    config = tmp_path / "config"
    config.write_text("one")
    process = Process(name="etcd", argv=("etcd",), files=(config,))
    before = process.fingerprint()
    assert process.fingerprint() == before
    config.write_text("two")
    assert process.fingerprint() != before


def test_a_shim_is_not_taken_for_the_runtime_whose_mark_it_inherits():
    shim = Running(
        pid=1, name="containerd-node1", fingerprint="0", argv=("/usr/bin/containerd-shim-runc-v2",)
    )
    assert shim.is_helper
    assert not dataclasses.replace(shim, argv=("/usr/bin/containerd",)).is_helper


def test_a_process_is_started_once_and_replaced_when_it_should_be_another(tmp_path):
    process = Process(name="devcluster-test", argv=(sys.executable, "-c", "import signal; signal.pause()"))
    other = dataclasses.replace(process, env={"COLOR": "blue"})
    try:
        assert apply_process(process, log_dir=tmp_path)
        (first,) = list_instances(process)
        assert not apply_process(process, log_dir=tmp_path)
        assert apply_process(other, log_dir=tmp_path)
        (second,) = list_instances(other)
        assert second.pid != first.pid
    finally:
        stop(list_instances(process))
    assert list_instances(process) == []
