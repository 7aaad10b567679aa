import pytest
import urllib3

from kit.health import HealthServer


@pytest.fixture
def ask():
    def broken() -> bool:
        raise RuntimeError("disk gone")

    checks = {"/healthz": lambda: True, "/readiness": lambda: False, "/broken": broken}
    with HealthServer(0, checks, host="127.0.0.1") as server, urllib3.PoolManager() as http:
        yield lambda path, method="GET": http.request(
            method, f"http://127.0.0.1:{server.port}{path}", timeout=5
        )


@pytest.mark.parametrize(
    ("path", "status"),
    [("/healthz", 200), ("/healthz?verbose=1", 200), ("/readiness", 503), ("/broken", 503), ("/", 404)],
)
def test_each_path_has_its_status_and_no_body(ask, path, status):
    answer = ask(path)
    assert (answer.status, answer.data) == (status, b"")


def test_head_answers_as_get_does(ask):
    assert ask("/readiness", "HEAD").status == 503
