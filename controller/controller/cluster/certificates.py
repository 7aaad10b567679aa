"""Certificate Secrets in an app's namespace (sections 5.4 and 6.4)."""

from controller.cluster.answers import action
from controller.cluster.apply import apply_object
from controller.cluster.errors import ClusterError, ClusterUnreachable, reword
from controller.cluster.manifests.secrets import build_certificate_secret
from controller.cluster.names import build_certificate_secret_name
from kit.kube import SECRETS, Kube


def apply_certificate(kube: Kube, app: str, *, name: str, certificate: str, key: str) -> None:
    """Create or change the Secret, if it differs. One of another type, as older installations made, is made anew."""
    manifest = build_certificate_secret(app, name=name, certificate=certificate, key=key)
    secret = manifest["metadata"]["name"]
    words = f'update Secret "{secret}" in Namespace "{app}"'
    try:
        with action(f'get Secret "{secret}" in Namespace "{app}"'):
            live = kube.find(SECRETS, secret, namespace=app)
            if live is not None and live.get("type") != manifest["type"]:
                kube.delete(SECRETS, secret, namespace=app)
            elif live is not None and live.get("data") == manifest["data"]:
                return
        apply_object(kube, SECRETS, manifest, words=words)
    except ClusterError as error:
        text = f"There was a problem updating the certificate secret {secret} for {app}"
        raise reword(error, name_silent(error, text)) from error


def delete_certificate(kube: Kube, app: str, *, name: str) -> None:
    secret = build_certificate_secret_name(name)
    try:
        with action(f'delete Secret "{secret}" in Namespace "{app}"'):
            kube.delete(SECRETS, secret, namespace=app)
    except ClusterError as error:
        text = f"Could not delete certificate secret {secret} for application {app}"
        raise reword(error, name_silent(error, text)) from error


def name_silent(error: ClusterError, text: str) -> str:
    """The specification's text does not say who was asked; if it was not there, ours does."""
    return f"{text}: {error}" if isinstance(error, ClusterUnreachable) else text
