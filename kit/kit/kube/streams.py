"""Answers that go on: watches and followed logs. Each can be closed from another thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
import urllib3

from kit.kube.errors import KubeUnreachable, build_status_error
from kit.kube.resources import Manifest
from kit.kube.transport import find_cause

CHUNK = 64 * 1024


class WatchEvent(NamedTuple):
    type: str
    """``ADDED``, ``MODIFIED`` or ``DELETED``."""
    object: Manifest


class ByteStream(Iterator[bytes]):
    """The bytes of a followed log, as they come. It ends when the container does, or by ``close()``.

    Raises:
        KubeUnreachable: the connection broke in the middle.
    """

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self._chunks = response.stream(CHUNK, decode_content=True)
        self._closed = threading.Event()

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self.close()
            raise
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
            if self._closed.is_set():  # the reader's socket was shut under it, as close() means to
                raise StopIteration from None
            self.close()
            raise KubeUnreachable(f"the stream broke: {find_cause(error)}") from error
        if self._closed.is_set():
            raise StopIteration
        return chunk

    def close(self) -> None:
        """End it, also for a thread that waits in it. Safe to call twice."""
        if self._closed.is_set():
            return
        self._closed.set()
        with contextlib.suppress(OSError, ValueError, RuntimeError):  # it may have ended already
            self._response.shutdown()
        self._response.close()

    def __enter__(self) -> ByteStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Watch(Iterator[WatchEvent]):
    """Events of a watch. It ends when the server closes it, which is normal, or falls silent.

    ``resource_version`` is where to go on; it moves with bookmarks too, which are not given out.

    Raises:
        KubeGone: the version to go on from is too old; list again.
        KubeError: any other error in the stream.
    """

    def __init__(self, stream: ByteStream, *, first: list[Manifest], resource_version: str) -> None:
        self.resource_version = resource_version
        self._stream = stream
        self._first = first
        self._events = self._decode()

    def __next__(self) -> WatchEvent:
        return next(self._events)

    def close(self) -> None:
        self._stream.close()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _decode(self) -> Iterator[WatchEvent]:
        for present in self._first:
            yield WatchEvent("ADDED", present)
        for line in split_lines(self._stream):
            event: dict[str, Any] = orjson.loads(line)
            content = event["object"]
            if event["type"] == "ERROR":
                self.close()
                raise build_status_error(content)
            self.resource_version = content["metadata"]["resourceVersion"]
            if event["type"] != "BOOKMARK":
                yield WatchEvent(event["type"], content)


def split_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Return whole lines of a stream of pieces cut anywhere; an unfinished last one is dropped."""
    rest: list[bytes] = []
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest.append(first)
        for other in others:
            line = b"".join(rest)
            rest = [other]
            if line:
                yield line
