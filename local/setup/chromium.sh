#!/usr/bin/env bash
# Makes sure that a Chromium is there for the browser tests.
set -euo pipefail
. "$(dirname "$0")/steps.sh"

command -v chromium >/dev/null || install_package chromium
