"""Tokens against a real registry: what it lets a holder do."""

import hashlib
import subprocess
import time
from dataclasses import dataclass

import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from kit.registrytoken import sign_token
from loopback import find_port

CONFIG = """
version: 0.1
log: {{level: info}}
storage: {{filesystem: {{rootdirectory: {root}}}}}
http: {{addr: "127.0.0.1:{port}"}}
auth:
  token:
    realm: http://127.0.0.1/none
    service: deis-registry
    issuer: deis
    rootcertbundle: {bundle}
"""
BLOB = b"layer"
DIGEST = f"sha256:{hashlib.sha256(BLOB).hexdigest()}"


@dataclass(frozen=True)
class Registry:
    address: str
    key: bytes
    certificate: bytes

    def token(self, repository="shop", actions=("pull", "push"), *, now=None, key=None):
        moment = time.time() if now is None else now
        pair = key or (self.key, self.certificate)
        return sign_token(*pair, repository=repository, actions=actions, now=moment, lifetime=120)

    def ask(self, method, path, token, **options):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return urllib3.request(method, self.address + path, headers=headers, **options)

    def push(self, token):
        started = self.ask("POST", "/v2/shop/blobs/uploads/", token)
        if started.status != 202:
            return started.status
        where = started.headers["Location"].removeprefix(self.address)
        return self.ask("PUT", f"{where}&digest={DIGEST}", token, body=BLOB).status


@pytest.fixture(scope="module", params=["ecdsa", "rsa"])
def registry(request, tmp_path_factory, find_program, wait_until_answers, build_key_pair):
    program = find_program("registry")
    kinds = {
        "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
    }
    key, certificate = build_key_pair(kinds[request.param]())
    directory = tmp_path_factory.mktemp("registry")
    bundle, config = directory / "tls.crt", directory / "config.yml"
    bundle.write_bytes(certificate)
    port = find_port()
    config.write_text(CONFIG.format(root=directory / "objects", port=port, bundle=bundle))
    address = f"http://127.0.0.1:{port}"
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log)
        try:
            wait_until_answers(address, process)
            yield Registry(address, key, certificate)
        finally:
            process.terminate()
            process.wait(10)
            print((directory / "log").read_text()[-4000:])


def test_the_holder_pushes_and_pulls(registry):
    token = registry.token()
    assert registry.push(token) == 201
    pulled = registry.ask("GET", f"/v2/shop/blobs/{DIGEST}", registry.token(actions=("pull",)))
    assert (pulled.status, pulled.data) == (200, BLOB)


@pytest.mark.parametrize(
    "build",
    [
        lambda registry: None,
        lambda registry: registry.token("other"),
        lambda registry: registry.token(actions=("pull",)),
        lambda registry: registry.token(now=time.time() - 1000),
        lambda registry: registry.token()[:-8] + "AAAAAAAA",
    ],
    ids=["no token", "another repository", "only pull", "expired", "tampered with"],
)
def test_nobody_else_pushes(registry, build):
    assert registry.push(build(registry)) == 401


def test_a_token_of_another_key_is_refused(registry, build_key_pair):
    other = build_key_pair(ec.generate_private_key(ec.SECP256R1()))
    assert registry.push(registry.token(key=other)) == 401
