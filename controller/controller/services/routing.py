"""What the router is told about an app, from its domains, settings and TLS rows.

Writes take a short lock of the app's own, so that annotations are written in the order of the rows, and never
wait for a deploy. The row is stored only if Kubernetes took the annotation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from controller.cluster.desired import ServiceState, TypeService
from controller.model.models import TLS, App, AppSettings, Certificate, Domain, Service
from controller.services.tools import Tools


@contextmanager
def routing_lock(app: App) -> Iterator[None]:
    """A transaction in which no other writes what the router reads about this app."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [app.id])
        yield


def lock_name(name: str) -> None:
    """Until the transaction ends nobody else takes this name: for an app, a domain, or a process type's Service.

    The router gives a name to one of them, and each looks whether the others have it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [name])


def get_settings(app: App) -> AppSettings:
    """The newest row."""
    return AppSettings.objects.filter(app=app).latest("created")


def get_tls(app: App) -> TLS:
    """The newest row."""
    return TLS.objects.filter(app=app).latest("created")


def build_service_state(app: App) -> ServiceState:
    settings, tls = get_settings(app), get_tls(app)
    domains = Domain.objects.filter(app=app).select_related("certificate").order_by("id")
    attached = [(row.domain, row.certificate) for row in domains if row.certificate is not None]
    digests = {certificate.name: build_digest(certificate) for _, certificate in attached}
    types = Service.objects.filter(app=app).order_by("procfile_type")
    return ServiceState(
        domains=tuple(row.domain for row in domains),
        certificates=tuple((domain, certificate.name) for domain, certificate in attached),
        certificate_fingerprints=tuple(sorted(digests.items())),
        maintenance=settings.maintenance,
        routable=settings.routable,
        whitelist=tuple(settings.whitelist),
        ssl_enforce=bool(tls.https_enforced),
        types=tuple(TypeService(row.procfile_type, row.path_pattern) for row in types),
    )


def build_digest(certificate: Certificate) -> str:
    """What changes when the chain or the key does, so that the router reads the Secret again."""
    return hashlib.sha256(f"{certificate.certificate}{certificate.key}".encode()).hexdigest()[:16]


def publish(app: App, *, tools: Tools) -> None:
    """Write the annotations as the rows are now.

    Raises:
        ClusterError: nothing may be stored then.
    """
    tools.cluster.update_service(app.id, service=build_service_state(app))
