"""Host names as users write them, to the ASCII form that is stored. Pure.

Source: API specification, section 9.1.
"""

from __future__ import annotations

import idna

from controller.errors import InvalidFields

LIMIT = 253
NOT_VALID = "Hostname does not look valid."


def parse_hostname(text: str) -> str:
    """The ACE form, ASCII letters in lower case.

    Raises:
        InvalidFields: it is no host name.
    """
    name = text.removesuffix(".")
    if name == "*":
        raise _refuse("Hostname can't only be a wildcard")
    labels = name.split(".")
    wildcard = labels[0] == "*"
    encoded = [_encode(label, whole=text) for label in labels[1 if wildcard else 0 :]]
    if encoded[-1].isdecimal():
        raise _refuse(NOT_VALID)
    ace = ".".join(["*", *encoded] if wildcard else encoded)
    if len(ace) > LIMIT:
        raise _refuse("Hostname must be 253 characters or less.")
    return ace


def convert_hostname(text: str) -> str:
    """The form in which a name would be stored; what can't be one is left as it is."""
    try:
        return parse_hostname(text)
    except InvalidFields:
        return text


def _encode(label: str, *, whole: str) -> str:
    label = label.lower() if label.isascii() else label
    try:
        return idna.alabel(label).decode()
    except (idna.IDNAError, UnicodeError, IndexError) as error:
        raise _refuse(f"Hostname does not look valid, could not convert to ACE {whole}: {error}") from error


def _refuse(message: str) -> InvalidFields:
    return InvalidFields({"domain": [message]})
