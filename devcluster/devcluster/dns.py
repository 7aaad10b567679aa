"""Asking the cluster's DNS, as its objects may say that it is well long after it has died."""

import socket
import struct

from devcluster.settings import Settings

IDENTITY = 0x1984
RECURSE = 0x0100
IS_ANSWER = 0x8000
FAILURE = 0x000F
HEADER = struct.Struct("!6H")
ADDRESS_IN_INTERNET = struct.pack("!2H", 1, 1)
TIMEOUT = 1.0


def build_query(name: str) -> bytes:
    """A question for the IPv4 address of a name."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return HEADER.pack(IDENTITY, RECURSE, 1, 0, 0, 0) + labels + b"\0" + ADDRESS_IN_INTERNET


def has_answer(packet: bytes) -> bool:
    """Whether a packet answers our question with at least one record."""
    if len(packet) < HEADER.size:
        return False
    identity, flags, _, answers, _, _ = HEADER.unpack_from(packet)
    return bool(identity == IDENTITY and flags & IS_ANSWER and not flags & FAILURE and answers)


def is_dns_answering(settings: Settings) -> bool:
    """Whether the API server's name is resolved, through the Service that pods ask."""
    query = build_query(f"kubernetes.default.svc.{settings.domain}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(TIMEOUT)
        try:
            client.connect((settings.dns_address, 53))
            client.send(query)
            return has_answer(client.recv(512))
        except OSError:
            return False
