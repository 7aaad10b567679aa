"""Passwords and people in an LDAP directory, asked at login before our own. Source: API specification, section 13.3."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from controller.settings import LdapSettings
from kit.errors import Unavailable

if TYPE_CHECKING:
    from ldap3 import Connection, Server

CONNECT_SECONDS = 5
ANSWER_SECONDS = 10
ATTRIBUTES = {"first_name": "givenName", "last_name": "sn", "email": "mail"}


class DirectoryAway(Unavailable):
    """The directory did not answer, or not as it should."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody whose password the directory confirmed."""

    username: str
    first_name: str
    last_name: str
    email: str
    groups: frozenset[str] | None
    """None: this installation leaves groups alone."""


class Directory:
    """One connection a login. The library is loaded with the first: most installations never need it."""

    def __init__(self, settings: LdapSettings) -> None:
        self._settings = settings

    def authenticate(self, username: str, password: str) -> Person | None:
        """Who that is, or None: no such person, not the only one of that name, or not that password.

        Raises:
            DirectoryAway: it can't be said at present.
        """
        if not password:  # a bind without a password succeeds for anybody
            return None
        from ldap3.core.exceptions import LDAPException

        try:
            return self._authenticate(username, password)
        except LDAPException as error:
            raise DirectoryAway(f"The LDAP server can not be asked at present: {error}") from error

    def _authenticate(self, username: str, password: str) -> Person | None:
        server = self._build_server()
        settings = self._settings
        with self._open(server, settings.bind_dn, settings.bind_password.reveal()) as connection:
            if not connection.bind():
                raise DirectoryAway("The LDAP server refuses the platform's own bind DN or password")
            found = self._find_user(connection, username)
            if found is None or not self._may_bind(server, found["dn"], password):
                return None
            groups = self._list_groups(connection, found["dn"])
        values = read_attributes(found)
        return Person(
            username=values.get(settings.user_attribute.lower(), username),
            groups=groups,
            **{field: values.get(name.lower(), "") for field, name in ATTRIBUTES.items()},
        )

    def _build_server(self) -> Server:
        from ldap3 import NONE, Server, Tls

        validate = ssl.CERT_REQUIRED if self._settings.verify else ssl.CERT_NONE
        context = Tls(validate=validate, ca_certs_file=find_authorities() if self._settings.verify else None)
        endpoint = self._settings.endpoint
        return Server(endpoint, tls=context, get_info=NONE, connect_timeout=CONNECT_SECONDS)

    @contextmanager
    def _open(self, server: Server, name: str, password: str) -> Iterator[Connection]:
        from ldap3 import AUTO_BIND_NONE, Connection

        connection = Connection(
            server,
            user=name or None,
            password=password or None,
            auto_bind=AUTO_BIND_NONE,
            auto_referrals=False,
            read_only=True,
            receive_timeout=ANSWER_SECONDS,
        )
        try:
            yield connection
        finally:
            connection.unbind()
            if connection.socket:  # after a failed handshake the library leaves it open
                connection.socket.close()

    def _may_bind(self, server: Server, name: str, password: str) -> bool:
        with self._open(server, name, password) as connection:
            return bool(connection.bind())

    def _find_user(self, connection: Connection, username: str) -> Mapping[str, Any] | None:
        from ldap3.utils.conv import escape_filter_chars

        attribute = self._settings.user_attribute
        found = search(
            connection,
            self._settings.user_base,
            f"({attribute}={escape_filter_chars(username)})",
            attributes=[attribute, *ATTRIBUTES.values()],
        )
        return found[0] if len(found) == 1 else None

    def _list_groups(self, connection: Connection, name: str) -> frozenset[str] | None:
        from ldap3.utils.conv import escape_filter_chars

        settings = self._settings
        if not settings.group_base:
            return None
        chosen = f"({settings.group_filter or 'objectClass=groupOfNames'})"
        member = f"(&{chosen}(member={escape_filter_chars(name)}))"
        found = search(connection, settings.group_base, member, attributes=["cn"])
        return frozenset(name for name in (read_attributes(entry).get("cn") for entry in found) if name)


def search(
    connection: Connection, base: str, text: str, *, attributes: Iterable[str]
) -> list[Mapping[str, Any]]:
    """Entries below ``base``; what refers to other servers is left out."""
    from ldap3 import SUBTREE
    from ldap3.core.results import RESULT_NO_SUCH_OBJECT, RESULT_SUCCESS

    connection.search(base, text, SUBTREE, attributes=list(attributes))
    if connection.result["result"] not in (RESULT_SUCCESS, RESULT_NO_SUCH_OBJECT):
        raise DirectoryAway(f"The LDAP server refuses to search: {connection.result['description']}")
    return [entry for entry in connection.response or [] if entry["type"] == "searchResEntry"]


def read_attributes(entry: Mapping[str, Any]) -> dict[str, str]:
    """The first value of each attribute, by its name in lower case."""
    raw: Mapping[str, list[bytes]] = entry["raw_attributes"]
    return {name.lower(): values[0].decode(errors="replace") for name, values in raw.items() if values}


def find_authorities() -> str | None:
    """The image's certificates with those that the operator trusts."""
    return ssl.get_default_verify_paths().cafile
