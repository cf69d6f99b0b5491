#!/usr/bin/env bash
# Installs what Sluice is built and tested with, from Debian 12's own packages.
#
#   deploy/packages.sh build    what the daemon needs: compiler, libraries
#   deploy/packages.sh demo     the same, and a PostgreSQL server
#   deploy/packages.sh bench    the same, and what the benchmarks need besides
#   deploy/packages.sh test     everything: sanitizers, linters, clients of other makers
#   deploy/packages.sh booted   the same, and what boots a Debian of its own (tests/long.sh booted)
#   deploy/packages.sh image    those of test, and what builds and runs an image (tests/long.sh image)
#
# Does nothing when all of it is there. Asks sudo when it is not run by root.
set -euo pipefail

build=(g++ cmake ninja-build pkg-config ccache mold
    libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev libssl-dev libpq-dev
    libsimdjson-dev libyaml-cpp-dev libfmt-dev libspdlog-dev libcli11-dev libre2-dev zlib1g-dev
    prometheus-cpp-dev libsystemd-dev dpkg-dev file)
demo=(postgresql-15 postgresql-client-15 python3 procps curl ca-certificates)
test=(clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev lld-19 catch2 python3-venv
    openssl relacy-dev maven openjdk-17-jre-headless systemd chromium chromium-driver
    prometheus)
booted=(debootstrap systemd-container util-linux)
image=(debootstrap podman buildah runc uidmap golang-github-containers-common netavark aardvark-dns iptables
    slirp4netns)
# Node and Go are not asked for: those of Debian are too old for what is built with them.
bench=(libbenchmark-dev openssl python3-venv)

wanted=("${build[@]}")
case ${1:-} in
build) ;;
demo) wanted+=("${demo[@]}") ;;
bench) wanted+=("${demo[@]}" "${bench[@]}") ;;
test) wanted+=("${demo[@]}" "${bench[@]}" "${test[@]}") ;;
booted) wanted+=("${demo[@]}" "${bench[@]}" "${test[@]}" "${booted[@]}") ;;
image) wanted+=("${demo[@]}" "${bench[@]}" "${test[@]}" "${image[@]}") ;;
*)
    echo "usage: deploy/packages.sh build|demo|bench|test|booted|image" >&2
    exit 2
    ;;
esac

missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || {
    echo "packages.sh: this is no Debian system; install the counterparts of: ${missing[*]}" >&2
    exit 1
}
as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo "packages.sh: run as root, or install sudo; missing: ${missing[*]}" >&2
        exit 1
    }
    as_root=(sudo)
fi

echo "installing ${#missing[@]} packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# No server of the package's own is started: ours are private and temporary.
"${as_root[@]}" mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
    echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
if [[ " ${missing[*]} " == *" prometheus "* ]]; then
    "${as_root[@]}" mkdir -p /etc/systemd/system
    [ -e /etc/systemd/system/prometheus.service ] ||
        "${as_root[@]}" ln -s /dev/null /etc/systemd/system/prometheus.service
fi
for attempt in 1 2 3; do
    if "${as_root[@]}" apt-get update -qq >"$log" 2>&1 &&
        "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
        exit 0
    fi
    echo "packages.sh: attempt $attempt failed" >&2
done
tail -n 20 "$log" >&2
exit 1
