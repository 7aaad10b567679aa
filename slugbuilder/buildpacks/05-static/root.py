"""Prints the directory to serve, relative to the app."""

import json
import sys
from pathlib import Path

build = Path(sys.argv[1])
manifest = build / "static.json"
try:
    settings = json.loads(manifest.read_text()) if manifest.exists() else {}
    root = str(settings.get("root") or ("public" if (build / "public").is_dir() else "."))
except (ValueError, AttributeError) as error:
    sys.exit(f" !     static.json is not a JSON object: {error}")
wanted = (build / root).resolve()
if not wanted.is_dir() or not wanted.is_relative_to(build.resolve()) or set('"\\|;{}$\n') & set(root):
    sys.exit(f" !     static.json names the root {root!r}, which is not a directory of this app.")
print(root)
