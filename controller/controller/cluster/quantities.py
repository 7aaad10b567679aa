"""Amounts as Kubernetes writes them: ``250m``, ``12345n``, ``64Mi``, ``1e3``."""

import re
from decimal import Decimal

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?P<suffix>[a-zA-Z]*)"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
FACTORS = {suffix: Decimal(10) ** power for suffix, power in _DECIMAL.items()} | {
    suffix: Decimal(1024) ** (index + 1) for index, suffix in enumerate(_BINARY)
}


def parse_quantity(text: str) -> Decimal:
    """In cores, bytes, or whatever it counts.

    Raises:
        ValueError: it is none.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None or match["suffix"] not in FACTORS:
        raise ValueError(f"{text!r} is no quantity")
    return Decimal(match["number"]) * FACTORS[match["suffix"]]
