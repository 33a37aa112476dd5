#!/usr/bin/env bash
# Installs the npm packages of package-lock.json.
set -euo pipefail
. "$(dirname "$0")/steps.sh"

command -v node >/dev/null || fail "Node.js is not installed; version 20 or later is needed for the Auth emulator."
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' ||
  fail "Node.js is $(node --version); version 20 or later is needed for the Auth emulator."
command -v npm >/dev/null || fail "npm is not installed; it is needed for the Auth emulator."
# No package needs its install script. One would compile RE2 for a minute; without it the hosting emulator takes
# JavaScript's own regular expressions.
step "npm packages (half a minute or so, once)" \
  npm ci --ignore-scripts --no-audit --no-fund --no-progress --loglevel=error
