#!/bin/bash
# Writes the page from the environment, then serves it.
set -euo pipefail
mkdir -p /tmp/page
echo "Powered by ${POWERED_BY:-Deis}" > /tmp/page/index.html
exec busybox httpd -f -v -p "${PORT:-8080}" -h /tmp/page
