"""``python3 -m slugbuilder fetch | build | push | bundle LIST DIRECTORY``."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from .build import build
from .bundling import bundle, parse_list
from .environ import build_environ, write_ca_bundle
from .errors import BuildError, StepFailed
from .fetch import fetch
from .output import Output
from .push import push
from .settings import Places, Settings

BUNDLE_WORDS = 3


def main(argv: list[str]) -> int:
    """0, or the status of what ended the build."""
    output, places = Output(sys.stdout), Places()
    try:
        if argv == ["fetch"]:
            fetch(places)
        elif argv == ["build"]:
            run_build(places, output)
        elif argv == ["push"]:
            push(places, output)
        elif argv[:1] == ["bundle"] and len(argv) == BUNDLE_WORDS:
            bundle(parse_list(Path(argv[1]).read_text()), Path(argv[2]), os.environ)
        else:
            print(
                "usage: python3 -m slugbuilder fetch | build | push | bundle LIST DIRECTORY", file=sys.stderr
            )
            return 2
    except StepFailed as error:  # what failed has said why
        return error.status
    except BuildError as error:
        output.title(str(error))
        return error.status
    return 0


def run_build(places: Places, output: Output) -> None:
    settings = Settings.from_env(os.environ)
    bundle = write_ca_bundle(places.temporary / "ca-certificates.crt")
    environ = build_environ(settings, places, ca_bundle=bundle, request_id=secrets.token_urlsafe(16))
    build(settings, places, environ, output)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
