#!/usr/bin/env bash
# Makes the virtual environment of a lock file: python.sh INTERPRETER VENV LOCK
set -euo pipefail
interpreter=$1 venv=$2 lock=$3
here=$(dirname "$0")
. "$here/steps.sh"

command -v "$interpreter" >/dev/null || fail "$interpreter is not installed; Python 3.11 or later is needed."
version=$("$interpreter" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$interpreter" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "$interpreter is Python $version; 3.11 or later is needed. Name another: PYTHON=python3.12 make setup"

if [ "$interpreter" != "$venv/bin/python" ]; then
  if ! "$interpreter" -c 'import ensurepip, venv' 2>/dev/null; then
    install_package "python$version-venv"
  fi
  step "Virtual environment ($version)" "$interpreter" -m venv --clear "$venv"
fi
step "Python packages" "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  --no-input --requirement "$lock"
