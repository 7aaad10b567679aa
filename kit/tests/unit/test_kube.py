import base64
from pathlib import Path

import orjson
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from kit.kube import (
    DEPLOYMENTS,
    NAMESPACES,
    PODS,
    KubeConflict,
    KubeError,
    KubeForbidden,
    KubeGone,
    KubeInvalid,
    KubeNotFound,
    KubeUnreachable,
)
from kit.kube.credentials import TokenFile, load_credentials
from kit.kube.errors import build_error
from kit.kube.resources import build_path
from kit.kube.streams import split_lines
from kit.kube.transport import APPLY, encode
from kit.settings import SettingsError


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (build_path(NAMESPACES), "/api/v1/namespaces"),
        (build_path(NAMESPACES, name="a"), "/api/v1/namespaces/a"),
        (build_path(PODS), "/api/v1/pods"),
        (build_path(PODS, namespace="a"), "/api/v1/namespaces/a/pods"),
        (build_path(PODS, namespace="a", name="b", subresource="log"), "/api/v1/namespaces/a/pods/b/log"),
        (build_path(DEPLOYMENTS, namespace="a", name="b"), "/apis/apps/v1/namespaces/a/deployments/b"),
        (build_path(PODS, namespace="a", name="../b"), "/api/v1/namespaces/a/pods/..%2Fb"),
    ],
)
def test_paths(path, expected):
    assert path == expected


@pytest.mark.parametrize("options", [{"name": "b"}, {"namespace": "a", "name": ""}])
def test_an_incomplete_path_is_refused(options):
    with pytest.raises(ValueError):
        build_path(PODS, **options)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, KubeInvalid),
        (403, KubeForbidden),
        (404, KubeNotFound),
        (409, KubeConflict),
        (410, KubeGone),
        (418, KubeError),
        (422, KubeInvalid),
        (429, KubeUnreachable),
        (500, KubeUnreachable),
        (504, KubeUnreachable),
    ],
)
def test_each_status_has_its_error(status, kind):
    body = orjson.dumps({"kind": "Status", "message": "words", "reason": "Reason", "details": {"name": "x"}})
    error = build_error(status, body)
    assert type(error) is kind
    assert (error.status, error.reason, error.message, str(error)) == (status, "Reason", "words", "words")
    assert error.details == {"name": "x"}


@pytest.mark.parametrize("body", [b"bad gateway", b"[]", b"{}", b'"x"'])
def test_an_answer_that_is_no_status_is_quoted(body):
    assert build_error(502, body).message == body.decode()


def test_an_empty_answer_is_described():
    assert build_error(502, b"").message == "the Kubernetes API answered with status 502"


@given(st.binary(), st.lists(st.integers(min_value=1, max_value=9)))
def test_lines_are_whole_however_the_stream_is_cut(content, sizes):
    pieces, rest = [], content
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    expected = [line for line in content.split(b"\n")[:-1] if line]
    assert list(split_lines(iter([*pieces, rest]))) == expected


def test_a_pods_own_credentials_come_first(tmp_path, build_key_pair):
    _, certificate = build_key_pair(ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "ca.crt").write_bytes(certificate)
    (tmp_path / "token").write_text("first\n")
    env = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "6443", "KUBECONFIG": "/none"}
    credentials = load_credentials(env, service_account=tmp_path)
    assert credentials.server == "https://10.0.0.1:6443"
    assert credentials.authorization() == "Bearer first"


def test_an_ipv6_address_is_bracketed(tmp_path, build_key_pair):
    _, certificate = build_key_pair(ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "ca.crt").write_bytes(certificate)
    (tmp_path / "token").write_text("t")
    credentials = load_credentials({"KUBERNETES_SERVICE_HOST": "fd00::1"}, service_account=tmp_path)
    assert credentials.server == "https://[fd00::1]:443"


def test_a_renewed_token_is_read_again(tmp_path):
    """The kubelet swaps a symbolic link; for a moment there may be nothing."""
    path = tmp_path / "token"
    path.write_text("first")
    token = TokenFile(path)
    assert token() == "Bearer first"
    path.unlink()
    assert token() == "Bearer first"
    (tmp_path / "new").write_text("second")
    (tmp_path / "new").rename(path)
    assert token() == "Bearer second"


