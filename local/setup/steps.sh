# What the set-up scripts share: a step with its time, a package of the system, a last word.

# step NAME COMMAND…: run it quietly, say how long it took; show what it wrote when it fails.
step() {
  local name=$1 started=$SECONDS output
  shift
  output=$(mktemp)
  printf '· %s …\n' "$name"
  if ! "$@" >"$output" 2>&1; then
    cat "$output" >&2
    rm -f "$output"
    fail "$name: failed."
  fi
  rm -f "$output"
  printf '✓ %s: %s s\n' "$name" "$((SECONDS - started))"
}

# install_package NAME: from Debian, when this user may.
install_package() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail "$1 is missing. Install it, on Debian with: sudo apt-get install $1"
  fi
  step "List of Debian packages" apt-get -qq update
  step "Debian package $1" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "$1"
}

fail() {
  printf '✗ %s\n' "$1" >&2
  exit 1
}
