#!/usr/bin/env bash
# The long tier: what the gate does in small, for as long as there is time.
#
#   tests/long.sh seeds COUNT               simulated worlds
#   tests/long.sh chaos SCALE [NAME...]     the loops of tests/chaos, SCALE times their rounds
#   tests/long.sh bodies COUNT              generated bad bodies, in runs of 20,000
#   tests/long.sh fuzz SECONDS [TARGET...]  the fuzz targets, each for that long
#   tests/long.sh sanitized [NAME...]       tests/chaos with a daemon under address and undefined
#   tests/long.sh api COUNT                 what Schemathesis can think of, so many requests of each kind
#   tests/long.sh crowd CONNECTIONS         what so many hostile connections cost, against none
#   tests/long.sh servers SCALE             the daemon on SQS servers of others, SCALE times the messages
#   tests/long.sh image                     deploy/Dockerfile and compose.yaml: built, looked at, run and
#                                           stopped (as root)
#   tests/long.sh tidy                      clang-tidy over all sources
#   tests/long.sh dashboards                those of Grafana against Grafana's own model (needs Go 1.22)
#   tests/long.sh booted                    the Debian package in a Debian that systemd boots (as root)
#
# A piece begins where tests/RECORD.md says that the last one ended, and adds a line there for each of
# its runs; of the seeds, when it is interrupted, up to there. Exit 1 if something failed.
set -euo pipefail

fail() { echo "long.sh: $*" >&2; exit 1; }
usage() { sed -n '2,17s/^# \{0,1\}//p' "$0"; exit 2; }

cd "$(dirname "${BASH_SOURCE[0]}")/.."
record=tests/RECORD.md
jobs=$(nproc)
seeds_a_chunk=10000
bodies_a_run=20000

# The record's columns are: date, commit, piece, range, result, CPU time.
recorded_end() { # PIECE: the end of its last range, 0 if there is none
    sed -n "s/^|[^|]*|[^|]*| $1 | *[0-9]*\.\.\([0-9]*\) .*/\1/p" "$record" | sort -n | tail -n 1 | grep . || echo 0
}

