#!/usr/bin/env bash
# Sets up what the tests need, builds, and runs every test of the gate.
#
#   tests/run.sh                          all of it
#   tests/run.sh -R unit/ring             the tests of that name, as ctest selects
#   tests/run.sh --only dev -L house      of one build alone: dev, address or thread
#
# dev is g++ with the assertions of the standard library, and everything is tested in it: units,
# PostgreSQL, whole processes. address and thread are clang with sanitizers: the units and the
# simulation; address has the integration tests and the fuzz corpora too. What is too slow for a
# gate: tests/long.sh.
set -euo pipefail

fail() { echo "run.sh: $*" >&2; exit 1; }

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
builds=(dev address thread)
chosen=()
while [ "${1:-}" = --only ]; do
    [[ " ${builds[*]} " == *" ${2:-} "* ]] || fail "--only: name one of: ${builds[*]}"
    chosen+=("$2")
    shift 2
done
[ ${#chosen[@]} -eq 0 ] || builds=("${chosen[@]}")

jobs=$(nproc)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sluice-tests.XXXXXX")
running=
clean_up() {
    # A signal must not wait for what is running, nor leave it behind.
    [ -z "$running" ] || { kill "$running" 2>/dev/null && wait "$running"; } || true
    [ ! -d "$scratch/postgres/data" ] || tests/support/private_postgres.sh stop "$scratch/postgres"
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# in_background COMMAND...: waits for it in a way that a signal can end.
in_background() {
    "$@" &
    running=$!
    local status=0
    wait "$running" || status=$?
    running=
    return "$status"
}

# The server runs as a user of its own, who must be able to come in.
chmod 755 "$scratch"

# took NAME COMMAND...: says what is going on and how long it took; its output only if it fails.
took() {
    local name=$1 log="$scratch/log" begin=$SECONDS
    shift
    printf '== %s\n' "$name"
    in_background "$@" >"$log" 2>&1 || { tail -n 100 "$log" >&2; fail "$name failed; the end of its output is above"; }
    printf '   %d s\n' $((SECONDS - begin))
}

# build PRESET TARGET OPTION...
build() {
    local preset=$1 target=$2
    shift 2
    took "configure $preset" cmake --preset "$preset" "$@"
    took "build $preset" cmake --build --preset "$preset" -j "$jobs" --target "$target"
}

took "install packages" deploy/packages.sh test
folders=()
for name in "${builds[@]}"; do
    case $name in
    dev)
        build dev all
        folders+=("$top/build/dev")
        ;;
    address)
        build asan test_programs -D SLUICE_PROCESS_TESTS=OFF
        folders+=("$top/build/asan")
        ;;
    thread)
        build tsan test_programs -D SLUICE_PROCESS_TESTS=OFF -D SLUICE_UNITS_ALONE=ON
        folders+=("$top/build/tsan")
        ;;
    esac
done

SLUICE_TEST_DATABASE=$(tests/support/private_postgres.sh start "$scratch/postgres" max_connections=200)
export SLUICE_TEST_DATABASE

# One list of all builds' tests, so that one run tells the result of all.
printf 'subdirs("%s")\n' "${folders[@]}" >"$scratch/CTestTestfile.cmake"
in_background ctest --test-dir "$scratch" --output-on-failure --no-tests=error -j "$jobs" "$@"
