#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every C file is as clang-format 14 writes it, every text as .editorconfig has it:  format.sh
# Another version of clang-format writes other lines, so it is not asked.
set -eu
cd "$(dirname "$0")/.."
format=${CLANG_FORMAT:-clang-format-14}
failed=0
wrong=$(mktemp)
trap 'rm -f "$wrong"' EXIT

"$format" --version | grep -q 'version 14\.' || {
    echo "format: $format is not clang-format 14"
    exit 1
}
sources() {
    find lib plugins tests -name '*.[ch]' | LC_ALL=C sort
}
[ -n "$(sources)" ] || { echo "format: no source found"; exit 1; }
# shellcheck disable=SC2046 # names without blanks
"$format" --dry-run -Werror $(sources) || failed=1

texts() {
    find . \( -name build -o -name .git -o -name seeds -o -path ./tests/fault/exim -o -name __pycache__ \) -prune -o -type f ! -name '*.scenario' ! -name '*.png' -print
}
[ -n "$(texts)" ] || { echo "format: no text found"; exit 1; }
texts | while read -r file; do
    grep -nH '[[:blank:]]$' "$file" | sed 's/\(:[0-9]*\):.*/\1: ends in a blank/'
    grep -nH "$(printf '\r')" "$file" | sed 's/\(:[0-9]*\):.*/\1: has a carriage return/'
    [ "$(tail -c 1 "$file" | od -An -tx1)" = " 0a" ] || [ ! -s "$file" ] || echo "$file: its last line has no end"
    case $file in
    *Makefile | ./debian/rules | *.tsv | ./icinga-templates/itl/*.conf) ;;
    *) grep -nH "$(printf '\t')" "$file" | sed 's/\(:[0-9]*\):.*/\1: has a tab/' ;;
    esac
done >"$wrong" || true
cat "$wrong"
[ ! -s "$wrong" ] || failed=1
[ "$failed" = 0 ] && echo "format: all as it has to be"
exit "$failed"
