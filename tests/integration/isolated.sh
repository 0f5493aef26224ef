#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs tests against real servers in namespaces of their own: isolated.sh SCRIPT BUILD [ARGUMENT...]. SCRIPT is Python below
# this directory; it gets BUILD and the arguments, such as parts to be run, and BUILD/(the directory it is in) belongs to it.
# See README.md beside this.
set -eu
script=$1
build=$2
[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"
shift 2

if ! unshare --mount --net --pid --fork true; then
    echo "isolated.sh: no right to make namespaces; in a container, CAP_SYS_ADMIN gives it"
    echo "0 passed, 1 failed"
    exit 1
fi
# Namespaces of our own: ports 25, 53, 443 and 465 are free there, nothing but loopback is reachable, the system's
# files and processes are out of reach, and what was started cannot outlive the first process.
unshare --mount --net --pid --fork --kill-child --mount-proc \
    /usr/bin/python3 -B "$(dirname "$0")/$script" "$build" "$@" </dev/null &
lab=$!
give_back() {
    kill -KILL "$lab" 2>/dev/null || true
    [ ! -d "$build/${script%/*}" ] || chown -R --reference="$0" "$build/${script%/*}"
}
trap give_back EXIT
trap 'exit 1' HUP INT TERM
wait "$lab"