@pytest.fixture
def write_kubeconfig(tmp_path):
    def write(*, cluster=None, user=None):
        content = {
            "current-context": "here",
            "contexts": [
                {"name": "other", "context": {"cluster": "none", "user": "none"}},
                {"name": "here", "context": {"cluster": "c", "user": "u"}},
            ],
            "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:6443", **(cluster or {})}}],
            "users": [{"name": "u", "user": user or {}}],
        }
        path = tmp_path / "kubeconfig"
        path.write_text(yaml.safe_dump(content))
        return {"KUBECONFIG": f"/none:{path}"}

    return write


def test_a_client_certificate_inline(write_kubeconfig, build_key_pair):
    key, certificate = (
        base64.b64encode(part).decode() for part in build_key_pair(ec.generate_private_key(ec.SECP256R1()))
    )
    env = write_kubeconfig(
        cluster={"certificate-authority-data": certificate, "tls-server-name": "kubernetes"},
        user={"client-certificate-data": certificate, "client-key-data": key},
    )
    credentials = load_credentials(env)
    assert credentials.server == "https://127.0.0.1:6443"
    assert credentials.server_name == "kubernetes"
    assert credentials.ssl_context is not None
    assert credentials.ssl_context.cert_store_stats()["x509"] == 1
    assert credentials.authorization() is None


def test_files_are_found_beside_the_kubeconfig(write_kubeconfig, build_key_pair, tmp_path):
    key, certificate = build_key_pair(ec.generate_private_key(ec.SECP256R1()))
    (tmp_path / "tls.crt").write_bytes(certificate)
    (tmp_path / "tls.key").write_bytes(key)
    (tmp_path / "token").write_text("t")
    env = write_kubeconfig(
        cluster={"certificate-authority": "tls.crt"},
        user={"client-certificate": "tls.crt", "client-key": "tls.key", "tokenFile": "token"},
    )
    assert load_credentials(env).authorization() == "Bearer t"


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ({"token": "t"}, "Bearer t"),
        ({"username": "u", "password": "p"}, f"Basic {base64.b64encode(b'u:p').decode()}"),
        ({}, None),
    ],
)
def test_each_way_to_sign_in(write_kubeconfig, user, expected):
    assert load_credentials(write_kubeconfig(user=user)).authorization() == expected


def test_a_plugin_to_sign_in_is_refused_in_words(write_kubeconfig):
    with pytest.raises(SettingsError, match="signs in by 'exec'"):
        load_credentials(write_kubeconfig(user={"exec": {"command": "aws"}}))


@pytest.mark.parametrize("content", ["", "[]", "{", "current-context: none\ncontexts: []\n"])
def test_a_malformed_kubeconfig_is_refused_in_words(tmp_path: Path, content: str):
    (tmp_path / "kubeconfig").write_text(content)
    with pytest.raises(SettingsError, match="can not be used"):
        load_credentials({"KUBECONFIG": str(tmp_path / "kubeconfig")})


def test_without_any_credentials_the_variable_is_named():
    with pytest.raises(SettingsError, match="KUBECONFIG is missing"):
        load_credentials({})
    with pytest.raises(SettingsError, match="names no file that exists: /none"):
        load_credentials({"KUBECONFIG": "/none"})


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=3))
def test_what_is_applied_means_the_same_as_yaml(body: dict[str, str]):
    text = encode(body, content_type=APPLY)
    assert yaml.safe_load(text) == orjson.loads(text) == body


@pytest.mark.parametrize(
    "letter", ["\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\ufeff", "\uffff", "\U0001f600"]
)
def test_letters_that_yaml_takes_for_something_else(letter: str):
    """A command with one of them ran with a space instead, or its Deployment was refused as malformed."""
    body = {letter: f"a{letter}b"}
    assert yaml.safe_load(encode(body, content_type=APPLY)) == body
    assert encode(body, content_type="application/json") == orjson.dumps(body)
