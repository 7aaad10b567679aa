"""Who we are to the API server: the pod's service account, or a kubeconfig file."""

from __future__ import annotations

import base64
import ssl
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kit.settings import SettingsError

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, kw_only=True)
class Credentials:
    server: str
    ssl_context: ssl.SSLContext | None = None
    authorization: Callable[[], str | None] = lambda: None
    """The value of the Authorization header, asked for each request."""
    server_name: str | None = None
    """The name to expect in the server's certificate, if it is not that of the address."""


class TokenFile:
    """A token that something else keeps fresh: read again whenever the file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[tuple[int, int], str] | None = None

    def __call__(self) -> str:
        try:
            stat = self._path.stat()
            mark = (stat.st_ino, stat.st_mtime_ns)
            if self._seen is None or self._seen[0] != mark:
                self._seen = (mark, f"Bearer {self._path.read_text().strip()}")
        except OSError:
            if self._seen is None:  # else: between two versions of the file; the last one is still good
                raise
        return self._seen[1]


def load_credentials(env: Mapping[str, str], *, service_account: Path = SERVICE_ACCOUNT) -> Credentials:
    """Return the pod's own credentials, or outside a pod those of the file that ``KUBECONFIG`` names.

    Raises:
        SettingsError: neither is there, or the file can not be used.
    """
    if env.get("KUBERNETES_SERVICE_HOST") and (service_account / "token").exists():
        return load_service_account(env, service_account)
    paths = [Path(path) for path in env.get("KUBECONFIG", "").split(":") if path]
    for path in paths:
        if path.exists():
            return load_kubeconfig(path)
    named = f"KUBECONFIG names no file that exists: {env['KUBECONFIG']}" if paths else "KUBECONFIG is missing"
    raise SettingsError([f"{named}; outside a pod it must name the file of a cluster"])


def load_service_account(env: Mapping[str, str], directory: Path) -> Credentials:
    host = env["KUBERNETES_SERVICE_HOST"]
    port = env.get("KUBERNETES_SERVICE_PORT") or "443"
    return Credentials(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        ssl_context=ssl.create_default_context(cafile=str(directory / "ca.crt")),
        authorization=TokenFile(directory / "token"),
    )


def load_kubeconfig(path: Path) -> Credentials:
    try:
        return parse_kubeconfig(yaml.safe_load(path.read_text()), directory=path.parent)
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError, ssl.SSLError) as error:
        raise SettingsError([f"the kubeconfig {path} can not be used: {error}"]) from error


def parse_kubeconfig(content: Any, *, directory: Path) -> Credentials:
    """Return the credentials of the current context. File names in it are relative to ``directory``."""
    context = find_named(content["contexts"], content["current-context"])["context"]
    cluster = find_named(content["clusters"], context["cluster"])["cluster"]
    user = find_named(content.get("users") or [], context["user"])["user"] if context.get("user") else {}
    for unknown in ("exec", "auth-provider"):
        if unknown in user:
            raise ValueError(f"the user signs in by {unknown!r}; a token or a client certificate is needed")
    return Credentials(
        server=cluster["server"],
        ssl_context=build_ssl_context(cluster, user, directory)
        if cluster["server"].startswith("https")
        else None,
        authorization=build_authorization(user, directory),
        server_name=cluster.get("tls-server-name"),
    )


def find_named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for entry in entries:
        if entry.get("name") == name:
            return entry
    raise ValueError(f"it has no entry named {name!r}")


def build_ssl_context(cluster: dict[str, Any], user: dict[str, Any], directory: Path) -> ssl.SSLContext:
    authority = read_data(cluster, "certificate-authority", directory)
    context = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate = read_data(user, "client-certificate", directory)
    if certificate:
        load_client_certificate(context, certificate, read_data(user, "client-key", directory) or b"")
    return context


def load_client_certificate(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Load a pair from memory; ``ssl`` reads files only, so they exist for a moment, for us alone."""
    with tempfile.TemporaryDirectory() as scratch:
        pair = Path(scratch) / "pair.pem"
        pair.touch(mode=0o600)
        pair.write_bytes(certificate.rstrip() + b"\n" + key)
        context.load_cert_chain(pair)


def read_data(entry: dict[str, Any], name: str, directory: Path) -> bytes | None:
    """Return what a kubeconfig holds inline as ``<name>-data`` or in the file ``<name>``."""
    if entry.get(f"{name}-data"):
        return base64.b64decode(entry[f"{name}-data"])
    if entry.get(name):
        file: Path = directory / entry[name]
        return file.read_bytes()
    return None


def build_authorization(user: dict[str, Any], directory: Path) -> Callable[[], str | None]:
    if user.get("token"):
        bearer = f"Bearer {user['token']}"
        return lambda: bearer
    if user.get("tokenFile"):
        return TokenFile(directory / user["tokenFile"])
    if user.get("username"):
        pair = f"{user['username']}:{user.get('password', '')}".encode()
        basic = f"Basic {base64.b64encode(pair).decode()}"
        return lambda: basic
    return lambda: None
