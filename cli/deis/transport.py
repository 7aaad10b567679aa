"""HTTP by ``requests``, with what it does not do by itself.

- The token goes to the controller's host only, and no ``.netrc`` entry takes its place.
- Certificates are checked with the system's store, or with the one the user names; a run reads it once, and only
  for https.
- Loopback addresses are never proxied.
- What only reads is asked again if the connection broke or a proxy says that nobody is behind it.
- Foreign errors become sentences here.
"""

from __future__ import annotations

import http.client
import ipaddress
import os
import re
import socket
import ssl
import time
import warnings
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_environ_proxies

from deis.errors import CliError

CONNECT_TIMEOUT = 30.0
"""Seconds; the answer to a change may take as long as the controller works."""
MAX_REDIRECTS = 10
PAUSES = (0.3, 1.0)
"""Seconds before what only reads is asked again. Nothing else is: it may have been done."""
AWAY = (502, 503, 504)
"""Statuses of a proxy with nobody behind it, and of a controller that misses something, for the moment."""
MAX_BODY = 64 * 1024 * 1024
"""Bytes of an answer, unpacked; no answer of a controller comes near."""
PIECE = 64 * 1024
DIRECTORY, BUNDLE = "/etc/ssl/certs", "/etc/ssl/certs/ca-certificates.crt"
"""Where most systems have their certificates, for an OpenSSL that looks elsewhere."""
HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")


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


class _Adapter(requests.adapters.HTTPAdapter):
    """Has one TLS context for all connections; ``requests`` would read the certificates anew for each."""

    def __init__(self, ca_bundle: str | None) -> None:
        self._ca_bundle = ca_bundle
        super().__init__()

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return build_context(self._ca_bundle, verify=True)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        host, options = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            options["ssl_context"] = self._context
        return host, options

    def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:
        if proxy.lower().startswith("https"):
            options["proxy_ssl_context"] = self._context
        return super().proxy_manager_for(proxy, **options)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: the context has the certificates."""


class _Authorization(requests.auth.AuthBase):
    """The given header or none; its presence keeps ``requests`` from reading ``.netrc``."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value:
            request.headers["Authorization"] = self._value
        return request


