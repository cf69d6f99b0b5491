#!/usr/bin/env bash
# What single pieces cost, beside the obvious way to do the same: prints a table.
#
#   bench/micro.sh [PATTERN]      the benchmarks whose names match; all of them unless told otherwise
#
# Each figure is the median of nine rounds, in an order drawn at random, so that a busy neighbour
# slows both sides of a comparison.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

deploy/packages.sh bench
scratch=$(mktemp -d "${TMPDIR:-/tmp}/sluice-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

{ cmake --preset release -D SLUICE_MICRO_BENCHMARKS=ON &&
    cmake --build --preset release -j "$(nproc)" --target micro_benchmarks; } >"$scratch/log" 2>&1 ||
    { cat "$scratch/log" >&2; exit 1; }
build/release/micro_benchmarks --benchmark_filter="${1:-.}" --benchmark_repetitions=9 \
    --benchmark_min_time=0.05 --benchmark_enable_random_interleaving=true \
    --benchmark_out="$scratch/results.json" --benchmark_out_format=json >"$scratch/log" 2>&1 ||
    { cat "$scratch/log" >&2; exit 1; }
python3 -B bench/micro_table.py "$scratch/results.json"
