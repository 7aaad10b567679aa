"""How far each file has been acknowledged; kept over restarts."""

from __future__ import annotations

import json
import logging
from pathlib import Path

log = logging.getLogger(__name__)


def read_offsets(path: Path) -> dict[str, int]:
    """What was kept; nothing if there is no file, or it is damaged: then lines come again, which the logger drops."""
    try:
        found = json.loads(path.read_text())
        return {str(key): int(value) for key, value in found.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError) as error:
        log.warning("%s is damaged, every file is read from its start: %s", path, error)
        return {}


def write_offsets(path: Path, offsets: dict[str, int]) -> None:
    """Replace the file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(offsets))
    temporary.replace(path)
