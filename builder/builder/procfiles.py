"""Process types from a Procfile.

Source: build specification, 5.2: YAML; scalars of any type become their text.
"""

from __future__ import annotations

import yaml


class MalformedProcfile(ValueError):
    """The document is no map of texts; the message says where."""


def parse_procfile(content: bytes) -> dict[str, str]:
    """Return process types and their commands; an empty document is an empty map.

    Raises:
        MalformedProcfile: not YAML, not a map, or a nested value.
    """
    try:
        document = yaml.load(content, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MalformedProcfile(str(error)) from error
    if document is None or document == "":
        return {}
    if not isinstance(document, dict):
        raise MalformedProcfile("it is not a map of process types to commands")
    for name, command in document.items():
        if not isinstance(name, str) or not isinstance(command, str):
            raise MalformedProcfile(f"the command of {name!r} is not a text")
    return dict(document)
