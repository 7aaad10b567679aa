"""git's packet lines, as far as the builder speaks them itself."""

from __future__ import annotations


def build_pkt_line(text: str) -> bytes:
    """Return ``text`` as one packet: four hexadecimal digits of its length, themselves included, then itself."""
    content = text.encode()
    return f"{len(content) + 4:04x}".encode() + content
