"""An app whose Service or namespace somebody else has removed. Source: API specification, sections 6.3, 9.1 and 16."""

import pytest

from kit.kube import NAMESPACES, SERVICES
from kit.waiting import wait_for

from .routingchanges import check_nothing_is_stored


@pytest.fixture
def app(create_app, alice):
    return create_app(alice)


def test_what_the_service_can_not_be_told_is_not_stored(app, alice, kube):
    path, host = f"/v2/apps/{app}", f"{app}.example.com"
    assert alice.post(f"{path}/domains", {"domain": host}).status == 201
    kube.delete(SERVICES, app, namespace=app)
    check_nothing_is_stored(alice, app, host=host, told=f"Could not fetch Kubernetes Service {app}")
    assert alice.post(path).status == 200
    assert alice.delete(f"{path}/domains/{host}").status == 204


@pytest.mark.timeout(150)
def test_an_app_whose_namespace_is_gone_can_be_destroyed(app, alice, kube):
    kube.delete(NAMESPACES, app)
    wait_for(lambda: kube.find(NAMESPACES, app) is None or None, what="the end", timeout=60)
    assert alice.delete(f"/v2/apps/{app}").status == 204
    assert alice.get(f"/v2/apps/{app}").status == 404
