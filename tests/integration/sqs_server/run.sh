#!/bin/sh
# Runs a current AWS CLI and boto3, which we did not write, against sluice-sqs.
# usage: run.sh SLUICE_SQS VENV      makes the virtual environment VENV if it is missing
set -eu
server=$1
venv=$2
here=$(dirname "$0")

if ! [ -e "$venv/complete" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check boto3 awscli
    touch "$venv/complete" # an installation that was cut short is made again
fi
"$venv/bin/pip" list --disable-pip-version-check | grep -E '^(boto3|botocore|awscli) '
exec "$venv/bin/python" "$here/clients.py" --server "$server" --aws "$venv/bin/aws"
