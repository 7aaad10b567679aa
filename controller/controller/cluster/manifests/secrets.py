"""Secrets of an app: its environment, its image pull credentials, its certificates (section 6)."""

import base64
from collections.abc import Mapping

from controller.cluster.desired import DesiredApp, PullSecret
from controller.cluster.names import (
    RELEASE,
    SLUG_FETCH_URL_KEY,
    build_app_labels,
    build_certificate_secret_name,
    build_env_secret_name,
)
from kit.kube import Manifest

DOCKERCONFIG = ".dockerconfigjson"


def build_env_secret(desired: DesiredApp) -> Manifest:
    """One for a release, shared by its process types; the key is the exact name of the variable.

    What the init container fetches the slug with is kept here too, under a key that no variable can have.
    """
    values = dict(sorted(desired.env.items()))
    if desired.slug is not None:
        values[SLUG_FETCH_URL_KEY] = desired.slug.fetch_url
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": build_env_secret_name(desired.app, desired.version),
            "namespace": desired.app,
            "labels": build_app_labels(desired.app) | {"type": "env", "version": f"v{desired.version}"},
            "annotations": {RELEASE: desired.release_uuid},
        },
        "type": "Opaque",
        "data": encode(values),
    }


def build_pull_secret_manifest(app: str, secret: PullSecret) -> Manifest | None:
    """The Secret with the credentials; None when another component keeps it."""
    if secret.dockerconfig is None:
        return None
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": secret.name, "namespace": app, "labels": build_app_labels(app)},
        "type": "kubernetes.io/dockerconfigjson",
        "data": encode({DOCKERCONFIG: secret.dockerconfig.reveal()}),
    }


def build_certificate_secret(app: str, *, name: str, certificate: str, key: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": build_certificate_secret_name(name),
            "namespace": app,
            "labels": build_app_labels(app),
        },
        "type": "kubernetes.io/tls",
        "data": encode({"tls.crt": certificate, "tls.key": key}),
    }


def encode(values: Mapping[str, str]) -> dict[str, str]:
    return {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}
