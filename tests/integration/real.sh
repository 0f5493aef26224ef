#!/bin/sh
# Real servers against the plugins: real.sh BUILD. See README.md beside it.
set -eu
build=$1
[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"

if ! unshare --mount --net --pid --fork true; then
    echo "real.sh: no right to make namespaces; in a container, CAP_SYS_ADMIN gives it"
    echo "0 passed, 1 failed"
    exit 1
fi
# Namespaces of our own: ports 25, 53, 443 and 465 are free there, nothing but loopback is reachable, the system's
# files and processes are out of reach, and what was started cannot outlive the first process.
unshare --mount --net --pid --fork --kill-child --mount-proc \
    python3 -B "$(dirname "$0")/real/main.py" "$build" </dev/null &
lab=$!
give_back() {
    kill -KILL "$lab" 2>/dev/null || true
    [ ! -d "$build/real" ] || chown -R --reference="$0" "$build/real"
}
trap give_back EXIT
trap 'exit 1' HUP INT TERM
wait "$lab"
