"""An API server whose certificate no authority of the cluster has signed."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from controller.apiserver import load_kube
from controller.metrics import Metrics, count_calls
from kit.kube import KubeUnreachable

from ..pairs import make_pair  # noqa: TID252 - both tiers use it, and tests are no package


class Version(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"gitVersion": "v1.36.0", "agent": self.headers["User-Agent"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def env(tmp_path):
    """Names a server with a self-signed certificate."""
    pair = make_pair("localhost", san=["localhost"])
    (tmp_path / "pem").write_text(pair.certificate + pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Version)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    config = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c"}}],
        "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{server.server_address[1]}"}}],
    }
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    yield {"KUBECONFIG": str(tmp_path / "config")}
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_is_refused(env):
    kube = load_kube(env, verify=True)
    with pytest.raises(KubeUnreachable, match="certificate"):
        kube.version()
    kube.close()


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_it_will_do_where_the_operator_says_so(env):
    kube = load_kube(env, verify=False)
    assert kube.version()["gitVersion"] == "v1.36.0"
    kube.close()


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize("counted", [False, True])
def test_the_clusters_audit_log_tells_who_asked(env, counted):
    kube = load_kube(env, verify=False)
    if counted:
        count_calls(kube, Metrics(0, connect=pytest.fail))
    assert kube.version()["agent"].startswith("Deis Controller/2.3 Python/3.")
    kube.close()
