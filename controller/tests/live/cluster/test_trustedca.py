"""The operator's own certificates in an app's namespace, brought with the controller's rights alone."""

from dataclasses import replace

from controller.cluster.desired import ServiceState
from controller.cluster.facade import Cluster
from kit.kube import CONFIGMAPS


def test_certificates_come_change_and_go(kube, controller_kube, options, app):
    def publish(certificates):
        cluster = Cluster(controller_kube, replace(options, trusted_ca=certificates))
        cluster.ensure_app_basics(app, service=ServiceState(domains=(app,)), quota=None)
        found = kube.find(CONFIGMAPS, "deis-trusted-ca", namespace=app)
        return found and found["data"]

    assert publish("") is None
    assert publish("one") == {"ca.crt": "one"}
    assert publish("one") == {"ca.crt": "one"}
    assert publish("other") == {"ca.crt": "other"}
    assert publish("") is None
    assert publish("") is None
