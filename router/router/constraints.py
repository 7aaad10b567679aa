"""What the value of an annotation may look like.

Each constraint is shown in warnings as the specification writes it, and checked by a pattern that takes linear
time in a backtracking engine: app users control these values. Lists are split first, so patterns see one
element.

Source: router specification, sections 5 and 5.1.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass

from router.errors import InvalidValue

SIZE_LIMIT = 2**40
TIME_LIMIT_MS = 100 * 365 * 86_400_000
INTEGER_LIMIT = 2**63 - 1

UNIT_BYTES = {"": 1, "k": 2**10, "m": 2**20}
UNIT_MS = {
    "ms": 1,
    "": 1000,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 7 * 86_400_000,
    "M": 30 * 86_400_000,
    "y": 365 * 86_400_000,
}

LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
LAST_LABEL = r"[a-z0-9][a-z0-9-]*[a-z0-9]"
DOMAIN = rf"(?:(?:(?:\*\.)?{LABEL}\.)+{LAST_LABEL}|{LABEL})"
DOMAIN_LENGTH = 253
PATTERN_LENGTH = 4096
SPACE = r"[\t\n\f\r ]"


def always(_: str) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """``check`` looks at what a pattern can't say; it raises ``InvalidValue``."""

    shown: str
    pattern: re.Pattern[str]
    check: Callable[[str], None] = always

    def validate(self, value: str) -> None:
        """Raise ``InvalidValue`` whose text completes a sentence that begins with the field and value."""
        if len(value) > PATTERN_LENGTH or not self.pattern.fullmatch(value):
            raise InvalidValue(f"does not satisfy constraint /{self.shown}/")
        self.check(value)


def build_constraint(
    shown: str,
    pattern: str | None = None,
    *,
    check: Callable[[str], None] = always,
    ignore_case: bool = False,
) -> Constraint:
    """``shown`` serves as the pattern, too, if it is harmless as it is."""
    flags = re.ASCII | re.IGNORECASE if ignore_case else re.ASCII
    text = pattern or shown.removeprefix("(?i)").removeprefix("^").removesuffix("$")
    return Constraint(shown=shown, pattern=re.compile(text, flags), check=check)


def limit_integer(limit: int) -> Callable[[str], None]:
    def check(value: str) -> None:
        if value.isdecimal() and parse_digits(value, limit) > limit:
            raise InvalidValue("is too large")

    return check


def check_size(value: str) -> None:
    if parse_size(value) > SIZE_LIMIT:
        raise InvalidValue("is too large")


def check_time(value: str) -> None:
    if parse_time_ms(value) > TIME_LIMIT_MS:
        raise InvalidValue("is too long")


def check_time_in_seconds(value: str) -> None:
    if value.endswith("ms"):
        raise InvalidValue("must be given in seconds or longer units")
    check_time(value)


def check_domain(value: str) -> None:
    """Refuse what nginx can't hold: a star in the middle, labels and names that are too long for the DNS."""
    if "*" in value.removeprefix("*."):
        raise InvalidValue("has a * that is not its first label")
    if len(value) > DOMAIN_LENGTH or any(len(label) > 63 for label in value.split(".")):
        raise InvalidValue("is too long for a host name")


def check_address(value: str) -> None:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise InvalidValue("is not an IP address or network") from None


def parse_size(value: str) -> int:
    """Return bytes; ``value`` satisfies SIZE or SIZE0."""
    unit = value[-1].lower() if value[-1].isalpha() else ""
    digits = value.removesuffix(value[-1]) if unit else value
    return parse_digits(digits, SIZE_LIMIT) * UNIT_BYTES[unit]


def parse_time_ms(value: str) -> int:
    """Return milliseconds; ``value`` satisfies TIME."""
    unit = value.lstrip("0123456789")
    return parse_digits(value.removesuffix(unit), TIME_LIMIT_MS) * UNIT_MS[unit]


def parse_digits(digits: str, limit: int) -> int:
    return int(digits) if len(digits) <= len(str(limit)) else limit + 1


