"""What a command tells to a program: one JSON or YAML document instead of text.

The schemas are in docs/cli/schemas.yaml.
"""

from __future__ import annotations

import json
from typing import Any

from deis.errors import CliError

FORMS = ("json", "yaml")


def parse_form(text: str) -> str:
    """The value of ``--output``.

    Raises:
        CliError: it is no form of ours.
    """
    if text not in FORMS:
        raise CliError(f"--output must be json or yaml, not {text}")
    return text


def render_document(data: Any, form: str) -> str:
    """The whole of an answer."""
    if form == "yaml":
        return _dump_yaml(data)
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def render_item(data: Any, form: str) -> str:
    """One of many that come one after the other: a line of JSON, or a YAML document of its own."""
    if form == "yaml":
        return f"---\n{_dump_yaml(data)}"
    return json.dumps(data, ensure_ascii=False) + "\n"


def _dump_yaml(data: Any) -> str:
    import yaml

    plain = json.loads(json.dumps(data))
    return str(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, default_flow_style=False))
