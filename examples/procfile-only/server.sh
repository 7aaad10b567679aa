#!/usr/bin/env bash
# Serves one page with what every stack has: Python's own web server.
set -euo pipefail
mkdir -p page
echo "Powered by ${POWERED_BY:-Deis}" > page/index.html
exec python3 -m http.server --directory page "$PORT"
