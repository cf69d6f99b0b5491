#!/bin/sh
# Tests the chart with the engine of Helm, and what it renders with the daemon.
# usage: run.sh VENV      makes the virtual environment VENV if it is missing, or made of other versions
set -eu
venv=$1
cd "$(dirname "$0")"

if ! cmp -s requirements.txt "$venv/complete"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
    cp requirements.txt "$venv/complete" # an installation that was cut short is made again
fi
exec "$venv/bin/python" -B -m unittest -v chart_objects chart_daemon
