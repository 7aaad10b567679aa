"""The Secrets of apps' certificates: each is read by its name when a Service names it, or says that it changed.

The router can read no other Secret, and can't list any: the controller allows it each of these by name.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kit.kube import SECRETS, Kube, KubeError, KubeForbidden, KubeNotFound
from router.certificates import CertificateStore, read_pair
from router.discovery import Key
from router.errors import InvalidCertificate

log = logging.getLogger(__name__)

FIRST_RETRY = 2.0
LAST_RETRY = 300.0
READERS = 4


@dataclass(frozen=True)
class Known:
    """What was found at the last reading; ``retry_at`` is None if that settled it."""

    fingerprints: str
    digest: str | None
    retry_at: float | None = None
    delay: float = 0.0


class CertificateReader:
    def __init__(
        self, kube: Kube, store: CertificateStore, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._kube = kube
        self._store = store
        self._clock = clock
        self._known: dict[Key, Known] = {}

    def read(self, wanted: Mapping[Key, str]) -> dict[Key, str]:
        """Return the digest of every usable pair among ``wanted``, reading those that are new or changed."""
        now = self._clock()
        self._known = {key: known for key, known in self._known.items() if key in wanted}
        due = [key for key, fingerprints in wanted.items() if self._is_due(key, fingerprints, now)]
        if due:
            with ThreadPoolExecutor(min(READERS, len(due))) as pool:
                found = list(pool.map(lambda key: self._read_one(key, wanted[key]), due))
            self._known.update(zip(due, found, strict=True))
        return {key: known.digest for key, known in self._known.items() if known.digest}

    def get_retry_delay(self) -> float | None:
        """Return the seconds until a Secret is worth another try, or None."""
        times = [known.retry_at for known in self._known.values() if known.retry_at is not None]
        return max(0.0, min(times) - self._clock()) if times else None

    def _is_due(self, key: Key, fingerprints: str, now: float) -> bool:
        known = self._known.get(key)
        if known is None or known.fingerprints != fingerprints:
            return True
        return known.retry_at is not None and known.retry_at <= now

    def _read_one(self, key: Key, fingerprints: str) -> Known:
        before = self._known.get(key)
        same = before is not None and before.fingerprints == fingerprints
        delay = min(before.delay * 2, LAST_RETRY) if before and same and before.delay else FIRST_RETRY
        retry_at = self._clock() + delay
        namespace, name = key
        try:
            secret = self._kube.get(SECRETS, name, namespace=namespace)
            return Known(fingerprints, self._store.put_pair(*read_pair(secret)))
        except InvalidCertificate as error:
            log.warning("the certificate in Secret %s/%s is not served: %s", namespace, name, error)
            return Known(fingerprints, None)
        except (KubeNotFound, KubeForbidden) as error:
            if not same:
                log.warning("the certificate in Secret %s/%s is not served: %s", namespace, name, error)
            return Known(fingerprints, None, retry_at, delay)
        except KubeError as error:
            log.warning(
                "Secret %s/%s can not be read, trying again in %g s: %s", namespace, name, delay, error
            )
            return Known(fingerprints, before.digest if before else None, retry_at, delay)
