#!/usr/bin/env bash
# clang-tidy over all sources, or over those named: too slow for the gate (an hour on two cores).
#
#   tests/tidy.sh [FILE...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

deploy/packages.sh test
# Without precompiled headers: clang-tidy reads each unit by itself.
cmake --preset asan -B build/tidy -D SLUICE_SANITIZE= -D CMAKE_UNITY_BUILD=OFF -D CMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
if [ $# -gt 0 ]; then
    printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -n 1 clang-tidy-19 -p build/tidy --quiet
else
    run-clang-tidy-19 -p build/tidy -quiet -j "$(nproc)" "^$PWD/(lib|daemon|tests|bench)/"
fi
