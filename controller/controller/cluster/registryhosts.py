"""Whether the host in an image's name is our registry, however it is spelled. Pure.

Nodes reach our registry on their own loopback, through a proxy that adds its credentials for whoever asks. So each
name of the loopback means it, if the port is ours: ``localhost``, ``127.0.0.2``, ``[::1]``, ``127.1``.
"""

import ipaddress
import socket
from dataclasses import dataclass

LOOPBACK = "localhost"
DEFAULT_PORTS = (80, 443)


@dataclass(frozen=True, kw_only=True)
class RegistryHost:
    name: str
    """In lower case; ``localhost`` for each spelling of the loopback."""
    port: int | None = None

    def serves(self, port: int) -> bool:
        return port in DEFAULT_PORTS if self.port is None else self.port == port


def find_host(image: str) -> RegistryHost | None:
    """The registry that an image's name begins with; None when it names none, and so means the Docker Hub."""
    first, slash, _ = image.strip().partition("/")
    if not slash or not ("." in first or ":" in first or first.lower() == LOOPBACK):
        return None
    return parse_host(first)


def parse_host(text: str) -> RegistryHost:
    """``127.0.0.1:5555``, ``[::1]:5555``, ``r.example.com``."""
    if text.startswith("["):
        name, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        name, _, port = text.partition(":")
    name = name.lower().rstrip(".")
    number = int(port) if port.isascii() and port.isdecimal() else None
    return RegistryHost(name=LOOPBACK if is_loopback(name) else name, port=number)


def is_loopback(name: str) -> bool:
    """Whether a connection to this name ends on the machine it begins on, without asking any name server."""
    if name == LOOPBACK or name.endswith(f".{LOOPBACK}"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return _is_short_loopback(name)
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


def _is_short_loopback(name: str) -> bool:
    """``127.1``, ``0x7f.1``, ``2130706433``: the C library takes these for addresses."""
    try:
        packed = socket.inet_aton(name)
    except (OSError, UnicodeError):
        return False
    return packed[0] == 127 or packed == bytes(4)
