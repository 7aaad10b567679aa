"""The tables of routes and of permissions, for tests that walk them. Importing them needs settings of Django's; these
name no server."""

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

__all__ = ["MATRIX", "ROUTES", "Rule"]
