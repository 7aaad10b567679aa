"""Tells the operator's URLs of every new release, in its own time: nobody waits, and no failure matters.

Source: API specification, section 11.
"""

from __future__ import annotations

import hashlib
import hmac
import platform
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import HTTPError

from kit.logs import app_logger
from kit.settings import Secret

log = app_logger(__name__)

RETRIES = 10
TIMEOUT = 20.0


def build_url(url: str, parameters: Mapping[str, str]) -> str:
    """With the parameters in alphabetical order."""
    return f"{url}?{urlencode(sorted(parameters.items()))}"


def build_headers(url: str, *, secret: Secret | None, version: str) -> dict[str, str]:
    """``Authorization`` is an HMAC of the whole address."""
    python = f"{platform.python_implementation()}/{platform.python_version()}"
    headers = {"User-Agent": f"Deis Controller/{version} {python} {platform.system()}/{platform.release()}"}
    if secret:
        headers["Authorization"] = hmac.new(secret.reveal().encode(), url.encode(), hashlib.sha1).hexdigest()
    return headers


class DeployHooks:
    """One thread, in order. A full queue is not bounded: hooks are few."""

    def __init__(self, urls: tuple[str, ...], *, secret: Secret | None, version: str) -> None:
        self._urls = urls
        self._secret = secret
        self._version = version
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(total=TIMEOUT))
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="deploy-hooks")

    def send(self, parameters: Mapping[str, str]) -> None:
        for url in self._urls:
            self._pool.submit(self._send, url, dict(parameters))

    def _send(self, url: str, parameters: Mapping[str, str]) -> None:
        app, address = parameters["app"], build_url(url, parameters)
        headers = build_headers(address, secret=self._secret, version=self._version)
        try:
            self._http.request("POST", address, headers=headers, retries=urllib3.Retry(RETRIES, status=0))
        except (HTTPError, ValueError) as error:
            log.error(app, "An error occurred while sending the deploy hook to %s: %s", url, error)
        else:
            log.info(app, "Deploy hook sent to %s", url)
