"""``python -m dockerbuilder fetch | build | push``."""

from __future__ import annotations

import os
import sys

from dockerbuilder.build import build
from dockerbuilder.errors import BuildError, StepFailed
from dockerbuilder.push import push_image
from dockerbuilder.settings import BuildSettings, Places, PushSettings
from dockerbuilder.source import fetch_source
from kit.errors import PlatformError


def main(argv: list[str]) -> int:
    """0, or the status of what ended the build."""
    try:
        return run(argv, Places())
    except StepFailed:  # what failed has said why; the original knew no other status than 1
        return 1
    except BuildError as error:
        print(error, flush=True)
        return error.status
    except PlatformError as error:
        print(error, flush=True)
        return 1


def run(argv: list[str], places: Places) -> int:
    if argv == ["fetch"]:
        fetch_source(places)
    elif argv == ["build"]:
        build(BuildSettings.from_env(os.environ), places)
    elif argv == ["push"]:
        print("Pushing to registry", flush=True)
        push_image(places.image, PushSettings.from_env(os.environ, places))
    else:
        print("usage: python -m dockerbuilder fetch | build | push", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
