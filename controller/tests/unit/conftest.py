"""Pure parts need no settings, but some live beside models: Django is told of settings that name no server."""

import django
from django.conf import settings as django_settings

from controller.djangosettings import build_django_settings
from controller.settings import Settings
from kit.settings import Secret

if not django_settings.configured:
    values = Settings(secret_key=Secret("x"), builder_key=Secret("y"))
    django_settings.configure(**build_django_settings(values))
    django.setup()
