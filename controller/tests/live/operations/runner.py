"""Starts ``trialkinds`` with Django configured: ``python runner.py PORT DATABASE OWNER LEASE``."""

import importlib
import sys

import django
from django.conf import settings

from controller.djangosettings import build_django_settings
from controller.settings import DatabaseSettings, Settings
from kit.settings import Secret


def main() -> None:
    database = DatabaseSettings(host="127.0.0.1", port=int(sys.argv[1]), name=sys.argv[2])
    values = Settings(secret_key=Secret("x"), builder_key=Secret("y"), database=database)
    settings.configure(**build_django_settings(values))
    django.setup()
    trialkinds = importlib.import_module("trialkinds")  # imports models

    trialkinds.main(sys.argv[1:])


if __name__ == "__main__":
    main()
