"""``deis certs``: TLS certificates and the domains they are attached to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from deis.api import get_array
from deis.controllers import build_path
from deis.files import read_text
from deis.parameters import argument, limit_option
from deis.program import Noun, pass_session
from deis.session import Session
from deis.tables import render_boxed
from deis.timestamps import parse_timestamp, render_date, render_expiry

noun = Noun("certs", default="list", column=22)

TITLES = (
    "Name",
    "Common Name",
    "SubjectAltName",
    "Expires",
    "Fingerprint",
    "Domains",
    "Updated",
    "Created",
)


@noun.verb(
    "list",
    usage="[options]",
    about="list SSL certificates for an app",
    summary="Show certificate information for an SSL application.",
)
@limit_option
@pass_session
def list_certs(session: Session, *, limit: int | None) -> None:
    page = session.client.list(build_path("certs"), session.find_limit(limit))
    session.console.answer(page.document)
    if not page.results:
        session.console.print("No certs")
        return
    now = datetime.now(timezone.utc)
    session.console.write(render_boxed(TITLES, [build_row(cert, now=now) for cert in page.results]))


def build_row(cert: Mapping[str, Any], *, now: datetime) -> list[str]:
    return [
        str(cert.get("name") or ""),
        str(cert.get("common_name") or ""),
        _join(cert, "san"),
        render_expiry(parse_timestamp(cert.get("expires")), now=now),
        shorten(str(cert.get("fingerprint") or "")),
        _join(cert, "domains"),
        render_date(parse_timestamp(cert.get("updated"))),
        render_date(parse_timestamp(cert.get("created"))),
    ]


def _join(cert: Mapping[str, Any], key: str) -> str:
    return ",".join(map(str, get_array(cert, key)))


def shorten(fingerprint: str) -> str:
    return f"{fingerprint[:5]}[...]{fingerprint[-5:]}" if len(fingerprint) > 4 else fingerprint


@noun.verb(
    "add",
    usage="<name> <cert> <key> [options]",
    about="add an SSL certificate to an app",
    summary="Binds a certificate/key pair to an application.",
)
@argument("<name>", "a name for the certificate", "name")
@argument("<cert>", "path of the certificate, a PEM file", "cert")
@argument("<key>", "path of its private key, a PEM file", "key")
@pass_session
def add(session: Session, name: str, cert: str, key: str) -> None:
    client = session.client
    with session.console.progress("Adding SSL endpoint... "):
        body = {"certificate": read_text(cert), "key": read_text(key), "name": name}
        added = client.post(build_path("certs"), body)
    session.console.answer(added)
    session.console.print("done")


@noun.verb(
    "remove",
    usage="<name> [options]",
    about="remove an SSL certificate from an app",
    summary="removes a certificate/key pair from the application.",
)
@argument("<name>", "the certificate's name", "name")
@pass_session
def remove(session: Session, name: str) -> None:
    client = session.client
    with session.console.progress(f"Removing {name}... "):
        client.delete(build_path("certs", name, slash=False))
    session.console.answer({"name": name})
    session.console.print("done")


@noun.verb(
    "info",
    usage="<name> [options]",
    about="get detailed informaton about the certificate",
    summary="fetch more detailed information about a certificate",
)
@argument("<name>", "the certificate's name", "name")
@pass_session
def info(session: Session, name: str) -> None:
    cert = session.client.get(build_path("certs", name, slash=False))
    session.console.answer(cert)
    session.console.write(render_cert(cert, name))


def render_cert(cert: Mapping[str, Any], name: str) -> str:
    def text(key: str) -> str:
        return str(cert.get(key) or "")

    def date(key: str) -> str:
        return render_date(parse_timestamp(cert.get(key)))

    pairs = [
        ("Common Name(s)", text("common_name")),
        ("Expires At", date("expires")),
        ("Starts At", date("starts")),
        ("Fingerprint", text("fingerprint")),
        ("Subject Alt Name", _join(cert, "san") or "N/A"),
        ("Issuer", text("issuer")),
        ("Subject", text("subject")),
        None,
        ("Connected Domains", _join(cert, "domains") or "No connected domains"),
        ("Owner", text("owner")),
        ("Created", date("created")),
        ("Updated", date("updated")),
    ]
    lines = [f"{f'{pair[0]}:':<20}{pair[1]}" if pair else "" for pair in pairs]
    return "\n".join([f"=== {cert.get('name') or name} Certificate", *lines]) + "\n"


@noun.verb(
    "attach",
    usage="<name> <domain> [options]",
    about="attach an SSL certificate to a domain",
    summary="attach a certificate to a domain.",
)
@argument("<name>", "the certificate's name", "name")
@argument("<domain>", "the domain", "domain")
@pass_session
def attach(session: Session, name: str, domain: str) -> None:
    client = session.client
    with session.console.progress(f"Attaching certificate {name} to domain {domain}... "):
        client.post(build_path("certs", name, "domain"), {"domain": domain})
    session.console.answer({"name": name, "domain": domain})
    session.console.print("done")


@noun.verb(
    "detach",
    usage="<name> <domain> [options]",
    about="detach an SSL certificate from a domain",
    summary="detach a certificate from a domain.",
)
@argument("<name>", "the certificate's name", "name")
@argument("<domain>", "the domain", "domain")
@pass_session
def detach(session: Session, name: str, domain: str) -> None:
    client = session.client
    with session.console.progress(f"Detaching certificate {name} from domain {domain}... "):
        client.delete(build_path("certs", name, "domain", domain, slash=False))
    session.console.answer({"name": name, "domain": domain})
    session.console.print("done")
