"""An app's log, as the logger keeps it. Source: API specification, section 8.6."""

from __future__ import annotations

from urllib.parse import quote

import urllib3
from urllib3.exceptions import HTTPError

from kit.errors import Unavailable
from kit.logs import app_logger

log = app_logger(__name__)

TRIES = 3
PAUSE = 0.5
EMPTY = (204, 404)
FOUND = 200


class Logger:
    """The logger component, over HTTP."""

    def __init__(self, url: str, *, pause: float = PAUSE) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(maxsize=16, timeout=urllib3.Timeout(connect=2.0, read=10.0))
        self._retries = urllib3.Retry(
            total=TRIES - 1,
            backoff_factor=pause,
            status_forcelist=[code for code in range(300, 600) if code not in EMPTY],
            raise_on_status=False,
            redirect=0,
        )

    def read(self, app: str, lines: str) -> str | None:
        """The newest lines, oldest first; None when there are none.

        Raises:
            Unavailable: it does not answer, or with an error.
        """
        try:
            answer = self._pool.request(
                "GET", f"{self._url}/logs/{app}", fields={"log_lines": lines}, retries=self._retries
            )
        except HTTPError as error:
            raise Unavailable(f"Error accessing logs for {app}") from error
        if answer.status in EMPTY:
            return None
        if answer.status != FOUND:
            raise Unavailable(f"Error accessing logs for {app}")
        return answer.data.decode(errors="replace")

    def purge(self, app: str) -> None:
        """Drop an app's lines; errors are only logged."""
        try:
            self._pool.request("DELETE", f"{self._url}/logs/{quote(app)}", retries=False)
        except HTTPError as error:
            log.warning(app, "Error deleting existing application logs: %s", error)
