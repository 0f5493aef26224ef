#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What of lib/ has been run, by file and in all:  coverage.sh BUILD [LEAST]
# Fails where it is less than LEAST percent.
set -eu
build=$1 least=${2:-0}

# First all lines as not run, so that a file that nothing runs counts too.
{
    lcov -q -c -i -d "$build/lib" -o "$build/none.info" &&
        lcov -q -c -d "$build/lib" -o "$build/run.info" &&
        lcov -q -a "$build/none.info" -a "$build/run.info" -o "$build/lib.info"
} >"$build/lcov.log" 2>&1 || { cat "$build/lcov.log"; exit 1; }
awk -F '[:,]' -v least="$least" '
    $1 == "SF" {
        ours = sub(/.*\/lib\//, "lib/", $2) && $2 ~ /\.c$/
        file = $2
        lines = run = 0
    }
    $1 == "DA" {
        lines++
        run += $3 > 0
    }
    $1 == "end_of_record" && ours && lines {
        printf "%-28s %5.1f %% of %4d lines\n", file, 100 * run / lines, lines | "sort"
        all += lines
        hit += run
    }
    END {
        close("sort")
        if (!all) {
            print "coverage: nothing was measured"
            exit 1
        }
        printf "%-28s %5.1f %% of %4d lines\n", "lib/ in all", 100 * hit / all, all
        if (100 * hit < least * all) {
            printf "coverage: below %d %%\n", least
            exit 1
        }
    }' "$build/lib.info"
