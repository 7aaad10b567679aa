"""The tables of routes and of permissions, for tests that walk them. Importing them needs settings of Django's; these
name no server."""

import re
import uuid

import django
from django.conf import settings as django_settings

from controller.djangosettings import build_django_settings
from controller.settings import Settings
from kit.settings import Secret

if not django_settings.configured:
    values = Settings(secret_key=Secret("x"), builder_key=Secret("y"))
    django_settings.configure(**build_django_settings(values))
    django.setup()

from controller.api.authorization import MATRIX, Rule
from controller.api.routes import ROUTES

__all__ = ["MATRIX", "ROUTES", "Rule", "build_path"]

PATTERNS = {route.name: route.pattern for route in ROUTES}
NOBODY = "no-such-object"


def build_path(route: str, **samples: str) -> str:
    """An address of the route, with a sample for each part of it."""
    pattern = PATTERNS[route]
    known = {
        "version": "999",
        "uuid": str(uuid.UUID(int=0)),
        "fingerprint": "00:11",
        "username": NOBODY,
        **samples,
    }
    path = re.sub(r"\(\?P<(\w+)>[^()]*\)\??", lambda part: known.get(part[1], NOBODY), pattern)
    path = path.replace("/?", "").replace(r"\.", ".")
    assert re.fullmatch(pattern, path), f"{path} is no address of {route}: give it a sample"
    return f"/v2/{path}"
