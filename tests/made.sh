#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Holds what is made from one source against that source, and against the plugins: made.sh BUILD
# Prints what is wrong; nothing where all is well.
set -u
LC_ALL=C
export LC_ALL
build=$(cd "$1" && pwd) || exit 1
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

/usr/bin/python3 -B docs/source/generate.py --check "$build" || echo "docs/: make docs writes it anew"

# The generator reads finding.def by itself: the plugins have to say the same.
for plugin in check_smtp_tls check_mx_cert check_partner_policy check_mail_log; do
    "$build/$plugin" --list-findings | awk '{ print $1, $2 }' | sort >"$work/list"
    [ -s "$work/list" ] || echo "$plugin --list-findings: nothing"
    awk '/^\.Sh/ { on = /FINDINGS/ }
         on && /^\.It/ { gsub(/[()]/, ""); print $2, $3 }' "docs/$plugin.8" | sort | diff "$work/list" - |
        sed "s/^/findings of $plugin and of its man page: /"
    while read -r code state; do
        grep -q "^## $code\$" docs/findings.md || echo "docs/findings.md: no anchor for $code of $plugin"
        grep -qF "<h2 id=\"$code\">" docs/findings.html || echo "docs/findings.html: no anchor for $code of $plugin"
        "$build/$plugin" --explain "$code" | tr '\n' ' ' | tr -s ' ' >"$work/said"
        grep -qF "$code: " "$work/said" && grep -qF "State: $state" "$work/said" &&
            grep -qF "What to do: " "$work/said" || echo "$plugin --explain $code: $(cat "$work/said")"
    done <"$work/list"
done
tests/completion.sh "$build"
/usr/bin/python3 -B tests/texts.py "$build"
exit 0