OCTET = r"(?:[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
CIDR_SHOWN = (
    r"^((([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])\.){3}([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
    r"(\/([0-9]|[1-2][0-9]|3[0-2]))?(\s*,\s*)?)+$"
)
DOMAIN_SHOWN = r"([a-z0-9]+(-*[a-z0-9]+)*)|((\*\.)?[a-z0-9]+(-*[a-z0-9]+)*\.)+[a-z0-9]+(-*[a-z0-9]+)+"
MEDIA_TYPE = r"[a-z\d]+/[a-z\d][a-z\d+\-.]*[a-z\d]"

BOOLEAN = build_constraint(r"(?i)^(true|false)$", ignore_case=True)
POSITIVE = build_constraint(r"^[1-9]\d*$", check=limit_integer(INTEGER_LIMIT))
NATURAL = build_constraint(r"^\d+$", check=limit_integer(INTEGER_LIMIT))
CONNECTIONS = build_constraint(r"^[1-9]\d*$", check=limit_integer(2**20))
WORKERS = build_constraint(r"^(auto|[1-9]\d*)$", check=limit_integer(512))
SIZE = build_constraint(r"^[1-9]\d*[kKmM]?$", check=check_size)
SIZE0 = build_constraint(r"^[0-9]\d*[kKmM]?$", check=check_size)
TIME = build_constraint(r"^[1-9]\d*(ms|[smhdwMy])?$", check=check_time)
TIME_IN_SECONDS = build_constraint(r"^[1-9]\d*(ms|[smhdwMy])?$", check=check_time_in_seconds)
LOG_LEVEL = build_constraint(r"^(debug|info|notice|warn|error|crit|alert|emerg)$")
WHITELIST_MODE = build_constraint(r"^(extend|override)$")
ON_OFF = build_constraint(r"^(on|off)$")
COMPRESSION = build_constraint(r"^[1-9]$")
HTTP_VERSION = build_constraint(r"^(1\.0|1\.1)$")
GZIP_PROXIED = build_constraint(
    r"^((off|expired|no-cache|no-store|private|no_last_modified|no_etag|auth|any)\s*)+$"
)
GZIP_TYPES = build_constraint(
    r"(?i)^([a-z\d]+/[a-z\d][a-z\d+\-\.]*[a-z\d]\s*)+$",
    rf"{MEDIA_TYPE}(?:{SPACE}+{MEDIA_TYPE})*{SPACE}*",
    ignore_case=True,
)
CIDR = build_constraint(CIDR_SHOWN, rf"(?:{OCTET}\.){{3}}{OCTET}(?:/(?:[0-9]|[12][0-9]|3[0-2]))?")
# The controller's whitelist takes IPv6, and so does nginx: dropping one would open or close an app by surprise.
ADDRESS = build_constraint(
    CIDR_SHOWN, rf"{CIDR.pattern.pattern}|[0-9a-fA-F:.]*:[0-9a-fA-F:./]*", check=check_address
)
PLATFORM_DOMAIN = build_constraint(
    r"(?i)^([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z0-9]+(-*[a-z0-9]+)+$",
    rf"(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+{LAST_LABEL}",
    check=check_domain,
    ignore_case=True,
)
HOST_NAME = build_constraint(
    rf"(?i)^(({DOMAIN_SHOWN})(\s*,\s*)?)+$", DOMAIN, check=check_domain, ignore_case=True
)
CERTIFICATE_OF_DOMAIN = build_constraint(
    rf"(?i)^(({DOMAIN_SHOWN}):([a-z0-9]+(-*[a-z0-9]+)*)(\s*,\s*)?)+$", rf"{DOMAIN}:{LABEL}", ignore_case=True
)
PROTOCOLS = build_constraint(
    r"^((SSLv2|SSLv3|TLSv1|TLSv1\.1|TLSv1\.2|TLSv1\.3)\s*)+$",
    rf"(?:(?:SSLv[23]|TLSv1(?:\.[123])?){SPACE}*)+",
)
CIPHERS = build_constraint(r"^(!?[A-Z][A-Z\d\+-]+:?)*$", r"(?:!?[A-Z][A-Z\d+-]+(?::|(?=!)|$))*")
SESSION_CACHE = build_constraint(r"^(off|none|((builtin(:[1-9]\d*)?|shared:\w+:[1-9]\d*[kKmM]?)\s*){1,2})$")
