"""A small client of the Kubernetes API: what `up` needs, without starting kubectl."""

import http.client
import json
import ssl
from typing import Any
from urllib.parse import urlsplit

from devcluster.certificates import get_pair
from devcluster.errors import ApiError, ClusterDown
from devcluster.settings import Settings

Manifest = dict[str, Any]
FIELD_MANAGER = "devcluster"
CLUSTER_SCOPED = ("ClusterRole", "ClusterRoleBinding", "StorageClass", "PersistentVolume", "APIService")
PLURALS = {"StorageClass": "storageclasses"}


def build_path(manifest: Manifest) -> str:
    """Where an object lives in the API."""
    version, kind, metadata = manifest["apiVersion"], manifest["kind"], manifest["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    plural = PLURALS.get(kind, f"{kind.lower()}s")
    if kind in CLUSTER_SCOPED:
        return f"{root}/{plural}/{metadata['name']}"
    return f"{root}/namespaces/{metadata['namespace']}/{plural}/{metadata['name']}"


class Kube:
    """The API server, as its administrator."""

    def __init__(self, settings: Settings) -> None:
        pair = get_pair("admin", settings)
        address = urlsplit(settings.api_url)
        context = ssl.create_default_context(cafile=str(pair.authority))
        context.load_cert_chain(pair.certificate, pair.key)
        self._connection = http.client.HTTPSConnection(
            address.hostname or "", address.port, context=context, timeout=10
        )

    def is_ready(self) -> bool:
        """Whether the API server says that it is."""
        try:
            return self._send("GET", "/readyz") == b"ok"
        except (ApiError, ClusterDown):
            return False

    def get(self, path: str) -> Manifest:
        """An object or a list."""
        answer: Manifest = json.loads(self._send("GET", path))
        return answer

    def apply(self, manifest: Manifest) -> None:
        """Make the object so."""
        path = f"{build_path(manifest)}?fieldManager={FIELD_MANAGER}&force=true"
        self._send("PATCH", path, body=json.dumps(manifest))

    def delete(self, manifest: Manifest) -> None:
        """Delete the object, which may be gone already."""
        try:
            self._send("DELETE", build_path(manifest))
        except ApiError as error:
            if error.code != 404:
                raise

    def is_gone(self, manifest: Manifest) -> bool:
        """Whether there is no such object."""
        try:
            self.get(build_path(manifest))
        except ApiError as error:
            if error.code == 404:
                return True
            raise
        return False

    def has_condition(self, path: str, condition: str) -> bool:
        """Whether the object exists, its status is up to date, and the condition is true."""
        try:
            found = self.get(path)
        except ApiError as error:
            if error.code == 404:
                return False
            raise
        status = found.get("status", {})
        generation = found["metadata"].get("generation", 0)
        if status.get("observedGeneration", generation) < generation:
            return False
        held = (item for item in status.get("conditions", []) if item["type"] == condition)
        return any(item["status"] == "True" for item in held)

    def _send(self, method: str, path: str, *, body: str | None = None) -> bytes:
        """One request. A connection that was idle, while something was compiled, may have been closed by the server."""
        headers = {"Content-Type": "application/apply-patch+yaml", "Accept": "application/json"}
        is_kept = self._connection.sock is not None
        try:
            self._connection.request(method, path, body=body, headers=headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            if is_kept:
                return self._send(method, path, body=body)
            raise ClusterDown(f"The API server does not answer: {error}.") from error
        if response.status >= 400:
            reason = content.decode(errors="replace")[:500]
            raise ApiError(f"{method} {path}: {response.status} {reason}", code=response.status)
        return content
