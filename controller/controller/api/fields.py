"""What bodies may hold. Source: API specification, sections 1.5, 6 to 9."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from controller.api.texts import find_wrong_text
from controller.services.appsettings import list_address_problems
from controller.services.configmaps import MAPS

WRONG_USERNAME = (
    "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
)
WRONG_CERTIFICATE_NAME = "Can only contain a-z (lowercase), 0-9 and hyphens"
CERTIFICATE_NAME_LIMIT = 248
"""Its Secret is called ``<name>-cert``, and Kubernetes allows 253."""
CERTIFICATE_LIMIT = 256 * 1024
"""A Secret holds no more than a mebibyte."""
TRUE = ("t", "T", "true", "True", "TRUE", "1", 1)
FALSE = ("f", "F", "false", "False", "FALSE", "0", 0)
NULL = ("", "n", "N", "null", "Null", "NULL")


class FlagField(serializers.Field[Any, Any, Any, Any]):
    """True, false or null, in the spellings of old."""

    def __init__(self) -> None:
        super().__init__(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> bool | None:
        if isinstance(data, (str, int, float)):
            for values, meaning in ((TRUE, True), (FALSE, False), (NULL, None)):
                if data in values:
                    return meaning
        raise serializers.ValidationError(find_wrong_text(data) or f'"{data}" is not a valid boolean.')

    def to_representation(self, value: Any) -> Any:
        return value


class MapField(serializers.Field[Any, Any, Any, Any]):
    """An object, or the text of one."""

    default_error_messages = {  # noqa: RUF012 - the framework merges it from the classes
        "not_a_dict": 'Expected a dictionary of items but got type "{kind}".'
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError):
                self.fail("not_a_dict", kind="str")
        if not isinstance(data, Mapping):
            self.fail("not_a_dict", kind=type(data).__name__)
        problem = find_wrong_text(data)
        if problem:
            raise serializers.ValidationError(problem)
        return dict(data)

    def to_representation(self, value: Any) -> Any:
        return value


class RegisterFields(serializers.Serializer[Any]):
    username = serializers.RegexField(
        r"^[\w.@+-]+\Z", max_length=150, error_messages={"invalid": WRONG_USERNAME}
    )
    password = serializers.CharField(max_length=128)
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    first_name = serializers.CharField(required=False, allow_blank=True, max_length=30)
    last_name = serializers.CharField(required=False, allow_blank=True, max_length=30)


class LoginFields(serializers.Serializer[Any]):
    username = serializers.CharField()
    password = serializers.CharField(trim_whitespace=False)


class KeyFields(serializers.Serializer[Any]):
    id = serializers.CharField(max_length=128)
    public = serializers.CharField()


class AppFields(serializers.Serializer[Any]):
    id = serializers.CharField(required=False, allow_null=True)
    structure = MapField(required=False)
    procfile_structure = MapField(required=False)


class BuildFields(serializers.Serializer[Any]):
    image = serializers.CharField()
    sha = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")
    procfile = MapField(required=False)
    dockerfile = serializers.CharField(required=False, allow_blank=True, default="")


class ConfigFields(serializers.Serializer[Any]):
    """The maps; declared by name, as one is called ``values``."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {name: MapField(required=False) for name in MAPS}


class DomainFields(serializers.Serializer[Any]):
    domain = serializers.CharField()


class CertificateFields(serializers.Serializer[Any]):
    name = serializers.RegexField(
        r"^[a-z0-9-]+\Z",
        max_length=CERTIFICATE_NAME_LIMIT,
        error_messages={"invalid": WRONG_CERTIFICATE_NAME},
    )
    certificate = serializers.CharField(max_length=CERTIFICATE_LIMIT)
    key = serializers.CharField(max_length=CERTIFICATE_LIMIT)

    def validate_name(self, name: str) -> str:
        """What the Service's annotation can carry."""
        if name.startswith("-") or name.endswith("-"):
            raise serializers.ValidationError("Must neither start nor end with a hyphen.")
        return name


class TLSFields(serializers.Serializer[Any]):
    https_enforced = FlagField()


class WhitelistField(serializers.ListField):
    child = serializers.CharField(max_length=50)

    def to_internal_value(self, data: Any) -> list[str]:
        addresses: list[str] = self._read(data)
        problems = list_address_problems(addresses)
        if problems:
            raise serializers.ValidationError(problems)
        return addresses

    def _read(self, data: Any) -> list[str]:
        """The framework tells by position what is wrong; here all problems of a field are one list."""
        try:
            texts: list[str] = super().to_internal_value(data)
        except serializers.ValidationError as error:
            detail = error.detail
            if not isinstance(detail, dict):
                raise
            raise serializers.ValidationError(
                [text for texts in detail.values() for text in texts]
            ) from error
        return texts


class SettingsFields(serializers.Serializer[Any]):
    maintenance = FlagField()
    routable = FlagField()
    whitelist = WhitelistField(required=False)
    autoscale = MapField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "label": MapField(required=False)}
