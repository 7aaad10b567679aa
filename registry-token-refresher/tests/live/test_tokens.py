"""Tokens by the providers' own clients: Amazon's from an emulator of its API, Google's from a stand-in."""

import base64
import json
import urllib.parse
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from amazon import ask_for_credentials, forget, run_amazon
from kit.settings import Secret
from registry_token_refresher.errors import TokenFailed
from registry_token_refresher.settings import EcrAccount, GcrAccount
from registry_token_refresher.tokens import fetch_token


@pytest.fixture(scope="module")
def amazon(tmp_path_factory):
    with run_amazon(tmp_path_factory.mktemp("amazon")) as address:
        yield address


@pytest.fixture
def ecr(amazon, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", amazon)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    forget(amazon)
    return EcrAccount(region="eu-west-1", access_key="key", secret_key=Secret("secret"))


@pytest.fixture
def gcr(provider, tmp_path):
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    email = "pusher@project.iam.gserviceaccount.com"
    account = {
        "type": "service_account",
        "private_key": pem,
        "client_email": email,
        "token_uri": provider.url,
    }
    path = tmp_path / "key.json"
    path.write_text(json.dumps(account))
    provider.answer = (200, {"access_token": "fresh", "expires_in": 3600, "token_type": "Bearer"})
    return GcrAccount(key_file=path)


def test_ecr_gives_token_and_host(ecr):
    token = fetch_token(ecr, hostname="")

    assert token.hostname == "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    assert base64.b64decode(token.auth.reveal()).startswith(b"AWS:")


def test_ecr_is_asked_for_the_registry_that_is_named(ecr):
    token = fetch_token(replace(ecr, registry_id="210987654321"), hostname="")

    assert token.hostname == "https://210987654321.dkr.ecr.eu-west-1.amazonaws.com"


def test_a_configured_host_wins(ecr, gcr):
    assert (
        fetch_token(gcr, hostname="https://europe-docker.pkg.dev").hostname == "https://europe-docker.pkg.dev"
    )
    assert fetch_token(ecr, hostname="https://mine").hostname == "https://mine"


def test_ecr_that_refuses_is_a_sentence(ecr, amazon):
    ask_for_credentials(amazon)

    with pytest.raises(TokenFailed, match=r"(?s)ECR gave no token: .*InvalidClientTokenId"):
        fetch_token(ecr, hostname="")


def test_google_gives_a_token_to_the_service_account(gcr, provider):
    token = fetch_token(gcr, hostname="")

    assert token.hostname == "https://gcr.io"
    assert base64.b64decode(token.auth.reveal()) == b"oauth2accesstoken:fresh"
    [assertion] = urllib.parse.parse_qs(provider.bodies[0])["assertion"]
    payload = assertion.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["iss"] == "pusher@project.iam.gserviceaccount.com"
    assert "devstorage.read_write" in claims["scope"]


def test_google_that_refuses_is_a_sentence(gcr, provider):
    provider.answer = (400, {"error": "invalid_grant", "error_description": "Invalid JWT"})

    with pytest.raises(TokenFailed, match=r"Google gave no token: .*Invalid JWT"):
        fetch_token(gcr, hostname="")


def test_a_broken_key_is_a_sentence(tmp_path):
    (tmp_path / "key.json").write_text("{}")

    with pytest.raises(TokenFailed, match="Google gave no token"):
        fetch_token(GcrAccount(key_file=tmp_path / "key.json"), hostname="")
