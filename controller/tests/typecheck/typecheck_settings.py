"""Django's settings as a module, for the type checker's plugin only."""

from controller.djangosettings import build_django_settings
from controller.settings import Settings

globals().update(
    build_django_settings(Settings.from_env({"DEIS_SECRET_KEY": "none", "DEIS_BUILDER_KEY": "none"}))
)
