"""Tokens from the providers."""

import base64
from dataclasses import dataclass

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.urllib3 import Request
from google.oauth2.service_account import Credentials

from kit.settings import Secret
from registry_token_refresher.errors import TokenFailed
from registry_token_refresher.settings import EcrAccount, GcrAccount

GCR_HOST = "https://gcr.io"
GCR_USER = "oauth2accesstoken"
SCOPES = (
    "https://www.googleapis.com/auth/devstorage.read_write",  # the Container Registry
    "https://www.googleapis.com/auth/cloud-platform",  # its successor, the Artifact Registry
)
TIMEOUT = 30


@dataclass(frozen=True)
class Token:
    """What a registry's clients log in with."""

    hostname: str
    auth: Secret
    """``user:password`` in base64."""


def fetch_token(account: EcrAccount | GcrAccount, *, hostname: str) -> Token:
    """Return a new token; ``hostname`` overrides the provider's.

    Raises:
        TokenFailed: the provider does not answer, or refuses.
    """
    if isinstance(account, GcrAccount):
        return fetch_gcr(account, hostname=hostname)
    return fetch_ecr(account, hostname=hostname)


def fetch_ecr(account: EcrAccount, *, hostname: str) -> Token:
    try:
        client = boto3.client(
            "ecr",
            region_name=account.region,
            aws_access_key_id=account.access_key or None,
            aws_secret_access_key=account.secret_key.reveal() or None,
            config=Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT),
        )
        ids = {"registryIds": [account.registry_id]} if account.registry_id else {}
        [given, *_] = client.get_authorization_token(**ids)["authorizationData"]
    except (BotoCoreError, ClientError, ValueError) as error:
        raise TokenFailed(f"ECR gave no token: {error}") from error
    return Token(hostname or given["proxyEndpoint"], Secret(given["authorizationToken"]))


def fetch_gcr(account: GcrAccount, *, hostname: str) -> Token:
    try:
        credentials = Credentials.from_service_account_file(str(account.key_file), scopes=SCOPES)  # type: ignore[no-untyped-call]
        with urllib3.PoolManager(timeout=TIMEOUT) as pool:
            credentials.refresh(Request(pool))  # type: ignore[no-untyped-call]
    except (GoogleAuthError, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise TokenFailed(f"Google gave no token: {error}") from error
    pair = f"{GCR_USER}:{credentials.token}"
    return Token(hostname or GCR_HOST, Secret(base64.b64encode(pair.encode()).decode()))
