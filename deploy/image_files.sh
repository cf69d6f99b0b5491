#!/usr/bin/env bash
# Gathers what an image holds besides nothing: the program, what it links, the list of certificate
# authorities, a user, and the bill of materials. Runs on Debian 12, where the program was built.
#
#   deploy/image_files.sh BUILD ROOT     of BUILD/sluice into ROOT/sluice, of BUILD/sluice-sqs into ROOT/sqs
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: deploy/image_files.sh BUILD ROOT" >&2; exit 2; }
build=$1
root=$2
here=$(dirname "$0")

# Libraries stand where the loader looks for them; links are followed, so that each is one file.
linked() {
    ldd "$1" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p'
}

gather() { # PROGRAM FOLDER
    local program=$1 to=$2 library
    rm -rf "$to"
    mkdir -p "$to/usr/bin" "$to/etc/ssl/certs" "$to/usr/lib/ssl" "$to/usr/share/sluice"
    for library in $(linked "$program"); do
        install -D -m 0755 "$(readlink -f "$library")" "$to$library"
    done
    objcopy --strip-all "$program" "$to/usr/bin/$(basename "$program")"
    install -m 0644 /etc/ssl/certs/ca-certificates.crt "$to/etc/ssl/certs/"
    ln -s /etc/ssl/certs "$to/usr/lib/ssl/certs" # where OpenSSL looks by itself
    ln -s /etc/ssl/certs/ca-certificates.crt "$to/usr/lib/ssl/cert.pem"
    printf 'sluice:x:65532:65532::/nonexistent:/nonexistent\n' >"$to/etc/passwd"
    printf 'sluice:x:65532:\n' >"$to/etc/group"
    install -d -m 0700 -o 65532 -g 65532 "$to/var/lib/sluice" # for a volume that holds the keyring
    python3 "$here/sbom.py" "$program" >"$to/usr/share/sluice/sbom.spdx.json"
}

gather "$build/sluice" "$root/sluice"
gather "$build/sluice-sqs" "$root/sqs"
