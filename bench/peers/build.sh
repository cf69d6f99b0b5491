#!/usr/bin/env bash
# Builds the other programs of the benchmark into build/peers, each from its lock file, once: what
# was built from the same files is kept. One that cannot be built is left out; that is no failure,
# and build/peers/NAME.absent says why.
#
#   bench/peers/build.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
peers=$PWD/bench/peers
built=$PWD/build/peers
mkdir -p "$built"

absent() { # NAME WHY
    echo "$2" >"$built/$1.absent"
    echo "$1 is left out: $2"
}

# Runs a build function unless its result is there for these very files.
build() { # NAME TOOL FUNCTION FILE...
    local name=$1 tool=$2 make=$3 state
    shift 3
    state=$(cd "$peers/$name" && sha256sum "$@")
    [ "$(cat "$built/$name.built" 2>/dev/null)" != "$state" ] || return 0
    rm -rf "${built:?}/$name" "$built/$name.absent" "$built/$name.built"
    if ! command -v "$tool" >/dev/null; then
        absent "$name" "$tool is not installed; with it, this row is built and measured"
    elif ! "$make" >"$built/$name.log" 2>&1; then
        absent "$name" "it cannot be built here: $(grep . "$built/$name.log" | tail -n 1)"
    else
        echo "$state" >"$built/$name.built"
    fi
}

build_node() {
    mkdir -p "$built/node"
    cp "$peers/node/"{package.json,package-lock.json,.npmrc,consumer.js} "$built/node/"
    npm ci --prefix "$built/node" --omit=dev --no-audit --no-fund
}

build_python() {
    # Debian's own Python before any other: it is the one that servers have.
    local python=python3
    [ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
    "$python" -m venv "$built/python" &&
        "$built/python/bin/pip" install -q --disable-pip-version-check \
            -r "$peers/python/requirements.txt"
}

build_redpanda_connect() {
    mkdir -p "$built/redpanda-connect"
    (cd "$peers/redpanda-connect" &&
        go build -mod=readonly -p 2 -trimpath -ldflags='-s -w' -o "$built/redpanda-connect/benthos" .)
}

build node npm build_node package.json package-lock.json consumer.js
build python python3 build_python requirements.txt
build redpanda-connect go build_redpanda_connect main.go go.mod go.sum
