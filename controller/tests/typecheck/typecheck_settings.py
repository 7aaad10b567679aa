"""Django's settings as a module, for the type checker's plugin only."""

from controller.settings import Settings, build_django_settings

globals().update(
    build_django_settings(Settings.from_env({"DEIS_SECRET_KEY": "none", "DEIS_BUILDER_KEY": "none"}))
)
