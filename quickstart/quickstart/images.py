"""Platform images: built where they are missing, and put where the cluster pulls from."""

from __future__ import annotations

import json
import sys

from .commands import Commands
from .platform import parse_tags
from .settings import Settings


def ensure_images(commands: Commands, settings: Settings) -> dict[str, str]:
    """Build and push what changed; return the tag of each component that the chart has a section for."""
    tool = (sys.executable, "-m", "images")
    commands.run(*tool, "build", shown=True)
    commands.run(*tool, "push", "--registry", settings.registry, shown=True)
    return parse_tags(commands.run(*tool, "tags"), components=list_components(settings))


def list_components(settings: Settings) -> set[str]:
    """The sections of the chart's values that name an image."""
    schema = json.loads((settings.checkout / "charts" / "workflow" / "values.schema.json").read_text())
    return {
        name
        for name, section in schema["properties"].items()
        if "docker_tag" in section.get("properties", {})
    }
