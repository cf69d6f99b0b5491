#!/usr/bin/env bash
# A PostgreSQL server of our own: its own folder, its own port on loopback, gone afterwards.
#
#   private_postgres.sh start FOLDER [setting=value...]   prints the URL of its database
#   private_postgres.sh stop FOLDER                       ends it; the folder stays
#   private_postgres.sh crash FOLDER                      as if the machine lost power, then starts it anew
#   private_postgres.sh halt|resume FOLDER                the two halves of a crash
#   private_postgres.sh standby FOLDER PRIMARY            a copy of the server in PRIMARY, which it follows
#   private_postgres.sh promote FOLDER                    a standby becomes a server of its own
#
# FOLDER must be one that every user may enter. The password is random and stands in FOLDER/url.
set -euo pipefail

fail() { echo "private_postgres: $*" >&2; exit 1; }

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1) || true
[ -x "${bin:-}/initdb" ] || fail "no PostgreSQL server found; install the package postgresql-15"

action=${1:-}
folder=${2:-}
[ -n "$folder" ] || fail "usage: private_postgres.sh ACTION FOLDER [...]; the actions stand in the script"
shift 2

# PostgreSQL refuses to run as root.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        (cd "$folder" && setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@")
    else
        (cd "$folder" && "$@")
    fi
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_server() {
    as_server "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start >/dev/null ||
        { tail -n 20 "$folder/log" >&2; fail "the server did not start; its log is above"; }
}

halt_server() {
    as_server "$bin/pg_ctl" -D "$folder/data" -w -m immediate stop >/dev/null 2>&1 || true
}

case $action in
start)
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$folder"
    password=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
    (umask 077 && echo "$password" >"$folder/password")
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$folder/password"
    as_server "$bin/initdb" -D "$folder/data" -U sluice -E UTF8 --locale=C.UTF-8 --no-sync \
        --auth-local=scram-sha-256 --auth-host=scram-sha-256 --pwfile="$folder/password" >/dev/null
    # Another program may take a port between the look and the start: look again then.
    for attempt in 1 2 3; do
        port=$(free_port)
        {
            echo "listen_addresses = '127.0.0.1'"
            echo "port = $port"
            echo "unix_socket_directories = '$folder'"
            echo "shared_buffers = 256MB"
            echo "max_wal_size = 2GB"
            echo "log_min_messages = warning"
            for setting in "$@"; do echo "${setting%%=*} = '${setting#*=}'"; done
        } | as_server tee "$folder/data/postgresql.auto.conf" >/dev/null
        if as_server "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start >/dev/null 2>&1; then
            break
        fi
        [ "$attempt" -lt 3 ] || { tail -n 20 "$folder/log" >&2; fail "the server did not start"; }
    done
    (umask 077 && echo "postgresql://sluice:$password@127.0.0.1:$port/postgres" >"$folder/url")
    cat "$folder/url"
    ;;
stop)
    as_server "$bin/pg_ctl" -D "$folder/data" -w -m fast stop >/dev/null 2>&1 || true
    ;;
crash)
    halt_server
    start_server
    ;;
halt)
    halt_server
    ;;
resume)
    start_server
    ;;
standby)
    primary=${1:?name the folder of the primary}
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$folder"
    url=$(<"$primary/url")
    port=$(free_port)
    # Of the two slots' worth of WAL that it needs, -X stream takes one while the copy is made.
    as_server "$bin/pg_basebackup" -D "$folder/data" -d "$url" -R -X stream -c fast --no-sync
    {
        echo "port = $port"
        echo "unix_socket_directories = '$folder'"
    } | as_server tee -a "$folder/data/postgresql.auto.conf" >/dev/null
    start_server
    (umask 077 && sed "s/:[0-9]*\/postgres\$/:$port\/postgres/" <<<"$url" >"$folder/url")
    cat "$folder/url"
    ;;
promote)
    as_server "$bin/pg_ctl" -D "$folder/data" -w -t 60 promote >/dev/null
    ;;
*)
    fail "unknown action '$action'; the actions stand in the script"
    ;;
esac
