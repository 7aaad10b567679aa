#!/usr/bin/env python3
"""Hold the lines between the parts of the tree, by reading its import statements.

* A component imports itself and the kit; the kit imports no component; tests that drive an installed platform
  import nothing of ours.
* Inside the controller and the kit, imports point one way (``LAYERS``), and some packages stay out of some
  modules (``BARRED``).
* A component imports no package that its ``pyproject.toml`` does not name, so that its image has what it needs.

Source: design, "Layout" and "kit"; style, "The tree explains itself".
"""

from __future__ import annotations

import ast
import importlib.metadata
import itertools
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lock import ROOT, list_requirements, read_extras

KIT = "kit"
FREE_STANDING = ("e2e",)
"""Directories that import nothing of ours."""

ALSO_ALLOWED: dict[str, frozenset[str]] = {
    "quickstart": frozenset({"devcluster", "images"}),  # tools of one machine, none of them in an image
    "cli": frozenset(),
}
NO_KIT = frozenset({"cli"})
"""A wheel for people's own machines, whose Python may be older than the kit's."""

LAYERS: dict[str, tuple[str, ...]] = {
    "controller.controller": ("asgi", "streams", "api", "services", "operations", "cluster", "model"),
    "kit.kit.kube": ("reflector", "client", "streams", "transport", "credentials", "errors", "resources"),
}
"""Within a package, what is named later never imports what is named earlier. What is not named is free."""

BARRED: dict[str, tuple[str, ...]] = {
    "controller/controller/cluster": ("django", "rest_framework", "controller.model"),
    "kit/kit/settings.py": ("urllib3", "orjson"),
    "kit/kit/objectstore/locations.py": ("minio", "boto3", "google", "azure"),
    "kit/kit/kube": ("kit.objectstore", "kit.registrytoken"),
    "kit/kit/objectstore": ("kit.kube", "kit.registrytoken"),
}
"""What the files below a path never import."""


PARTS: dict[str, frozenset[str]] = {
    "boto3": frozenset({"botocore"}),
    "google-cloud-storage": frozenset({"google-api-core", "google-auth", "requests"}),
    "azure-storage-blob": frozenset({"azure-core"}),
    "requests": frozenset({"urllib3"}),
}
"""Packages that are part of another's interface: its errors are theirs."""


@dataclass(frozen=True)
class Import:
    """One imported module; ``typing_only`` if it is there for the type checker alone."""

    file: Path
    line: int
    module: str
    typing_only: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Component:
    directory: Path
    packages: frozenset[str]

    @property
    def name(self) -> str:
        return self.directory.name


def main() -> int:
    components = list_components()
    ours = {package for component in components for package in component.packages}
    problems = [
        *(problem for component in components for problem in check_component(component, ours)),
        *(problem for name in FREE_STANDING for problem in check_free_standing(ROOT / name, ours)),
        *check_layers(),
        *check_barred(),
    ]
    for problem in dict.fromkeys(problems):
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def list_components() -> list[Component]:
    found = []
    for project in sorted(ROOT.glob("*/pyproject.toml")):
        directory = project.parent
        packages = {path.parent.name for path in directory.glob("*/__init__.py")} - {"tests"}
        found.append(Component(directory, frozenset(packages)))
    return found


def check_component(component: Component, ours: set[str]) -> Iterator[str]:
    """Yield what a component imports of other components, or without having declared it."""
    allowed = component.packages | ALSO_ALLOWED.get(component.name, frozenset())
    allowed |= frozenset() if component.name in NO_KIT else frozenset({KIT})
    declared = list_declared(component)
    for entry in read_imports(component.directory):
        if entry.top in ours:
            if entry.top not in allowed:
                yield f"{entry}: {component.name} may not import {entry.module}, another component's"
        elif is_shipped(entry, component) and not is_declared(entry, declared):
            yield f"{entry}: {entry.top} is not among the dependencies in {component.name}/pyproject.toml"


def check_free_standing(directory: Path, ours: set[str]) -> Iterator[str]:
    for entry in read_imports(directory):
        if entry.top in ours:
            yield f"{entry}: {directory.name} may import nothing of ours, so not {entry.module}"


def check_layers() -> Iterator[str]:
    for package, layers in LAYERS.items():
        directory = ROOT.joinpath(*package.split("."))
        prefix = ".".join(package.split(".")[1:])
        for depth, layer in enumerate(layers):
            for entry in read_imports(directory / layer, directory / f"{layer}.py"):
                for higher in layers[:depth]:
                    if is_below(entry.module, f"{prefix}.{higher}"):
                        yield f"{entry}: {layer} may not import {entry.module}, which is a layer above it"


def check_barred() -> Iterator[str]:
    for place, barred in BARRED.items():
        for entry in read_imports(ROOT / place):
            for module in barred:
                if is_below(entry.module, module):
                    yield f"{entry}: {place} may not import {entry.module}"


def is_below(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def read_imports(*paths: Path) -> Iterator[Import]:
    for path in paths:
        files = [path] if path.is_file() else sorted(path.rglob("*.py"))
        for file in files:
            yield from parse_imports(file)


def parse_imports(file: Path) -> Iterator[Import]:
    tree = ast.parse(file.read_text(), filename=str(file))
    typing_only = set(find_typing_only(tree))
    for node in ast.walk(tree):
        for module in list_modules(node, file):
            yield Import(file, getattr(node, "lineno", 0), module, node in typing_only)


def list_modules(node: ast.AST, file: Path) -> list[str]:
    """Return the modules that a statement imports; ``from a import b`` may mean the module ``a.b``."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = ".".join([*list_packages(file, level=node.level), *([node.module] if node.module else [])])
        return list(dict.fromkeys([module, *(f"{module}.{alias.name}" for alias in node.names)]))
    return []


def list_packages(file: Path, *, level: int) -> list[str]:
    """Return the names of the packages that a relative import of this level starts from; none for level 0."""
    if not level:
        return []
    around = itertools.takewhile(lambda directory: (directory / "__init__.py").exists(), file.parents)
    names = [directory.name for directory in around]
    return names[level - 1 :][::-1]


def find_typing_only(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for statement in node.body:
                yield from ast.walk(statement)


def is_shipped(entry: Import, component: Component) -> bool:
    """Say if the import is needed when the component runs: tests and types are not."""
    place = entry.file.relative_to(component.directory).parts
    return place[0] in component.packages and "tests" not in place and not entry.typing_only


def is_declared(entry: Import, declared: set[str]) -> bool:
    if entry.top in sys.stdlib_module_names or entry.top == "__future__":
        return True
    providers = PROVIDERS.get(entry.top, [entry.top])
    return any(normalize(provider) in declared for provider in providers)


def list_declared(component: Component) -> set[str]:
    """Return the distributions that a component names, and in the kit those of every extra."""
    lines = list_requirements(component.directory)
    if component.name == KIT:
        lines = [line for extra in read_extras().values() for line in extra]
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines)
    declared = {normalize(name[0]) for name in names if name}
    return declared.union(*(PARTS.get(name, frozenset()) for name in declared))


def normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


PROVIDERS = importlib.metadata.packages_distributions()


if __name__ == "__main__":
    raise SystemExit(main())
