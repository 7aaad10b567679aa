"""The client of the Kubernetes API server, one for the process."""

from __future__ import annotations

import logging
import platform
import ssl
from collections.abc import Mapping

from controller.settings import API_VERSION
from kit.kube import Kube

log = logging.getLogger(__name__)


AGENT = f"Deis Controller/{API_VERSION} Python/{platform.python_version()}"
"""What the cluster's audit log says of us. Source: Kubernetes specification, section 2."""


def load_kube(env: Mapping[str, str], *, verify: bool) -> Kube:
    """With the pod's own credentials, or those that ``KUBECONFIG`` names.

    Source: Kubernetes specification, section 1, ``K8S_API_VERIFY_TLS``.
    """
    kube = Kube.load(env, agent=AGENT)
    context = kube.transport.credentials.ssl_context
    if not verify and context is not None:
        log.warning("the certificate of the Kubernetes API server is not verified")
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return kube
