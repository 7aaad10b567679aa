"""The init container of a slug's pod: SLUG_FETCH_URL into /app."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from slugrunner.slugs import SlugError, fetch_slug

APP = Path("/app")


def main() -> int:
    """0 when /app holds the slug; 1 with a sentence when it cannot."""
    url = os.environ.get("SLUG_FETCH_URL")
    if not url:
        print("SLUG_FETCH_URL is missing: the controller gives it to this container.", file=sys.stderr)
        return 1
    try:
        fetch_slug(url, APP)
    except SlugError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