class Transport:
    """Sends requests to one controller, each on a connection of its own.

    ``patience`` is how many seconds the controller may be silent while something is read; 0 is for ever.
    """

    def __init__(
        self, controller: str, *, ssl_verify: bool, ca_bundle: str | None, patience: float = 0
    ) -> None:
        self._patience = patience
        self._verify = ssl_verify
        self._session = _Session()
        if ssl_verify:
            adapter = _Adapter(ca_bundle)
            self._session.mount("http://", adapter)
            self._session.mount("https://", adapter)
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

        def exchange() -> Reply:
            return self._exchange(method, url, headers=headers, data=data, authorization=authorization)

        for pause in PAUSES if method == "GET" else ():
            try:
                reply = exchange()
            except CliError as error:
                if not is_broken(error.__cause__):
                    raise
            else:
                if reply.status not in AWAY:
                    return reply
            time.sleep(pause)
        return exchange()

    def _exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], data: bytes, authorization: str
    ) -> Reply:
        patience = self._patience if method == "GET" else 0
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
                    timeout=(CONNECT_TIMEOUT, patience or None),
                    stream=True,
                )
            with response:
                return Reply(response.status_code, read_body(response), response.headers)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            reason = explain_failure(error, patience=patience)
            raise CliError(f"{method.capitalize()} {url}: {reason}") from error

    def open_stream(
        self, url: str, *, headers: Mapping[str, str], authorization: str, silence: float
    ) -> tuple[int, Iterator[str]]:
        """Status and lines of an answer that may have no end.

        Raises:
            CliError: no answer; the iterator raises it, too, when the connection breaks.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
                response = self._session.get(
                    url,
                    headers={"Accept-Encoding": "identity", "Connection": "close", **headers},
                    auth=_Authorization(authorization),
                    verify=self._verify,
                    timeout=(CONNECT_TIMEOUT, silence),
                    stream=True,
                )
        except FOREIGN as error:
            raise CliError(f"Get {url}: {explain_failure(error)}") from error
        return response.status_code, _read_lines(response, url)


def read_body(response: requests.Response) -> bytes:
    """All of it, unless it is far more than a controller sends."""
    body = bytearray()
    for chunk in response.iter_content(64 * 1024):
        body += chunk
        if len(body) > MAX_BODY:
            raise CliError(f"the answer of {response.url} has no end: more than {MAX_BODY >> 20} MiB came")
    return bytes(body)


def is_broken(error: BaseException | None) -> bool:
    """The connection was there and ended before the answer did."""
    return any(isinstance(cause, urllib3.exceptions.ProtocolError) for cause in _walk_causes(error))


FOREIGN = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)


def _read_lines(response: requests.Response, url: str) -> Iterator[str]:
    """Each line as soon as it is there."""
    rest = b""
    try:
        with response:
            for piece in response.raw.stream(PIECE, decode_content=True):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    yield line.decode("utf-8", "replace")
    except FOREIGN as error:
        raise CliError(f"Get {url}: {explain_failure(error)}") from error
    if rest:
        yield rest.decode("utf-8", "replace")


def find_certificates(ca_bundle: str | None) -> str | None:
    """File or directory of trusted certificates: the user's, else the system's; None if there is none.

    A directory comes first, as OpenSSL reads of it what it needs and of a file all.
    """
    if ca_bundle:
        return ca_bundle
    system = ssl.get_default_verify_paths()
    files = [path for path in (system.cafile, BUNDLE) if path and os.path.exists(path)]
    for directory in (system.capath, DIRECTORY):
        if directory and is_hashed(directory) and not any(is_newer(file, directory) for file in files):
            return directory
    return next(iter(files), system.capath)


def is_hashed(directory: str) -> bool:
    """Whether OpenSSL finds certificates in it: by names such as ``4f316efb.0``."""
    try:
        return any(map(HASHED.fullmatch, os.listdir(directory)))
    except OSError:
        return False


def is_newer(file: str, directory: str) -> bool:
    """Whether somebody has put a certificate into the file alone."""
    return os.path.getmtime(file) > os.path.getmtime(directory)


def build_context(ca_bundle: str | None, *, verify: bool) -> ssl.SSLContext:
    """What TLS connections share.

    Raises:
        CliError: the certificates to trust can't be read.
    """
    if not verify:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    trusted = find_certificates(ca_bundle)
    try:
        if trusted is None:
            context = ssl.create_default_context()
            context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
            return context
        if os.path.isdir(trusted):
            return ssl.create_default_context(capath=trusted)
        return ssl.create_default_context(cafile=trusted)
    except OSError as error:
        reason = "it holds none" if isinstance(error, ssl.SSLError) else error.strerror
        raise CliError(f"the certificates to trust can't be read from {trusted}: {reason}") from error


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


def explain_failure(error: BaseException, *, patience: float = 0) -> str:
    """The innermost reason in few words; the layers around it say nothing to a user."""
    chain = list(_walk_causes(error))
    known = next(filter(None, (_explain_cause(cause, patience) for cause in chain)), None)
    if known:
        return known
    for cause in chain:
        if isinstance(cause, OSError) and not isinstance(cause, (requests.RequestException, TimeoutError)):
            return _lower_first(cause.strerror or str(cause))
    if any(isinstance(cause, (TimeoutError, urllib3.exceptions.TimeoutError)) for cause in chain):
        return "the connection timed out"
    return _lower_first(str(chain[-1]) or type(chain[-1]).__name__)


def _explain_cause(cause: BaseException, patience: float) -> str | None:
    """What is often met, in words that say what to do or what is there."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError) and cause.reason:
        return f"TLS fails: {cause.reason.lower().replace('_', ' ')}; is it an https address?"
    if isinstance(cause, socket.gaierror):
        return f"the host name cannot be looked up: {cause.strerror}"
    if isinstance(cause, (http.client.IncompleteRead, requests.exceptions.ChunkedEncodingError)):
        return "the answer broke off"
    if isinstance(cause, http.client.BadStatusLine) and not isinstance(cause, ConnectionError):
        return "what answers there does not speak HTTP"
    if isinstance(cause, urllib3.exceptions.ReadTimeoutError) and patience:
        return f"no answer for {patience:g} seconds"
    return None


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
