"""Procfiles: which command runs which process type. PyYAML is imported if there is one to read."""

from __future__ import annotations

from deis.errors import CliError


def parse_procfile(text: str) -> dict[str, str]:
    """Return process types and commands; every scalar is text.

    Raises:
        CliError: no YAML, or no flat map.
    """
    import yaml

    try:
        data = yaml.load(text, Loader=yaml.BaseLoader)  # makes nothing but text, lists and maps
    except yaml.YAMLError as error:
        raise CliError(f"yaml: {' '.join(str(error).split())}") from error
    if data is None or data == "":
        return {}
    if not isinstance(data, dict):
        raise CliError("yaml: a Procfile is a map of process types to commands")
    for kind, command in data.items():
        if not isinstance(kind, str) or not isinstance(command, str):
            raise CliError(f"yaml: the command of process type {kind} is no text")
    return data
