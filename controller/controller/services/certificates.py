"""Certificates, and the domains they are attached to. They never make a release.

A certificate is its owner's; its Secret is in the namespace of every app that uses it. Locks are always taken in
one order: the certificate's row, then the app's. Source: API specification, section 9.2; Kubernetes specification,
sections 5.4 and 6.4.
"""

from __future__ import annotations

import logging

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from controller.cluster.errors import ClusterError
from controller.errors import InvalidFields, NoMatch
from controller.model.models import App, Certificate, Domain, User
from controller.services import pem
from controller.services.access import require_use
from controller.services.routing import publish, routing_lock
from controller.services.tools import Tools
from kit.errors import Conflict, NotFound

log = logging.getLogger(__name__)

NAME_TAKEN = "certificate with this name already exists."
ALREADY_ATTACHED = "Domain already has a certificate attached to it"


def list_certificates(owner: User) -> QuerySet[Certificate]:
    mine = Certificate.objects.filter(owner=owner)
    return mine.order_by("name", "common_name", "expires").prefetch_related("domains")


def get_certificate(name: str, *, owner: User, lock: bool = False) -> Certificate:
    """One of the owner's own.

    Raises:
        NoMatch: there is none of that name; somebody else's is none.
    """
    certificates = Certificate.objects.select_for_update() if lock else Certificate.objects.all()
    certificate = certificates.filter(owner=owner, name=name).first()
    if certificate is None:
        raise NoMatch("Certificate")
    return certificate


def add_certificate(name: str, certificate: str, key: str, *, owner: User) -> Certificate:
    """
    Raises:
        InvalidFields: the name is taken; certificate or key are none, or can't be served. All is told at once.
        InvalidPair: the key is not the certificate's.
    """
    taken = {"name": [NAME_TAKEN]} if Certificate.objects.filter(name=name).exists() else {}
    try:
        chain, private = pem.parse_pair(certificate, key)
    except InvalidFields as error:
        raise InvalidFields({**taken, **error.fields}) from error
    if taken:
        raise InvalidFields(taken)
    try:
        with transaction.atomic():
            row = Certificate.objects.create(
                name=name,
                owner=owner,
                certificate=chain.pem,
                key=private.pem,
                common_name=chain.common_name,
                fingerprint=chain.fingerprint,
                san=list(chain.san),
                issuer=chain.issuer,
                subject=chain.subject,
                starts=chain.starts,
                expires=chain.expires,
            )
    except IntegrityError as error:
        raise InvalidFields({"name": [NAME_TAKEN]}) from error
    log.info("certificate %s added", name)
    return row


def remove_certificate(name: str, *, owner: User, tools: Tools) -> None:
    """Detach it from every domain, then forget it.

    Raises:
        ClusterError: Kubernetes did not take part; the certificate stays, and so it can be tried again.
    """
    with transaction.atomic():
        certificate = get_certificate(name, owner=owner, lock=True)
        for app in App.objects.filter(domains__certificate=certificate).distinct().order_by("id"):
            with routing_lock(app):
                Domain.objects.filter(app=app, certificate=certificate).update(certificate=None)
                withdraw(app, name, tools=tools)
        certificate.delete()
    log.info("certificate %s removed", name)


def attach(name: str, domain: str, *, by: User, tools: Tools) -> None:
    """Serve the domain with it.

    Raises:
        NoMatch: one of them does not exist.
        Forbidden: the caller may not use the domain's app.
        Conflict: the domain has a certificate.
        ClusterError: nothing is stored then.
    """
    with transaction.atomic():
        certificate = get_certificate(name, owner=by, lock=True)
        app = find_app(domain, by=by)
        with routing_lock(app):
            row = get_domain(app, domain)
            if row.certificate_id is not None:
                raise Conflict(ALREADY_ATTACHED)
            store(row, certificate)
            try:
                publish_certificate(app, certificate, tools=tools)
                publish(app, tools=tools)
            except ClusterError:
                store(row, None)
                take_back(app, name, tools=tools)
                raise


def detach(name: str, domain: str, *, by: User, tools: Tools) -> None:
    """
    Raises:
        NoMatch: one of them does not exist.
        NotFound: the domain does not have this certificate.
        Forbidden: the caller may not use the domain's app.
    """
    with transaction.atomic():
        certificate = get_certificate(name, owner=by, lock=True)
        app = find_app(domain, by=by)
        with routing_lock(app):
            row = get_domain(app, domain)
            if row.certificate_id != certificate.pk:
                raise NotFound(f"Certificate {name} is not attached to domain {domain}")
            store(row, None)
            withdraw(app, name, tools=tools)


def find_app(domain: str, *, by: User) -> App:
    """The app whose domain it is, if the caller may use it."""
    row = Domain.objects.select_related("app").filter(domain=domain).first()
    if row is None:
        raise NoMatch("Domain")
    require_use(by, row.app)
    return row.app


def get_domain(app: App, domain: str) -> Domain:
    """As it is now that nobody else writes."""
    row = Domain.objects.filter(app=app, domain=domain).first()
    if row is None:
        raise NoMatch("Domain")
    return row


def store(row: Domain, certificate: Certificate | None) -> None:
    row.certificate = certificate
    row.save(update_fields=["certificate", "updated"])


def list_attached(app: App) -> QuerySet[Certificate]:
    """All that the app's domains have."""
    return Certificate.objects.filter(domains__app=app).distinct().order_by("name")


def publish_certificate(app: App, certificate: Certificate, *, tools: Tools) -> None:
    """Its Secret, in the app's namespace; the router reads it there."""
    tools.cluster.apply_certificate(
        app.id, name=certificate.name, certificate=certificate.certificate, key=certificate.key
    )


def withdraw(app: App, name: str, *, tools: Tools) -> None:
    """Tell the router first; then the Secret goes, unless another domain of the app is served with it."""
    publish(app, tools=tools)
    delete_unused(app, name, tools=tools)


def take_back(app: App, name: str, *, tools: Tools) -> None:
    """After an attachment failed: no key is left where nobody serves it."""
    try:
        delete_unused(app, name, tools=tools)
    except ClusterError as error:
        log.warning("%s is left in namespace %s: %s", name, app.id, error)


def delete_unused(app: App, name: str, *, tools: Tools) -> None:
    if not Domain.objects.filter(app=app, certificate__name=name).exists():
        tools.cluster.delete_certificate(app.id, name=name)
