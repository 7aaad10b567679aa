"""Tells Django of this package. Named in full in INSTALLED_APPS, as ``apps`` is a noun of ours."""

from django.apps import AppConfig


class ModelConfig(AppConfig):
    name = "controller.model"
    label = "controller"
    default_auto_field = "django.db.models.BigAutoField"
