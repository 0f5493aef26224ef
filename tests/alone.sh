#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Scenarios whose programs are made slow by a sanitizer, valgrind or counters:  alone.sh LAB ARGUMENT... SCENARIO...
# Many of them at a time can keep a processor from one that is about a time limit. Up to two that fail are played once
# more, alone, and named. What a sanitizer or valgrind has found counts as it is, and so does a signal.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

{
    "$@"
    echo $? >"$work/status"
} | tee "$work/out"
status=$(cat "$work/status")
[ "$status" = 1 ] || exit "$status"

failed=$(sed -n 's/^FAILED //p' "$work/out")
passed=$(sed -n '$s/ passed, [0-9]* failed$//p' "$work/out")
[ "$(echo "$failed" | wc -w)" -le 2 ] && [ -n "$passed" ] || exit 1
if grep -qE 'wrote to standard error|Sanitizer|exit 99,|killed by|exit 1[2-9][0-9],' "$work/out"; then
    exit 1
fi

for argument; do
    shift
    case $argument in
    tests/scenarios*) ;;
    *) set -- "$@" "$argument" ;;
    esac
done
echo "once more, alone:"
# shellcheck disable=SC2086 # several names
"$@" -v -j 1 $failed || exit 1
echo "$((passed + $(echo "$failed" | wc -w))) passed, 0 failed"
