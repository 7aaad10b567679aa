"""Amazon's registry, where a repository is there only once it was made.

Source: build specification, section 11.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from builder.errors import ReceiveError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 4, "mode": "standard"})


def apply_repository(values: Mapping[str, str], name: str) -> None:
    """Make a repository unless it exists.

    Args:
        values: the account, as in the Secret ``registry-secret``: ``region``, ``accesskey``, ``secretkey``, ``registryid``.
            Without keys: the environment's, a shared file's or the node's own role.
        name: of the repository, which is the app's.

    Raises:
        ReceiveError: no region, no answer, or refused.
    """
    if not values.get("region"):
        raise ReceiveError("error getting private registry details No region parameter provided")
    registry: Any = {"registryId": values["registryid"]} if values.get("registryid") else {}
    try:
        client = open_client(values)
        client.create_repository(repositoryName=name, **registry)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "RepositoryAlreadyExistsException":
            raise ReceiveError(f"error getting private registry details {error}") from error
    except (BotoCoreError, ValueError) as error:
        raise ReceiveError(f"error getting private registry details {error}") from error


def open_client(values: Mapping[str, str]) -> ECRClient:
    return boto3.session.Session().client(
        "ecr",
        region_name=values["region"],
        aws_access_key_id=values.get("accesskey") or None,
        aws_secret_access_key=values.get("secretkey") or None,
        config=CONFIG,
    )
