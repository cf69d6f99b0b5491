#!/usr/bin/env bash
# What a message costs, measured on this machine: messages a second end to end, and CPU time.
#
#   bench/run.sh [MESSAGES] [ROUNDS]      300000 messages and 3 rounds unless told otherwise
#
# Builds the release programs, starts a private PostgreSQL and a filled local queue, and lets the
# daemon drain it. Everything shares the cores of this machine, so that messages a second say less
# than the CPU time of a message, which is what a core would allow.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

deploy/packages.sh demo
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sluice-bench.XXXXXX")
chmod 755 "$scratch" # the database server runs as a user of its own
clean_up() {
    [ ! -d "$scratch/postgres/data" ] || tests/support/private_postgres.sh stop "$scratch/postgres"
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cmake --preset release >"$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
cmake --build --preset release -j "$(nproc)" --target sluice sluice-sqs

SLUICE_TEST_DATABASE=$(tests/support/private_postgres.sh start "$scratch/postgres")
SLUICE_BUILD=$PWD/build/release
PYTHONPATH=$PWD/tests/support
export SLUICE_TEST_DATABASE SLUICE_BUILD PYTHONPATH
python3 -B bench/end_to_end.py "$@"
