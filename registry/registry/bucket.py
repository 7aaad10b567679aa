"""The registry's bucket."""

import logging

from kit.errors import Timeout
from kit.objectstore import ObjectStore, StoreRefused, StoreUnavailable
from kit.waiting import wait_for
from registry.errors import BucketFailed

log = logging.getLogger(__name__)

INTERVAL = 1.0


def apply_bucket(store: ObjectStore, *, timeout: float) -> None:
    """Make the bucket unless it exists; wait for a store that does not answer yet.

    Raises:
        BucketFailed: refused, or no answer in time.
    """
    reason = ""

    def attempt() -> bool:
        nonlocal reason
        try:
            store.ensure_bucket()
        except StoreRefused:
            raise
        except StoreUnavailable as error:
            if not reason:
                log.info("waiting for the object storage: %s", error)
            reason = str(error)
            return False
        return True

    try:
        wait_for(attempt, what="the object storage", timeout=timeout, interval=INTERVAL)
    except Timeout as error:
        raise BucketFailed(f"Error creating the registry bucket: {reason}") from error
    except StoreRefused as error:
        raise BucketFailed(f"Error creating the registry bucket: {error}") from error
