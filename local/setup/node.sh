#!/usr/bin/env bash
# Installs the npm packages of package-lock.json.
set -euo pipefail
. "$(dirname "$0")/steps.sh"

command -v node >/dev/null || fail "Node.js is not installed; version 20 or later is needed for the Auth emulator."
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' ||
  fail "Node.js is $(node --version); version 20 or later is needed for the Auth emulator."
command -v npm >/dev/null || fail "npm is not installed; it is needed for the Auth emulator."
step "npm packages (a minute or two, once)" npm ci --no-progress --loglevel=error
