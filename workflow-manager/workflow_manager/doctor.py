"""The command ``doctor``, for ``kubectl exec``: has a report made, and says where it is or writes it out.

Source: platform specification, 12.3.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
import uuid

from .errors import ServiceFailed
from .settings import Settings

TIMEOUT = 120.0


def request_report(port: int) -> str:
    """Have the server in this pod make a report; return its number.

    Raises:
        ServiceFailed: it did not.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://127.0.0.1:{port}/doctor", data=b"", method="POST")
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            return str(uuid.UUID(answer.read().decode()))
    except urllib.error.HTTPError as error:
        with error:
            raise ServiceFailed(error.read().decode(errors="replace").strip()) from error
    except (OSError, ValueError) as error:
        raise ServiceFailed(f"the workflow manager does not answer on port {port}: {error}") from error


def run_doctor(settings: Settings) -> int:
    """Write the report to standard output, or, where there is a doctor service, its address there.

    Raises:
        ServiceFailed: there is none.
    """
    number = request_report(settings.port)
    if settings.doctor_api_url:
        address = f"{settings.doctor_api_url}/v3/doctor/{number}"
        print(f"Information sent to deis doctor is available at the following url  {address}")
        return 0
    try:
        report = (settings.report_directory / f"{number}.json").read_text()
    except OSError as error:
        raise ServiceFailed(f"report {number} is gone already ({error.strerror}); ask again") from error
    print(
        f"Report {number}. It holds the environment of the platform's pods: look before you share it.",
        file=sys.stderr,
    )
    print(report)
    return 0
