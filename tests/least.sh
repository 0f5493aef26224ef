#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A runner that runs next to nothing passes nothing:  least.sh N COMMAND ARGUMENT...
# Fails where the command fails, where its last line is not "M passed, 0 failed", or where M is less than N.
set -u
least=$1
shift
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

{
    "$@"
    echo $? >"$work/status"
} | tee "$work/out"
last=$(tail -n 1 "$work/out")
passed=${last%% passed, 0 failed}
case $passed in
'' | *[!0-9]*) passed= ;;
esac
[ "$(cat "$work/status")" = 0 ] || exit 1
if [ -z "$passed" ]; then
    echo "least: \"$1\" does not end with how many passed"
    exit 1
fi
if [ "$passed" -lt "$least" ]; then
    echo "least: $passed passed; at least $least are due"
    exit 1
fi
