"""HTTP by ``requests``, with what it does not do by itself.

- The token goes to the controller's host only, and no ``.netrc`` entry takes its place.
- Certificates are checked with the system's store, or with the one the user names.
- Loopback addresses are never proxied.
- Foreign errors become sentences here.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import warnings
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.utils import get_environ_proxies

from deis.errors import CliError

CONNECT_TIMEOUT = 30.0
"""Seconds; an answer may take as long as the controller works."""
MAX_REDIRECTS = 10


class Reply(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str]


class _Session(requests.Session):
    """A session that refuses to be led to another host and never looks for credentials itself."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        if not is_same_controller(response.request.url or "", prepared_request.url or ""):
            raise CliError(
                f"{response.request.url} redirects to {prepared_request.url}; "
                "log in to that controller if it is the right one"
            )


class _Authorization(requests.auth.AuthBase):
    """The given header or none; its presence keeps ``requests`` from reading ``.netrc``."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value:
            request.headers["Authorization"] = self._value
        return request


class Transport:
    """Sends requests to one controller, each on a connection of its own."""

    def __init__(self, controller: str, *, ssl_verify: bool, ca_bundle: str | None) -> None:
        self._verify = find_certificates(ca_bundle) if ssl_verify else False
        self._session = _Session()
        self._session.trust_env = False
        self._session.max_redirects = MAX_REDIRECTS
        if not is_loopback(urlsplit(controller).hostname or ""):
            self._session.proxies.update(get_environ_proxies(controller))

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], data: bytes, authorization: str
    ) -> Reply:
        """One request and, within the same host, the redirects it leads to.

        Raises:
            CliError: no answer, or half of one.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
                response = self._session.request(
                    method,
                    url,
                    headers={"Accept-Encoding": "gzip", "Connection": "close", **headers},
                    data=data or None,
                    auth=_Authorization(authorization),
                    verify=self._verify,
                    timeout=(CONNECT_TIMEOUT, None),
                )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise CliError(f"{method.capitalize()} {url}: {explain_failure(error)}") from error
        return Reply(response.status_code, response.content, response.headers)


def find_certificates(ca_bundle: str | None) -> str | bool:
    """File or directory of trusted certificates: the user's, the system's, else that of ``requests``."""
    if ca_bundle:
        return ca_bundle
    system = ssl.get_default_verify_paths()
    candidates = (system.cafile, "/etc/ssl/certs/ca-certificates.crt", system.capath)
    return next((path for path in candidates if path and os.path.exists(path)), True)


def build_context(ca_bundle: str | None, *, verify: bool) -> ssl.SSLContext:
    """For connections that ``requests`` can't make."""
    trusted = find_certificates(ca_bundle)
    context = ssl.create_default_context()
    if isinstance(trusted, str):
        place = "capath" if os.path.isdir(trusted) else "cafile"
        context.load_verify_locations(**{place: trusted})
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def is_same_controller(before: str, after: str) -> bool:
    """A redirect may change the path, and http to https on the usual ports; nothing else."""
    first, second = urlsplit(before), urlsplit(after)
    if first.hostname != second.hostname:
        return False
    if first.scheme == second.scheme:
        return (first.port or 0) == (second.port or 0)
    return (first.scheme, first.port or 80) == ("http", 80) and (second.scheme, second.port or 443) == (
        "https",
        443,
    )


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def explain_failure(error: BaseException) -> str:
    """The innermost reason in few words; the layers around it say nothing to a user."""
    chain = list(_walk_causes(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate is not trusted: {cause.verify_message}"
        if isinstance(cause, socket.gaierror):
            return f"the host name cannot be looked up: {cause.strerror}"
    for cause in chain:
        if isinstance(cause, OSError) and not isinstance(cause, (requests.RequestException, TimeoutError)):
            return _lower_first(cause.strerror or str(cause))
    if any(isinstance(cause, (TimeoutError, urllib3.exceptions.TimeoutError)) for cause in chain):
        return "the connection timed out"
    return _lower_first(str(chain[-1]) or type(chain[-1]).__name__)


def _walk_causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        yield error
        reason = getattr(error, "reason", None)
        inner = next((part for part in error.args if isinstance(part, BaseException)), None)
        error = reason if isinstance(reason, BaseException) else inner or error.__cause__ or error.__context__


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
