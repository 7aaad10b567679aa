"""Object storage behind one small interface; which store it is, only ``open_store`` knows.

Drivers are imported when a store of their kind is opened: each comes with an extra of its own.
"""

from kit.objectstore.errors import ObjectNotFound, StoreRefused, StoreUnavailable
from kit.objectstore.locations import Location, open_store, read_location
from kit.objectstore.stores import PUT_HEADERS, ObjectInfo, ObjectStore

__all__ = [
    "PUT_HEADERS",
    "Location",
    "ObjectInfo",
    "ObjectNotFound",
    "ObjectStore",
    "StoreRefused",
    "StoreUnavailable",
    "open_store",
    "read_location",
]
