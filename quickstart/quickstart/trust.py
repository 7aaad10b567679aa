"""Certificate authorities that this machine trusts beside the public ones, such as a company's inspecting proxy.

Builds inside the cluster reach the same networks as this machine, so they need the same trust.
"""

from __future__ import annotations

import re
from pathlib import Path

BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
PUBLIC = Path("/usr/share/ca-certificates/mozilla")
DEVCLUSTER = Path("/var/lib/devcluster/certificates/cluster-ca.crt")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def get_private_authorities(bundle: Path = BUNDLE, public: Path = PUBLIC) -> str:
    """PEM text of the bundle's certificates that Debian's package does not ship; empty if there are none."""
    if not bundle.exists() or not public.is_dir():
        return ""
    known = {normalise(path.read_text()) for path in public.glob("*.crt")}
    extra = [pem for pem in CERTIFICATE.findall(bundle.read_text()) if normalise(pem) not in known]
    return "".join(f"{pem}\n" for pem in extra)


def get_devcluster_authority(path: Path = DEVCLUSTER) -> str:
    """PEM text of the authority that servers on the devcluster have their certificates from."""
    return path.read_text()


def normalise(pem: str) -> str:
    return "".join(pem.split())
