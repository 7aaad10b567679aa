import base64
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from kit.registrytoken import Access, KeyPairError, sign_access, sign_token

NOW = 1_700_000_000.0

KEYS = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


@pytest.fixture(params=sorted(KEYS))
def pair(request, build_key_pair):
    return request.param, *build_key_pair(KEYS[request.param]())


def test_a_token_names_one_repository_and_its_time(pair):
    algorithm, key, certificate = pair
    token = sign_token(
        key.decode(), certificate.decode(), repository="shop", actions=("pull", "push"), now=NOW, lifetime=300
    )
    public: Any = x509.load_pem_x509_certificate(certificate).public_key()
    claims = jwt.decode(
        token, public, algorithms=[algorithm], audience="deis-registry", options={"verify_exp": False}
    )
    assert claims == {
        "iss": "deis",
        "sub": "deis",
        "aud": "deis-registry",
        "iat": 1_700_000_000,
        "nbf": 1_699_999_940,
        "exp": 1_700_000_300,
        "access": [{"type": "repository", "name": "shop", "actions": ["pull", "push"]}],
    }


def test_the_certificate_goes_along(pair):
    _, key, certificate = pair
    token = sign_token(key, certificate, repository="shop", actions=["pull"], now=NOW, lifetime=300)
    chain = jwt.get_unverified_header(token)["x5c"]
    own = x509.load_pem_x509_certificate(certificate).public_bytes(Encoding.DER)
    assert [base64.b64decode(entry) for entry in chain] == [own]


def test_a_copy_needs_two_repositories(build_key_pair):
    key, certificate = build_key_pair(KEYS["ES256"]())
    access = [Access("a", ("pull",)), Access("b", ("pull", "push"))]
    token = sign_access(key, certificate, access=access, now=NOW, lifetime=300)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert [entry["name"] for entry in claims["access"]] == ["a", "b"]


def test_a_malformed_key_is_an_error_in_our_words(build_key_pair):
    _, certificate = build_key_pair(KEYS["ES256"]())
    with pytest.raises(KeyPairError, match="can not be read"):
        sign_token("not a key", certificate, repository="shop", actions=["pull"], now=NOW, lifetime=300)
