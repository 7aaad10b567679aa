"""Publishing the database's state undoes nobody's change, and is not ended by an error."""

import threading
import uuid

import pytest

from controller.model.models import Domain, Lease
from controller.operations.sessions import session
from controller.services.republication import DONE, LEASE, publish_basics, republish_in_background
from controller.services.routing import publish, routing_lock
from kit.kube import NAMESPACES, SERVICES, Kube
from kit.waiting import wait_for

from .platforms import build_tools, create_app, create_user

DOMAINS = "router.deis.io/domains"
WAITING = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture
def name(kube):
    """The name of an app whose namespace goes in the end."""
    name = f"ct-{uuid.uuid4().hex[:8]}"
    yield name
    kube.delete(NAMESPACES, name)


def test_a_domain_that_is_added_meanwhile_stays(database, postgres, kube, name):
    tools = build_tools(kube)
    with session():
        user = create_user()
        app = create_app(name, by=user)
        publish_basics(app, tools=tools)
    publication = threading.Thread(target=publish_basics, args=(app,), kwargs={"tools": tools})
    with session(), routing_lock(app):
        Domain.objects.create(app=app, owner=user, domain=f"{name}.example.com")
        publish(app, tools=tools)
        publication.start()
        with postgres.connect(database.name) as other:
            wait_for(
                lambda: not publication.is_alive() or other.execute(WAITING).fetchone(),
                what="the publication to end or to wait",
                timeout=30,
            )
    publication.join(30)
    service = kube.get(SERVICES, name, namespace=name)
    assert service["metadata"]["annotations"][DOMAINS] == f"{name},{name}.example.com"


def test_a_database_error_at_start_is_no_end(database, postgres):
    tools = build_tools(Kube("http://127.0.0.1:1"))
    with session():
        Lease.objects.filter(name=LEASE).delete()
    with postgres.connect(database.name) as other:
        other.execute("ALTER TABLE deis_lease RENAME TO deis_lease_away")
        try:
            republish_in_background(tools, owner="tester")
            wait_for(is_refused(other), what="a refused attempt", timeout=10)
        finally:
            other.execute("ALTER TABLE deis_lease_away RENAME TO deis_lease")
    with session():
        wait_for(
            lambda: Lease.objects.filter(name=LEASE, owner=DONE).exists(), what="the publication", timeout=20
        )


def is_refused(connection):
    """Whether some transaction of this database was rolled back since."""
    count = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
    before = connection.execute(count).fetchone()
    return lambda: connection.execute(count).fetchone() != before
