"""Writes the description when the image is built: ``python -m controller.api.openapi.build [DIRECTORY]``.

The directory is this module's own if none is named. To make it takes 30 MiB that a process never gives back, so a
running controller should not have to.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import django
from django.conf import settings as django_settings

from controller.djangosettings import build_django_settings
from controller.settings import Settings
from kit.settings import Secret

JSON_FILE = Path(__file__).with_name("openapi.json")
YAML_FILE = Path(__file__).with_name("openapi.yaml")


def main(arguments: Sequence[str]) -> None:
    """It tells of no installation, so the settings name none."""
    settings = Settings(secret_key=Secret("none"), builder_key=Secret("none"))
    django_settings.configure(**build_django_settings(settings))
    django.setup()
    from controller.api.openapi.document import render_json, render_yaml  # needs Django's settings

    directory = Path(arguments[0]) if arguments else JSON_FILE.parent
    (directory / JSON_FILE.name).write_bytes(render_json())
    (directory / YAML_FILE.name).write_bytes(render_yaml())


if __name__ == "__main__":
    main(sys.argv[1:])
