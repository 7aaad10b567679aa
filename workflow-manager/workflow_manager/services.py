"""The two services outside that an operator may name: one knows versions, the other keeps doctor's reports.

Source: platform specification, 12.2 and 12.3.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import ServiceFailed

TIMEOUT = 30.0
LONGEST_ANSWER = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service."""

    url: str
    proxies: Mapping[str, str] = field(default_factory=dict)
    """By scheme. Hosts that NO_PROXY names are asked directly."""

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON; return the JSON that comes back, None if there is none.

        Raises:
            ServiceFailed: it was not taken.
        """
        address = self.url + path
        request = urllib.request.Request(
            address, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler(dict(self.proxies)))
        try:
            with opener.open(request, timeout=TIMEOUT) as answer:
                content = answer.read(LONGEST_ANSWER)
            return json.loads(content) if content.strip() else None
        except urllib.error.HTTPError as error:
            with error:
                reason = find_message(error.read(LONGEST_ANSWER))
            raise ServiceFailed(f"{address} answered with status {error.code}{reason}") from error
        except (OSError, http.client.HTTPException) as error:
            raise ServiceFailed(f"{address} cannot be reached: {error}") from error
        except ValueError as error:
            raise ServiceFailed(f"{address} answered with what is no JSON: {error}") from error


def find_message(content: bytes) -> str:
    """Return what an error answer says, to be put behind its status."""
    try:
        said = json.loads(content)
    except ValueError:
        return ""
    return f": {said['message']}" if isinstance(said, dict) and said.get("message") else ""
