#!/usr/bin/env bash
# Puts the two programs in place that the slow tests start: Chromium (the desk) and PostgreSQL (the store).
# Where they are missing and cannot be installed, it says what to install; the tests that need them then skip, saying so.
set -euo pipefail

has_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_postgresql() { command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb'; }

missing=()
has_chromium >/dev/null || missing+=(chromium)
has_postgresql >/dev/null || missing+=(postgresql)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing ${missing[*]} with apt-get, for the tests ..."
    log=$(mktemp)
    if { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y "${missing[@]}"; } \
        >"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -n 3 "$log" >&2
    rm -f "$log"
fi
echo "Not installed: ${missing[*]}. The tests that need them will skip. On Debian: sudo apt-get install ${missing[*]}" >&2
