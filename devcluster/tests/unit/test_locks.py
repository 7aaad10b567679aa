import subprocess
import sys

from devcluster.locks import lock_held

HOLD = "import sys; from pathlib import Path; from devcluster.locks import lock_held\n"
BODY = "with lock_held(Path(sys.argv[1]), purpose='up'):\n print('held', flush=True); sys.stdin.read()\n"


class Run:
    """Another process that takes the lock and holds it until it is let go."""

    def __init__(self, lock):
        env = {"PYTHONPATH": ":".join(sys.path)}
        argv = [sys.executable, "-c", HOLD + BODY, str(lock)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True, env=env)

    def read_line(self):
        assert self.process.stdout
        return self.process.stdout.readline().rstrip("\n")

    def let_go(self):
        self.process.communicate(timeout=10)


def test_a_second_run_waits_and_says_for_whom(tmp_path):
    first = Run(tmp_path / "lock")
    assert first.read_line() == "held"
    second = Run(tmp_path / "lock")
    assert second.read_line() == f"waiting for `devcluster up` (process {first.process.pid}) to finish"
    first.let_go()
    assert second.read_line() == "held"
    second.let_go()


def test_a_lock_of_a_dead_run_is_free(tmp_path, capsys):
    (tmp_path / "lock").write_text("`devcluster up` (process 1)")
    with lock_held(tmp_path / "lock", purpose="reset"):
        assert capsys.readouterr().out == ""
