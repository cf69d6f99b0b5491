#!/usr/bin/env bash
# What a message costs, measured on this machine: Sluice, other programs that do the same work, and
# the limits that no such program can pass. One table, side by side in one run.
#
#   bench/run.sh             all rows, the median of 3 rounds
#   bench/run.sh --quick     the main rows, one round: within ten minutes
#   bench/run.sh --growth    how the cost grows: ledger, bodies, connections, daemons, idle
#
# More: --messages N, --rounds N, --only NAME. Builds the release programs and the peers, and starts
# a private PostgreSQL with the settings of a server. Keeps the figures in bench/results. Everything
# shares the cores of this machine, so that messages a second say less than the CPU time of a
# message, which is what a core would allow.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

deploy/packages.sh bench
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
cmake --build --preset release -j "$(nproc)" --target sluice sluice-sqs bare_client copy_limits
bench/peers/build.sh

SLUICE_TEST_DATABASE=$(tests/support/private_postgres.sh start "$scratch/postgres" shared_buffers=512MB \
    max_wal_size=4GB wal_compression=on fsync=on synchronous_commit=on)
SLUICE_BUILD=$PWD/build/release
PYTHONPATH=$PWD/tests/support
export SLUICE_TEST_DATABASE SLUICE_BUILD PYTHONPATH
python3 -B bench/table.py "$@"
