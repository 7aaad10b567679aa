"""The command line: build, tags, push, list."""

import argparse
import os
import sys
from collections.abc import Sequence

from images.buildah import build_reference, list_references
from images.builds import build_images
from images.catalogue import Catalogue, build_tags, read_catalogue
from images.errors import ImagesError
from images.pushes import push_images
from images.settings import Settings

DEVCLUSTER_REGISTRY = "198.19.255.1:5000"
INTERRUPTED = 130


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="images", description="Build the platform's images.")
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build what changed, and what it needs")
    build.add_argument("name", nargs="*", help="only these images")
    commands.add_parser("tags", help="print NAME=TAG for each image")
    commands.add_parser("list", help="print each image with its tag and whether it is built")
    push = commands.add_parser("push", help="put images into a registry")
    push.add_argument(
        "--registry", default=DEVCLUSTER_REGISTRY, help="host:port[/path] (default: %(default)s)"
    )
    push.add_argument("name", nargs="*", help="only these images")
    return parser


def print_tags(catalogue: Catalogue) -> None:
    for name, tag in sorted(build_tags(catalogue).items()):
        print(f"{name}={tag}")


def print_list(catalogue: Catalogue) -> None:
    existing = list_references()
    for name, tag in sorted(build_tags(catalogue).items()):
        state = "built" if build_reference(name, tag) in existing else "not built"
        print(f"{name:26} {tag}  {state}")


def main(arguments: Sequence[str]) -> int:
    """Run a command; every foreseen trouble is one message and exit code 1."""
    options = build_parser().parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ)
        catalogue = read_catalogue(settings.checkout)
        if options.command == "build":
            build_images(catalogue, options.name, settings)
        elif options.command == "push":
            push_images(catalogue, options.name, registry=options.registry)
        elif options.command == "tags":
            print_tags(catalogue)
        else:
            print_list(catalogue)
    except ImagesError as error:
        print(f"images: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("images: interrupted; run the command again to go on.", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
