# lib.sh - what every script here begins with: the tree's root, and one way of saying what runs.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}
jobs=$(nproc 2>/dev/null || echo 2)

say() { printf '== %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# configure PRESET [-DNAME=VALUE...]: quiet when all is well, everything when it is not.
configure() {
    local log
    mkdir -p build
    log=build/configure-$1.log
    cmake --preset "$@" >"$log" 2>&1 || { cat "$log" >&2; die "cmake --preset $1 failed"; }
}
