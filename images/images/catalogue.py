"""Every image of the checkout: where it is made, what it builds on, and its tag."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from images.contexts import build_digest, list_inputs
from images.dockerfile import Dockerfile, parse_dockerfile
from images.errors import InvalidDockerfile, UnknownImage

RECIPE = "1"
"""Part of every tag: change it when images must be built anew although nothing that they hold has changed."""
BASE = "base"
BASE_DIRECTORY = "kit"
TOOL_DIRECTORY = "images"
NOT_DEPLOYED = frozenset({BASE, "go", "emulators", "test"})
"""What only other images or tests are made from."""
EXTRAS = {"test": ("requirements-dev.txt",)}
"""Files of the checkout that an image's Dockerfile copies though they are not in its directory."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image."""

    name: str
    directory: Path
    dockerfile: Dockerfile
    extras: tuple[Path, ...] = ()

    @property
    def needs(self) -> frozenset[str]:
        """Images of ours that must exist before."""
        return frozenset(self.dockerfile.bases.values())

    def list_inputs(self) -> dict[str, Path]:
        """Return the files that go into it, by their place in the context."""
        return list_inputs(self.directory, self.dockerfile.sources, extras=self.extras)


Catalogue = Mapping[str, Image]


def read_catalogue(checkout: Path) -> Catalogue:
    """Return all images, what others need first.

    Raises:
        InvalidDockerfile: an image needs one that does not exist, or itself.
    """
    images = {name: read_image(name, directory, checkout) for name, directory in list_directories(checkout)}
    for image in images.values():
        for missing in sorted(image.needs - images.keys()):
            raise InvalidDockerfile(f"{image.name} builds on {missing}, which has no Dockerfile.")
    try:
        order = list(
            TopologicalSorter({name: sorted(image.needs) for name, image in images.items()}).static_order()
        )
    except CycleError as error:
        raise InvalidDockerfile(
            f"Images build on each other in a circle: {' → '.join(error.args[1])}."
        ) from error
    return {name: images[name] for name in order}


def list_directories(checkout: Path) -> list[tuple[str, Path]]:
    """Return names and directories: a component is called like its directory, the kit makes the base."""
    paths = sorted([*checkout.glob("*/Dockerfile"), *checkout.glob(f"{TOOL_DIRECTORY}/*/Dockerfile")])
    directories = [path.parent for path in paths]
    return [(BASE if path == checkout / BASE_DIRECTORY else path.name, path) for path in directories]


def read_image(name: str, directory: Path, checkout: Path) -> Image:
    dockerfile = parse_dockerfile((directory / "Dockerfile").read_text())
    extras = tuple(checkout / extra for extra in EXTRAS.get(name, ()))
    return Image(name=name, directory=directory, dockerfile=dockerfile, extras=extras)


def build_tags(catalogue: Catalogue, names: Iterable[str] = ()) -> dict[str, str]:
    """Return the tags of the named images, or all, and of what they need."""
    tags: dict[str, str] = {}
    for name in select(catalogue, names):
        tags[name] = build_tag(catalogue[name], catalogue[name].list_inputs(), bases=tags)
    return tags


def build_tag(image: Image, inputs: dict[str, Path], *, bases: Mapping[str, str]) -> str:
    """Return the hash of the Dockerfile, the files that it copies, and the tags of what it builds on."""
    needed = [f"{argument}={base}:{bases[base]}" for argument, base in sorted(image.dockerfile.bases.items())]
    return build_digest([RECIPE, image.dockerfile.text, *needed], inputs)


def select(catalogue: Catalogue, names: Iterable[str]) -> list[str]:
    """Return the named images and all that they build on, in order; every image if none is named.

    Raises:
        UnknownImage: there is none of a given name.
    """
    wanted = check_names(catalogue, names) or list(catalogue)
    needed: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in needed:
            needed.add(name)
            wanted += catalogue[name].needs
    return [name for name in catalogue if name in needed]


def check_names(catalogue: Catalogue, names: Iterable[str]) -> list[str]:
    """Return the names; raise ``UnknownImage`` for one that is none."""
    asked = list(names)
    for name in asked:
        if name not in catalogue:
            raise UnknownImage(f"There is no image {name}; there are {', '.join(sorted(catalogue))}.")
    return asked


def count_dependents(catalogue: Catalogue) -> dict[str, int]:
    """Return the length of the longest chain of images that wait for each: those with long ones are built first."""
    chains = dict.fromkeys(catalogue, 0)
    for name in reversed(list(catalogue)):
        for base in catalogue[name].needs:
            chains[base] = max(chains[base], chains[name] + 1)
    return chains
