"""Memory and CPU limits as users write them to container resources (section 13)."""

import re
from typing import Any

_AMOUNT = re.compile(r"(?P<number>[0-9.]+)(?P<unit>[a-zA-Z]*)")


def build_resources(*, memory: str, cpu: str) -> dict[str, Any]:
    """The container's ``resources`` entry; ``{}`` when nothing is limited.

    One value is the limit, ``<request>/<limit>`` gives both.
    """
    resources: dict[str, Any] = {}
    for name, text, convert in (("memory", memory, convert_memory), ("cpu", cpu, str.lower)):
        if not text:
            continue
        request, _, limit = text.rpartition("/")
        if request:
            resources.setdefault("requests", {})[name] = convert(request.strip())
        resources.setdefault("limits", {})[name] = convert(limit.strip())
    return {"resources": resources} if resources else {}


def convert_memory(amount: str) -> str:
    """``1024m`` to ``1024Mi``, ``20GB`` to ``20Gi``, ``512B`` to plain bytes; a bare number stays.

    What has no such form goes through unchanged, and the API server says what is wrong with it.
    """
    match = _AMOUNT.fullmatch(amount)
    if match is None:
        return amount
    unit = match["unit"].upper()
    if unit in ("", "B"):
        return match["number"]
    return f"{match['number']}{unit[0]}i"
