"""A real OpenLDAP server on loopback, with a few people and groups."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

from kit.waiting import wait_for
from loopback import find_port

from ..pairs import make_pair  # noqa: TID252 - both tiers use it, and tests are no package
from .conftest import find_program

BASE = "dc=example,dc=com"
ADMIN = f"cn=admin,{BASE}"
ADMIN_PASSWORD = "of-the-directory"
ENTRIES = f"""
dn: {BASE}
objectClass: dcObject
objectClass: organization
o: Example
dc: example

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups

dn: uid=grace,ou=people,{BASE}
objectClass: inetOrgPerson
uid: grace
cn: Grace (Hopper)
givenName: Grace
sn: Hopper
mail: grace@example.com
userPassword: cobol

dn: uid=with space,ou=people,{BASE}
objectClass: inetOrgPerson
uid: with space
cn: Odd
sn: Odd
userPassword: odd

dn: uid=twin,ou=people,{BASE}
objectClass: inetOrgPerson
uid: twin
cn: Twin
sn: One
userPassword: same

dn: ou=more,ou=people,{BASE}
objectClass: organizationalUnit
ou: more

dn: uid=twin,ou=more,ou=people,{BASE}
objectClass: inetOrgPerson
uid: twin
cn: Twin
sn: Two
userPassword: same

dn: cn=sailors,ou=groups,{BASE}
objectClass: groupOfNames
cn: sailors
member: uid=grace,ou=people,{BASE}

dn: cn=cooks,ou=groups,{BASE}
objectClass: groupOfNames
cn: cooks
member: uid=twin,ou=people,{BASE}
"""


class Slapd:
    """``slapd`` in the foreground; nobody may read without a password."""

    def __init__(self, directory: Path) -> None:
        self.port, self.tls_port = find_port(), find_port()
        self.url, self.tls_url = f"ldap://127.0.0.1:{self.port}", f"ldaps://127.0.0.1:{self.tls_port}"
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._write_files()

    def _write_files(self) -> None:
        program = Path(find_program("slapd"))
        schema = program.parent.parent.parent / "etc" / "ldap" / "schema"
        pair = make_pair("localhost", san=["localhost"])
        (self._directory / "data").mkdir()
        (self._directory / "crt.pem").write_text(pair.certificate)
        (self._directory / "key.pem").write_text(pair.key)
        (self._directory / "entries.ldif").write_text(ENTRIES)
        includes = [f"include {schema}/{name}.schema" for name in ("core", "cosine", "inetorgperson")]
        lines = [
            *includes,
            f"TLSCertificateFile {self._directory}/crt.pem",
            f"TLSCertificateKeyFile {self._directory}/key.pem",
            "database ldif",
            f'suffix "{BASE}"',
            f"directory {self._directory}/data",
            f'rootdn "{ADMIN}"',
            f"rootpw {ADMIN_PASSWORD}",
            "access to attrs=userPassword by anonymous auth by * none",
            "access to * by users read by * none",
        ]
        self._config = self._directory / "slapd.conf"
        self._config.write_text("\n".join(lines) + "\n")
        add = [
            str(program),
            "-T",
            "add",
            "-f",
            str(self._config),
            "-l",
            str(self._directory / "entries.ldif"),
        ]
        subprocess.run(add, check=True, capture_output=True)

    def start(self) -> None:
        urls = f"{self.url}/ {self.tls_url}/"
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [find_program("slapd"), "-f", str(self._config), "-h", urls, "-d", "0"],
                stdout=log,
                stderr=log,
                env={**os.environ},
            )
        wait_for(self._is_up, what="slapd", timeout=10)

    def _is_up(self) -> bool | None:
        try:
            socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
        except OSError:
            return None
        return True

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(10)
            self._process = None
