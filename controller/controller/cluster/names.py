"""Names, labels and annotations of an app's objects.

The contract with router, logger and log shipper (section 3).
"""

import random
import string
from collections.abc import Mapping

from kit.names import build_object_name

MANAGER = "deis-controller"
RELEASE = "deis.io/release"
"""Annotation: UUID of the release an object was made for."""
FENCE = "deis.io/fence"
"""Annotation of a Deployment: the highest release version known to the operation that wrote it last."""
CHANGE_CAUSE = "kubernetes.io/change-cause"
SLUG_FETCH_URL_KEY = "slug-fetch-url"
"""Key in the env secret. The dash keeps it apart from every variable name."""

INTERACTIVE = "deis.io/interactive"
"""Label of the pod of an interactive run, which goes on when a newer release is deployed."""

RUN_TYPE = "run"
RUN_SUFFIX_LENGTH = 5


def build_process_name(app: str, process_type: str) -> str:
    """Name of the Deployment, the autoscaler and the container of a process type.

    Never above 63 characters.
    """
    return build_object_name(app, process_type)


def build_env_secret_name(app: str, version: int) -> str:
    return f"{app}-v{version}-env"


def build_quota_name(app: str) -> str:
    return f"{app}-quota"


def build_certificate_secret_name(certificate: str) -> str:
    return f"{certificate}-cert"


def build_run_pod_name(app: str, random_source: random.Random) -> str:
    """``<app>-run-x7k2p``"""
    letters = string.ascii_lowercase + string.digits
    suffix = "".join(random_source.choice(letters) for _ in range(RUN_SUFFIX_LENGTH))
    return build_object_name(app, RUN_TYPE, suffix)


def build_app_labels(app: str) -> dict[str, str]:
    return {"app": app, "heritage": "deis"}


def build_type_labels(app: str, process_type: str) -> dict[str, str]:
    """Labels of a Deployment and its selector, which can never change."""
    return {"app": app, "type": process_type, "heritage": "deis"}


def build_pod_labels(app: str, process_type: str, version: int) -> dict[str, str]:
    return {"app": app, "version": f"v{version}", "type": process_type, "heritage": "deis"}


def parse_version(label: str) -> int:
    """The number in ``v3``; 0 for anything that is not a version label."""
    number = label.removeprefix("v")
    return int(number) if label.startswith("v") and number.isdecimal() else 0


def render_selector(labels: Mapping[str, str]) -> str:
    """``app=shop,heritage=deis``"""
    return ",".join(f"{key}={value}" for key, value in labels.items())
