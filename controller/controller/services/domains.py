"""Domains of apps. They never make a release. Source: API specification, section 9.1."""

from __future__ import annotations

from django.db import IntegrityError
from django.db.models import QuerySet

from controller.errors import InvalidFields, NoMatch
from controller.model.models import App, Domain, Service, User
from controller.services.certificates import withdraw
from controller.services.hostnames import convert_hostname, parse_hostname
from controller.services.routing import lock_name, publish, routing_lock
from controller.services.tools import Tools
from kit.logs import app_logger

log = app_logger(__name__)

IN_USE = "Domain is already in use by another application"


def list_domains(app: App) -> QuerySet[Domain]:
    return Domain.objects.filter(app=app).order_by("domain")


def add_domain(app: App, text: str, *, by: User, tools: Tools) -> Domain:
    """
    Raises:
        InvalidFields: it is no host name, or belongs to an app.
        ClusterError: the router could not be told; nothing is stored.
    """
    if Domain.objects.filter(domain=text).exists():
        raise InvalidFields({"domain": [IN_USE]})
    name = parse_hostname(text)
    try:
        with routing_lock(app):
            lock_name(name)
            if (
                Domain.objects.filter(domain=name).exists()
                or Service.objects.filter(name=name).exclude(app=app).exists()
            ):
                raise InvalidFields({"domain": [f"The domain {name} is already in use by another app"]})
            domain = Domain.objects.create(app=app, owner=by, domain=name)
            publish(app, tools=tools)
    except IntegrityError as error:
        raise InvalidFields({"domain": [IN_USE]}) from error
    log.info(app.id, "domain %s added", name)
    return domain


def remove_domain(app: App, text: str, *, tools: Tools) -> None:
    """By any spelling of its name; a certificate that it has is detached."""
    with routing_lock(app):
        rows = Domain.objects.select_related("certificate")
        domain = rows.filter(app=app, domain__in=[text, convert_hostname(text)]).first()
        if domain is None:
            raise NoMatch("Domain")
        domain.delete()
        if domain.certificate is not None:
            withdraw(app, domain.certificate.name, tools=tools)
        else:
            publish(app, tools=tools)
    log.info(app.id, "domain %s removed", domain.domain)
