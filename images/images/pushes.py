"""Putting images where a cluster pulls them from."""

import ipaddress
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence

from images.buildah import build_environment, build_reference, list_references
from images.catalogue import NOT_DEPLOYED, Catalogue, build_tags, check_names
from images.errors import BuildFailed, PushFailed
from images.programs import run

MANIFESTS = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
TIMEOUT = 10.0


def push_images(catalogue: Catalogue, names: Sequence[str], *, registry: str) -> None:
    """Push the named images, or all that a cluster runs, unless the registry has them.

    Raises:
        PushFailed: one was not built, or the registry refuses it.
    """
    wanted = check_names(catalogue, names) or [name for name in catalogue if name not in NOT_DEPLOYED]
    tags = build_tags(catalogue, wanted)
    plain = is_plain(registry)
    pushed = [name for name in wanted if not (plain and has_image(registry, name, tags[name]))]
    existing = list_references()
    for name in pushed:
        push_image(
            name, tags, registry=registry, plain=plain, is_built=build_reference(name, tags[name]) in existing
        )
    print(
        f"images: {len(pushed)} pushed to {registry}, {len(wanted) - len(pushed)} already there", flush=True
    )


def is_plain(registry: str) -> bool:
    """Whether a registry is this machine's own, spoken to without TLS: ``localhost`` or a bare address."""
    host = registry.partition("/")[0].rpartition(":")[0] or registry
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def has_image(registry: str, name: str, tag: str) -> bool:
    """Ask the registry."""
    host, _, prefix = registry.partition("/")
    path = "/".join(part for part in (prefix, "deis", name) if part)
    url = f"http://{host}/v2/{path}/manifests/{tag}"
    request = urllib.request.Request(url, method="HEAD", headers={"Accept": MANIFESTS})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=TIMEOUT):
            return True
    except urllib.error.HTTPError:
        return False
    except OSError as error:
        raise PushFailed(f"The registry {registry} does not answer: {error}.") from error


def push_image(name: str, tags: Mapping[str, str], *, registry: str, plain: bool, is_built: bool) -> None:
    """Copy one image. This machine's own registry gets it unpacked: packing would take longer than copying."""
    reference = build_reference(name, tags[name])
    if not is_built:
        raise PushFailed(f"{reference} is not built; run `images build {name}` first.")
    options = ["--tls-verify=false", "--disable-compression"] if plain else []
    target = f"docker://{registry}/deis/{name}:{tags[name]}"
    try:
        run(["buildah", "push", "--quiet", *options, reference, target], env=build_environment())
    except BuildFailed as error:
        raise PushFailed(f"{registry} did not take {name}. {error}") from error
    print(f"{name}:{tags[name]} pushed", flush=True)
