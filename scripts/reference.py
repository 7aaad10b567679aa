#!/usr/bin/env python3
"""``docs/cli/reference/``: a page for each noun of `deis`, written from the program itself (``make reference``).

What a command's document holds comes from ``docs/cli/schemas.yaml``, to which a live test holds every command.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "cli"))

from deis.argv import SHORTCUTS  # noqa: E402  # the path comes first
from deis.dispatch import load_noun  # noqa: E402
from deis.helptexts import HELP, NOUNS  # noqa: E402
from deis.manual import EXAMPLES, list_exit_codes  # noqa: E402
from deis.parameters import Argument, Option  # noqa: E402
from deis.program import Command, Noun  # noqa: E402

DIRECTORY = ROOT / "docs/cli/reference"
SCHEMAS = ROOT / "docs/cli/schemas.yaml"
NOTICE = "<!-- Written by `make reference`; what is here comes from the program. -->\n"


def main(argv: list[str]) -> int:
    """Write the pages to the directory that is named, or to their own."""
    directory = Path(argv[0]) if argv else DIRECTORY
    directory.mkdir(exist_ok=True)
    pages = render_pages(yaml.safe_load(SCHEMAS.read_text(encoding="utf-8")))
    for path in directory.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (directory / name).write_text(text, encoding="utf-8")
    return 0


def render_pages(schemas: dict[str, Any]) -> dict[str, str]:
    """All pages by file name."""
    nouns = [load_noun(name) for name in NOUNS]
    pages = {f"{noun.name}.md": render_noun(noun, schemas) for noun in nouns}
    return {"README.md": render_index(nouns), **pages}


def render_index(nouns: list[Noun]) -> str:
    lines = [f"{NOTICE}\n# Reference of `deis`\n", "```", HELP.strip(), "```\n", "## Commands\n"]
    lines += ["| command | |", "|---|---|"]
    for noun in nouns:
        for command in list_commands(noun):
            page = f"{noun.name}.md#{build_anchor(command)}"
            lines.append(f"| [`{command.name}`]({page}) | {summarise(command)} |")
    lines += ["\n## Shortcuts\n", "| shortcut | command |", "|---|---|"]
    lines += [f"| `{short}` | `{full}` |" for short, full in sorted(SHORTCUTS.items())]
    return "\n".join(lines) + "\n"


def list_commands(noun: Noun) -> Iterator[Command]:
    for command in noun.commands.values():
        assert isinstance(command, Command)
        yield command


def build_anchor(command: Command) -> str:
    """As MkDocs and GitHub make it from the heading."""
    return f"deis-{str(command.name).replace(':', '')}"


def summarise(command: Command) -> str:
    """The first sentence of the help, which may be wrapped."""
    return " ".join((command.help or "").partition("\n\n")[0].split())


def render_noun(noun: Noun, schemas: dict[str, Any]) -> str:
    lead = f"`deis {noun.name}` alone is `deis {noun.name}:{noun.default}`.\n" if noun.default else ""
    parts = [f"{NOTICE}\n# {noun.name}\n", *([lead] if lead else [])]
    return "\n".join([*parts, *(render_command(command, schemas) for command in list_commands(noun))])


def render_command(command: Command, schemas: dict[str, Any]) -> str:
    name = str(command.name)
    shorts = [f"`deis {short}`" for short, full in SHORTCUTS.items() if full == name]
    arguments = [param for param in command.params if isinstance(param, Argument)]
    options = [param for param in command.params if isinstance(param, Option)]
    codes = list_exit_codes(name, has_deadline=any("--deadline" in option.opts for option in options))
    parts = [
        f"## deis {name}",
        command.help or "",
        f"Short: {', '.join(shorts)}" if shorts else "",
        f"```\n{command.usage}\n```",
        render_table("argument", [(f"`{argument.shown}`", argument.explanation) for argument in arguments]),
        render_table("option", [(f"`{option.shown}`", option.explanation) for option in options]),
        "Examples:\n\n```\n" + "\n".join(EXAMPLES[name]) + "\n```",
        render_table("exit code", [(str(code), meaning) for code, meaning in codes]),
        render_document(name, schemas),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def render_table(title: str, rows: list[tuple[str, str]]) -> str:
    if not rows:
        return ""
    lines = [f"| {first} | {' '.join(second.split())} |" for first, second in rows]
    return "\n".join([f"| {title} | |", "|---|---|", *lines])


def render_document(name: str, schemas: dict[str, Any]) -> str:
    """What ``--output`` prints, in short."""
    schema = schemas["commands"].get(name)
    if schema is None:
        return ""
    shape = describe(resolve(schema, schemas), schemas)
    return f"Document of `--output` ([schema](../schemas.yaml)): `{shape}`"


def resolve(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """The schema with what it refers to and all its parts in one."""
    parts = [*schema.get("allOf", ()), *([find(schema["$ref"], schemas)] if "$ref" in schema else [])]
    whole: dict[str, Any] = {"required": [], "properties": {}}
    for part in (*(resolve(part, schemas) for part in parts), schema):
        whole["required"] = [*dict.fromkeys([*whole["required"], *part.get("required", ())])]
        for key, value in part.get("properties", {}).items():
            whole["properties"][key] = {**whole["properties"].get(key, {}), **value}
        whole |= {key: part[key] for key in ("type", "items", "enum", "additionalProperties") if key in part}
    return whole


def find(reference: str, schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schemas["$defs"][reference.rpartition("/")[2]]
    return found


def describe(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """``{count, results: [{name, type}]}``: the fields, and what lists and objects in them hold."""
    schema = resolve(schema, schemas)
    if schema.get("type") == "array" and "items" in schema:
        return f"[{describe(schema['items'], schemas)}]"
    names = [*schema["required"], *(name for name in schema["properties"] if name not in schema["required"])]
    if not names:
        return "{…}" if schema.get("type") == "object" else "[…]" if schema.get("type") == "array" else ""
    fields = []
    for name in names:
        inner = describe(schema["properties"].get(name, {}), schemas)
        fields.append(f"{name}: {inner}" if inner else name)
    return "{" + ", ".join(fields) + "}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
