#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs every fuzz target from its seeds:  run.sh BUILD SECONDS JOBS
# The corpus grows in BUILD/corpus, what is found lies in BUILD/findings; the repository is only read.
set -eu
build=$1 seconds=$2 jobs=$3
here=$(dirname "$0")
rm -rf "$build/findings" "$build/logs"
mkdir -p "$build/findings" "$build/logs" "$build/corpus"

one='
    build=$1 seconds=$2 here=$3 name=$4
    log=$build/logs/$name
    mkdir -p "$build/corpus/$name"
    if "$build/fuzz_$name" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=8192 \
        -artifact_prefix="$build/findings/$name-" -print_final_stats=1 \
        "$build/corpus/$name" "$here/seeds/$name" >"$log" 2>&1; then
        echo "fuzz_$name: passed, $(sed -n "s/^stat::number_of_executed_units: *//p" "$log") runs"
        : >"$log.passed"
    else
        echo "fuzz_$name: FAILED: $(grep -m1 -E "does not hold|ERROR|runtime error" "$log" || tail -n 1 "$log")"
        ls "$build/findings/$name-"* 2>/dev/null | sed "s|^|    input: |"
        echo "    log: $log"
    fi'
for source in "$here"/fuzz_*.c; do
    name=${source##*/fuzz_}
    echo "${name%.c}"
done | xargs -P "$jobs" -I {} sh -c "$one" sh "$build" "$seconds" "$here" {}

passed=$(find "$build/logs" -name '*.passed' | wc -l)
failed=$(($(ls "$here"/fuzz_*.c | wc -l) - passed))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
