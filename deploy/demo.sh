#!/usr/bin/env bash
# Sample logins flow from a local SQS server into a real PostgreSQL, and are counted at the end.
#
#   deploy/demo.sh [--keep] [COUNT]     COUNT logins instead of 100000
#
# Sets up all it needs, builds, and cleans up after itself; --keep leaves everything running until
# Ctrl-C, with the address of the status. Touches nothing but this checkout, one temporary folder
# and free ports on loopback.
set -euo pipefail

fail() { echo "demo.sh: $*" >&2; exit 1; }

cd "$(dirname "${BASH_SOURCE[0]}")/.."
keep=no
count=100000
for argument in "$@"; do
    case $argument in
    --keep) keep=yes ;;
    *[!0-9]* | '') fail "'$argument' is no number of logins; usage: deploy/demo.sh [--keep] [COUNT]" ;;
    *) count=$argument ;;
    esac
done
[ "$count" -gt 0 ] || fail "COUNT is 0; send at least one login"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/sluice-demo.XXXXXX")
chmod 755 "$scratch" # the database server runs as a user of its own
processes=()
clean_up() {
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null && wait "$process" || true; done
    [ ! -d "$scratch/postgres/data" ] || tests/support/private_postgres.sh stop "$scratch/postgres"
    rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '== %s\n' "$*"; }

# quietly COMMAND...: its output is shown only if it fails.
quietly() {
    "$@" >"$scratch/log" 2>&1 || { tail -n 60 "$scratch/log" >&2; fail "'$*' failed; its output is above"; }
}

# wait_for SECONDS WHAT COMMAND...
wait_for() {
    local seconds=$1 what=$2 end=$((SECONDS + $1))
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || { tail -n 20 "$scratch/daemon.log" >&2; fail "waited $seconds s in vain: $what"; }
        sleep 0.1
    done
}

say "packages"
deploy/packages.sh demo

say "build (a few minutes the first time)"
quietly cmake --preset release
if [ -t 1 ]; then # ninja shows its progress on a terminal
    cmake --build --preset release -j "$(nproc)" --target sluice sluice-sqs
else
    quietly cmake --build --preset release -j "$(nproc)" --target sluice sluice-sqs
fi
sluice=$PWD/build/release/sluice

say "a private PostgreSQL, and a local SQS server that delivers one message in twenty twice"
DATABASE_URL=$(tests/support/private_postgres.sh start "$scratch/postgres")
build/release/sluice-sqs --listen 127.0.0.1:0 --queue logins --duplicates 5% >"$scratch/queue" &
processes+=($!)
wait_for 10 "the SQS server starts" test -s "$scratch/queue"
SLUICE_QUEUE_URL=$(head -n 1 "$scratch/queue")
SLUICE_ENDPOINT=${SLUICE_QUEUE_URL%/*/*}
SLUICE_KEYRING=$scratch/keyring.json
AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo AWS_REGION=us-east-1
export DATABASE_URL SLUICE_QUEUE_URL SLUICE_ENDPOINT SLUICE_KEYRING \
    AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION
quietly "$sluice" keys generate --keyring "$SLUICE_KEYRING"

# The example as it stands, with the admin server on a free port.
config=$scratch/user_logins.yaml
{
    cat deploy/examples/user_logins.yaml
    echo "admin: { listen: 127.0.0.1:0 }"
} >"$config"

say "send $count messages, some of them bad"
deploy/sample_logins.py "$count" >"$scratch/logins.jsonl"
"$sluice" send -c "$config" "$scratch/logins.jsonl"

say "run the daemon"
begin=$(date +%s%N)
"$sluice" run -c "$config" 2>"$scratch/daemon.log" &
daemon=$!
processes=("$daemon" "${processes[@]}") # it ends before what it needs
admin_address() { admin=$(grep -om 1 'http://127.0.0.1:[0-9]*' "$scratch/daemon.log"); }
wait_for 10 "the daemon starts" admin_address

records() {
    awk -v name="sluice_records_total{pipeline=\"user_logins\",result=\"$1\"}" \
        '$1 == name { printf "%d", $2 }' "$scratch/metrics"
}
look() {
    curl -fsS "$admin/metrics" >"$scratch/metrics" || return 1
    rows=$(records row) letters=$(records dead_letter) duplicates=$(records duplicate)
    stats=$(curl -fsS "$SLUICE_ENDPOINT/stats")
    handed_out=$(grep -o '"received":[0-9]*' <<<"$stats" | cut -d: -f2)
    left=$(grep -oE '"(visible|in_flight|delayed)":[0-9]+' <<<"$stats" | awk -F: '{ n += $2 } END { print n }')
}
progress() {
    look || return 1
    if [ "${stored:-0}" -lt "$count" ]; then finish=$(date +%s%N); fi
    stored=$((rows + letters))
    if [ -t 1 ]; then
        printf '\r   %d rows, %d dead letters, %d duplicates refused, %d left   ' \
            "$rows" "$letters" "$duplicates" "$left"
    fi
    [ "$left" -eq 0 ] && [ "$handed_out" -eq $((stored + duplicates)) ]
}
wait_for 300 "every message becomes a row or a dead letter" progress
[ ! -t 1 ] || echo

# What the database says, not the daemon.
in_table() { psql -XAtq -d "$DATABASE_URL" -c "$1"; }
rows_stored=$(in_table "SELECT count(*) FROM user_logins")
letters_stored=$(in_table "SELECT count(*) FROM sluice.dead_letters")
echo
awk -v sent="$count" -v again=$((handed_out - count)) -v rows="$rows_stored" -v letters="$letters_stored" \
    -v duplicates="$duplicates" -v left="$left" -v ns=$((finish - begin)) 'BEGIN {
    form = "  %-34s %10d\n"
    printf form, "sent", sent
    printf form, "delivered a second time", again
    printf form, "rows in user_logins", rows
    printf form, "dead letters", letters
    printf form, "duplicates refused", duplicates
    printf form, "left on the queue", left
    printf form, "messages a second", sent / (ns / 1e9)
}'
echo
in_table "SELECT format('  %s dead letters: %s%s', count(*), reason, ' (' || column_name || ')')
          FROM sluice.dead_letters GROUP BY reason, column_name ORDER BY count(*) DESC"
echo "  a row:"
psql -Xq -x -d "$DATABASE_URL" -c "SELECT * FROM user_logins LIMIT 1" | sed 's/^/    /'

[ $((rows_stored + letters_stored)) -eq "$count" ] && [ "$duplicates" -eq $((handed_out - count)) ] &&
    [ "$left" -eq 0 ] || fail "the sums do not match: this is a bug of Sluice; please report it"
echo "  $count sent + $duplicates delivered twice = $rows_stored rows + $letters_stored dead letters + $duplicates duplicates refused"

if [ "$keep" = yes ]; then
    echo
    echo "  status:    $admin/"
    echo "  metrics:   $admin/metrics"
    echo "  database:  psql '$DATABASE_URL'"
    echo "  queue:     $SLUICE_QUEUE_URL"
    echo "  Ctrl-C ends everything and removes it."
    wait "$daemon"
else
    kill "$daemon"
    wait "$daemon" || fail "the daemon did not end well; its log: $(tail -n 5 "$scratch/daemon.log")"
    processes=("${processes[@]:1}")
fi
