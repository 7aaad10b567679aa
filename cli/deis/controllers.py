"""The controller's URL as users type it and as requests need it.

Source: cli specification, section 5.1.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

from deis.errors import CliError

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.?")
_UNRESERVED = "/$&+,:;=@~"


def parse_controller(text: str) -> str:
    """Return the URL with a scheme, scheme and host in lower case; the path stays as typed.

    Raises:
        CliError: the host is missing or can be no host, or the port is not a number.
    """
    text = text.strip()
    if text.startswith("//"):
        text = f"http:{text}"
    elif not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        host, port = _parse_host(parts.netloc)
    except ValueError as error:
        named = "the controller's URL" if "@" in text else text  # a password is not repeated
        raise CliError(f"{named} is not a valid URL: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise CliError(f'unsupported protocol scheme "{parts.scheme}" in {text}, use http or https')
    netloc = f"{host}:{port}" if port else host
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))


def _parse_host(netloc: str) -> tuple[str, str]:
    if "@" in netloc:
        raise CliError("the controller's URL must not contain a user name or a password")
    host, port = netloc, ""
    if match := re.fullmatch(r"(.*):([^:\]]*)", netloc):
        host, port = match.groups()
    if not host:
        raise CliError('host "": empty host')
    if port and not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise CliError(f'host "{netloc}": invalid port "{port}"')
    return _parse_hostname(host.lower()), port


def _parse_hostname(host: str) -> str:
    if host.startswith("["):
        if not re.fullmatch(r"\[[0-9a-f:.]+(%25[^\]]+)?\]", host):
            raise CliError(f'host "{host}": invalid host')
        return host
    ascii_host = host
    if not host.isascii():
        try:
            ascii_host = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise CliError(f'host "{host}": invalid host') from error
    if ascii_host != "localhost" and not _DOMAIN.fullmatch(ascii_host):
        raise CliError(f'host "{host}": invalid host')
    return ascii_host


def get_host(controller: str) -> str:
    """Host and port of a parsed controller URL."""
    return urlsplit(controller).netloc


def build_url(controller: str, path: str) -> str:
    """The URL of an API path: it replaces the path of the controller's URL.

    A path that a server has sent must be one, so that nothing in it becomes a part of the host.
    """
    if not path.startswith("/"):
        raise CliError(f"{path} is no path of the API")
    parts = urlsplit(controller)
    return f"{parts.scheme}://{parts.netloc}{path}"


def build_path(*segments: str, slash: bool = True) -> str:
    """``build_path("apps", "shop")`` is ``/v2/apps/shop/``; segments are percent-encoded."""
    joined = "/".join(quote(segment, safe=_UNRESERVED, errors="surrogateescape") for segment in segments)
    return f"/v2/{joined}{'/' if slash else ''}"


def expand_domain(domain: str, controller: str) -> str:
    """An app's host name: a bare label takes the place of the first label of the controller's host."""
    if "." in domain:
        return domain
    _, dot, rest = get_host(controller).partition(".")
    return f"{domain}{dot}{rest}"
