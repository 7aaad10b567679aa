"""A YAML file of sections, read as a person means it: texts stay as they are written, and nothing is given twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import yaml

from deis.errors import CliError

TEXT = "tag:yaml.org,2002:str"
NULL = "tag:yaml.org,2002:null"
MERGE = "tag:yaml.org,2002:merge"


def load_sections(text: str, texts: Collection[str]) -> Any:
    """What the file holds; keys are texts, and so is each value in a section of ``texts``: ``no``, ``0755``, ``1.10``.

    Raises:
        CliError: no YAML, or a key that a mapping has twice.
    """
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        for node in _walk(root):
            if isinstance(node, yaml.MappingNode):
                _take_keys(node)
        if isinstance(root, yaml.MappingNode):
            _take_values(root, texts)
        return loader.construct_document(root)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: such as the 31st of February
        raise CliError(f"yaml: {' '.join(str(error).split())}") from error
    finally:
        loader.dispose()


def _walk(root: yaml.Node) -> Iterator[yaml.Node]:
    """All nodes, each once: an anchor may be used many times, in itself too."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _take_keys(mapping: yaml.MappingNode) -> None:
    given = set()
    for key, _ in mapping.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == MERGE:
            continue
        if key.value in given:
            raise CliError(f"line {key.start_mark.line + 1}: {key.value} is given twice")
        given.add(key.value)
        key.tag = TEXT


def _take_values(root: yaml.MappingNode, texts: Collection[str]) -> None:
    for name, section in root.value:
        if name.value not in texts:
            continue
        for node in _walk(section):
            if isinstance(node, yaml.ScalarNode) and node.tag not in (NULL, MERGE):
                node.tag = TEXT
