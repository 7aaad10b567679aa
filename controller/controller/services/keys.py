"""SSH keys. Source: API specification, section 9.6."""

from __future__ import annotations

import base64
import binascii
import hashlib

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from controller.errors import InvalidFields, NoMatch
from controller.model.models import Key, User

ID_TAKEN = "SSH Key with this id already exists."
KEY_TAKEN = "Public Key is already in use"
NOT_BASE64 = "Key contains invalid base64 chars"


def compute_fingerprint(public: str) -> str:
    """MD5 of the key itself, as pairs of hex digits.

    Raises:
        InvalidFields: the second word is missing or no base64.
    """
    words = public.split()
    try:
        blob = base64.b64decode(words[1])
    except (IndexError, binascii.Error, ValueError) as error:
        raise InvalidFields({"public": [NOT_BASE64]}) from error
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def list_keys(owner: User) -> QuerySet[Key]:
    return Key.objects.filter(owner=owner).order_by("public")


def get_key(key_id: str, *, owner: User) -> Key:
    key = Key.objects.filter(owner=owner, id=key_id).first()
    if key is None:
        raise NoMatch("Key")
    return key


def add_key(key_id: str, public: str, *, owner: User) -> Key:
    """The same key is refused to everybody else, under any comment: a push must name one user.

    Raises:
        InvalidFields: id or key are taken, or it is no key.
    """
    problems: dict[str, list[str]] = {}
    if Key.objects.filter(id=key_id).exists():
        problems["id"] = [ID_TAKEN]
    if Key.objects.filter(public=public).exists():
        problems["public"] = [KEY_TAKEN]
    if problems:
        raise InvalidFields(problems)
    fingerprint = compute_fingerprint(public)
    if Key.objects.filter(fingerprint=fingerprint).exists():
        raise InvalidFields({"public": [KEY_TAKEN]})
    try:
        with transaction.atomic():
            return Key.objects.create(id=key_id, public=public, fingerprint=fingerprint, owner=owner)
    except IntegrityError as error:
        raise InvalidFields({"public": [KEY_TAKEN]}) from error


def remove_key(key_id: str, *, owner: User) -> None:
    get_key(key_id, owner=owner).delete()