cpu_log=$(mktemp)
at_the_end=() # commands
running=
clean_up() {
    [ -z "$running" ] || { kill "$running" 2>/dev/null && wait "$running"; } || true
    for command in "${at_the_end[@]}"; do $command; done
    rm -f "$cpu_log"
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

# Sets `cpu` to the seconds of all that this script ran. In a subshell `times` would know nothing.
count_cpu() {
    times >"$cpu_log"
    cpu=$(tail -n 1 "$cpu_log" | sed 's/[ms]/ /g' | awk '{ printf "%d\n", $1 * 60 + $2 + $3 * 60 + $4 }')
}

begin_piece() {
    count_cpu
    spent=$cpu
}

write_down() { # PIECE RANGE RESULT: adds a line, with the CPU time since the last one
    local commit
    count_cpu
    commit=$(git rev-parse --short HEAD)
    [ -z "$(git status --porcelain -- lib daemon tests ':!tests/RECORD.md')" ] || commit="$commit+"
    printf '| %s | %s | %s | %s | %s | %s s |\n' "$(date -u +%F)" "$commit" "$1" "$2" "$3" \
        "$((cpu - spent))" | tee -a "$record"
}

prepare() { # PRESET TARGET...
    deploy/packages.sh test
    local preset=$1
    shift
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset" -j "$jobs" --target "$@" >/dev/null
}

# ---- simulated worlds ---------------------------------------------------------------------------

write_down_seeds() {
    [ "$next" = "$first" ] || write_down seeds "$first..$((next - 1))" "$failed seeds failed"
}

run_seeds() {
    local count=${1:?} log bad status
    prepare release sluice-simulate
    first=$(($(recorded_end seeds) + 1))
    next=$first
    failed=0
    log=build/long-seeds.log
    begin_piece
    at_the_end+=(write_down_seeds)
    while [ $((next - first)) -lt "$count" ]; do
        status=0
        in_background nice build/release/sluice-simulate --jobs "$jobs" \
            --seeds "$next..$((next + seeds_a_chunk - 1))" >"$log" || status=$?
        # How many failed it says itself; without that line it ended in its midst.
        bad=$(sed -n 's/^\([0-9]*\) seeds failed$/\1/p' "$log")
        [ -n "$bad" ] || { cat "$log"; fail "the simulation ended in its midst"; }
        [ "$status" = 0 ] || grep -v '^ *[1-9][0-9]*  ' "$log"
        failed=$((failed + bad))
        [ "$status" = 0 ] || [ "$bad" != 0 ] || fail "a state was never reached"
        next=$((next + seeds_a_chunk))
    done
    [ "$failed" = 0 ]
}

# ---- whole processes ----------------------------------------------------------------------------

chaos_names() { for each in tests/chaos/*.py; do grep -q __main__ "$each" && basename "$each" .py; done; }

# with_processes BUILD COMMAND...: takes the place of the shell that in_background makes.
with_processes() {
    SLUICE_BUILD=$PWD/$1 PYTHONPATH=tests/support exec "${@:2}"
}

# run_chaos BUILD PIECE SCALE NAME...: each name is a run of its own, with the next seed of its piece.
run_chaos() {
    local build=$1 piece=$2 scale=$3 status=0 name seed result
    shift 3
    [ $# -gt 0 ] || set -- $(chaos_names)
    for name in "$@"; do [ -f "tests/chaos/$name.py" ] || fail "tests/chaos has no $name.py"; done
    for name in "$@"; do
        seed=$(($(recorded_end "$piece $name") + 1))
        result=passed
        begin_piece
        SLUICE_CHAOS_SCALE=$scale SLUICE_CHAOS_SEED=$seed \
            in_background with_processes "$build" python3 -B "tests/chaos/$name.py" -v || { result=FAILED; status=1; }
        write_down "$piece $name" "$seed..$seed at scale $scale" "$result"
    done
    return "$status"
}

stop_postgres() {
    tests/support/private_postgres.sh stop "$scratch/postgres"
    rm -rf "$scratch"
}

start_postgres() {
    scratch=$(mktemp -d)
    chmod 755 "$scratch"
    at_the_end+=(stop_postgres)
    SLUICE_TEST_DATABASE=$(tests/support/private_postgres.sh start "$scratch/postgres")
    export SLUICE_TEST_DATABASE
}

run_bodies() {
    local count=${1:?} run seed result status=0
    prepare release sluice sluice-sqs
    start_postgres
    for ((run = 0; run * bodies_a_run < count; ++run)); do
        seed=$(($(recorded_end bodies) + 1))
        result="$bodies_a_run bodies passed"
        begin_piece
        SLUICE_BAD_BODIES=$bodies_a_run SLUICE_BAD_BODIES_SEED=$seed in_background with_processes build/release \
            python3 -B tests/integration/end_to_end/bad_bodies.py || { result=FAILED; status=1; }
        write_down bodies "$seed..$seed seeds" "$result"
    done
    return "$status"
}

run_api() {
    local count=${1:?} seed status=0 result venv=build/release/schemathesis
    prepare release sluice sluice-sqs
    if ! [ -e "$venv/complete" ]; then
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check schemathesis
        touch "$venv/complete" # an installation that was cut short is made again
    fi
    start_postgres
    seed=$(($(recorded_end api) + 1))
    result="$count of each kind passed"
    begin_piece
    in_background with_processes build/release python3 -B tests/integration/end_to_end/api_explored.py \
        "$PWD/$venv/bin/schemathesis" "$count" "$seed" || { result=FAILED; status=1; }
    write_down api "$seed..$seed seeds" "$result"
    return "$status"
}

run_crowd() {
    local count=${1:?} status=0 log result
    prepare release sluice sluice-sqs
    start_postgres
    log=$(mktemp)
    begin_piece
    in_background with_processes build/release python3 -B tests/integration/end_to_end/abuse.py --measure "$count" 1000000 8 \
        >"$log" || status=$?
    cat "$log"
    result=$(tail -n 1 "$log")
    rm -f "$log"
    [ "$status" = 0 ] || result="FAILED: $result"
    write_down crowd "$count connections" "$result"
    return "$status"
}

run_booted() {
    local status=0 result=passed
    deploy/packages.sh booted
    prepare release all
    start_postgres
    begin_piece
    in_background with_processes build/release python3 -B tests/integration/systemd/booted.py -v ||
        { result=FAILED; status=1; }
    write_down booted "the package" "$result"
    return "$status"
}

run_dashboards() {
    local status=0 result=fit
    command -v go >/dev/null || fail "dashboards: needs Go 1.22 or later"
    begin_piece
    (cd tests/integration/watching/grafana_model && go run . "$OLDPWD"/deploy/grafana/*.json) ||
        { result=FAILED; status=1; }
    write_down dashboards "overview and details" "$result"
    return "$status"
}

run_image() {
    local status=0 result=passed
    deploy/packages.sh image
    prepare release sluice-sqs sluice
    start_postgres
    begin_piece
    in_background with_processes build/release python3 -B tests/integration/image/image.py -v ||
        { result=FAILED; status=1; }
    write_down image "deploy/Dockerfile" "$result"
    return "$status"
}

run_servers() {
    local scale=${1:?} status=0 server result
    prepare release sluice sluice-sqs
    start_postgres
    for server in elasticmq fauxqs moto; do
        result=passed
        begin_piece
        SLUICE_SERVER_SCALE=$scale in_background with_processes build/release \
            python3 -B tests/integration/end_to_end/on_server.py "$server" -v || { result=FAILED; status=1; }
        write_down "servers $server" "scale $scale" "$result"
    done
    return "$status"
}

# ---- parsers and sources ------------------------------------------------------------------------

run_fuzz() {
    local seconds=${1:?} status=0 name log result found
    shift
    [ $# -gt 0 ] || set -- $(ls tests/fuzz/corpus)
    prepare fuzz "${@/#/fuzz_}"
    for name in "$@"; do
        found=build/fuzz/found/$name # kept, so that the next run goes on with it
        mkdir -p "$found"
        log=$(mktemp)
        begin_piece
        result=
        in_background nice "build/fuzz/fuzz_$name" -max_total_time="$seconds" -rss_limit_mb=4096 -print_final_stats=1 \
            -artifact_prefix="build/fuzz/found/$name." "$found" "tests/fuzz/corpus/$name" >"$log" 2>&1 ||
            { result="FAILED: "; status=1; tail -n 40 "$log"; }
        result+=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" executions, "
        result+=$(grep -o 'cov: [0-9]* ft: [0-9]*' "$log" | tail -n 1 || true) # none at once crashed
        write_down "fuzz $name" "$seconds s" "$result"
        rm -f "$log"
    done
    return "$status"
}

case ${1:-} in
seeds | bodies | api | crowd | servers)
    [ $# -eq 2 ] || usage
    "run_$1" "$2"
    ;;
chaos)
    [ $# -ge 2 ] || usage
    prepare release sluice sluice-sqs
    run_chaos build/release chaos "${@:2}"
    ;;
sanitized)
    prepare asan sluice sluice-sqs
    run_chaos build/asan sanitized 1 "${@:2}"
    ;;
fuzz)
    [ $# -ge 2 ] || usage
    run_fuzz "${@:2}"
    ;;
booted | dashboards | image) run_"$1" ;;
tidy)
    begin_piece
    if tests/tidy.sh; then write_down tidy "all sources" "nothing found"; else
        write_down tidy "all sources" "FAILED"
        exit 1
    fi
    ;;
*) usage ;;
esac
