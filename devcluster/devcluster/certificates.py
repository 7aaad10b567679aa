"""Authorities, certificates and keys, made by OpenSSL.

Three authorities: what the front proxy or etcd trusts must not be what the API server trusts.
"""

from dataclasses import dataclass
from pathlib import Path

from devcluster.commands import run
from devcluster.files import delete_tree, write_file
from devcluster.settings import Settings

DAYS = "3650"
AUTHORITIES = ("cluster", "front-proxy", "etcd")


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What a certificate says."""

    name: str
    common_name: str
    organization: str = ""
    hosts: tuple[str, ...] = ()
    """``DNS:name`` and ``IP:address``; a certificate with hosts is a server's."""
    authority: str = "cluster"

    @property
    def subject(self) -> str:
        group = f"/O={self.organization}" if self.organization else ""
        return f"{group}/CN={self.common_name}"


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    """The files of a certificate."""

    certificate: Path
    key: Path
    authority: Path


def get_pair(name: str, settings: Settings, *, authority: str = "cluster") -> KeyPair:
    """Where a certificate lies."""
    folder = settings.certificates_dir
    return KeyPair(
        certificate=folder / f"{name}.crt",
        key=folder / f"{name}.key",
        authority=folder / f"{authority}-ca.crt",
    )


def build_certificates(settings: Settings, *, nodes: dict[str, str]) -> list[Certificate]:
    """Every certificate of the cluster; ``nodes`` maps names to addresses."""
    service = "kubernetes.default.svc"
    names = ("localhost", "kubernetes", "kubernetes.default", service)
    addresses = ("127.0.0.1", settings.node_address, settings.api_service_address)
    local = ("DNS:localhost", "IP:127.0.0.1")
    api_hosts = (
        *(f"DNS:{name}" for name in (*names, f"{service}.{settings.domain}")),
        *(f"IP:{address}" for address in addresses),
    )
    return [
        Certificate(name="api", common_name="kube-apiserver", hosts=api_hosts),
        Certificate(name="admin", common_name="admin", organization="system:masters"),
        Certificate(name="api-to-kubelet", common_name="api-to-kubelet", organization="system:masters"),
        Certificate(name="controller-manager", common_name="system:kube-controller-manager"),
        Certificate(name="scheduler", common_name="system:kube-scheduler"),
        Certificate(name="proxy", common_name="system:kube-proxy"),
        Certificate(name="front-proxy", common_name="front-proxy", authority="front-proxy"),
        Certificate(name="etcd", common_name="etcd", hosts=local, authority="etcd"),
        Certificate(name="api-to-etcd", common_name="api-to-etcd", authority="etcd"),
        *(build_node_certificate(name, address) for name, address in nodes.items()),
    ]


def build_node_certificate(name: str, address: str) -> Certificate:
    """The certificate a kubelet serves with and calls the API with."""
    return Certificate(
        name=f"kubelet-{name}",
        common_name=f"system:node:{name}",
        organization="system:nodes",
        hosts=(f"DNS:{name}", f"IP:{address}"),
    )


def apply_certificates(wanted: list[Certificate], settings: Settings) -> None:
    """Make what is missing or says something else; keep the rest."""
    folder = settings.certificates_dir
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for authority in AUTHORITIES:
        apply_authority(authority, settings)
    apply_service_account_key(settings)
    for certificate in wanted:
        apply_certificate(certificate, settings)


def apply_authority(name: str, settings: Settings) -> None:
    """Make an authority once. What an earlier one of that name has signed is thrown away."""
    pair = get_pair(f"{name}-ca", settings)
    if pair.certificate.exists() and pair.key.exists():
        return
    for recipe in settings.certificates_dir.glob("*.recipe"):
        delete_tree(recipe)
    extensions = ["-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"]
    request_certificate(pair, subject=f"/CN=devcluster {name} authority", options=extensions)


def apply_certificate(certificate: Certificate, settings: Settings) -> None:
    """Make a certificate unless the one there was made from the same values."""
    pair = get_pair(certificate.name, settings, authority=certificate.authority)
    recipe = pair.certificate.with_suffix(".recipe")
    if recipe.is_file() and recipe.read_text() == repr(certificate):
        return
    options = ["-CA", str(pair.authority), "-CAkey", str(pair.authority.with_suffix(".key"))]
    options += ["-addext", "basicConstraints=critical,CA:FALSE"]
    options += ["-addext", "keyUsage=critical,digitalSignature"]
    options += ["-addext", "extendedKeyUsage=clientAuth,serverAuth"]
    if certificate.hosts:
        options += ["-addext", f"subjectAltName={','.join(certificate.hosts)}"]
    request_certificate(pair, subject=certificate.subject, options=options)
    write_file(recipe, repr(certificate))


def request_certificate(pair: KeyPair, *, subject: str, options: list[str]) -> None:
    """Make a key and a certificate for it."""
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    argv += ["-nodes", "-days", DAYS, "-subj", subject, *options]
    run([*argv, "-keyout", str(pair.key), "-out", str(pair.certificate)])
    pair.key.chmod(0o600)


def apply_service_account_key(settings: Settings) -> None:
    """Make the key that signs the tokens of service accounts once."""
    private = settings.certificates_dir / "service-accounts.key"
    public = private.with_suffix(".pub")
    if private.exists() and public.exists():
        return
    run(["openssl", "genrsa", "-out", str(private), "2048"])
    run(["openssl", "rsa", "-in", str(private), "-pubout", "-out", str(public)])
    private.chmod(0o600)
