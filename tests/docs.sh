#!/bin/sh
# Holds the documents against what they describe: docs.sh [BUILD]
set -u
LC_ALL=C
export LC_ALL
build=$(cd "${1:-build}" && pwd) || exit 1
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# check NAME: whatever the file `wrong` holds is wrong.
check() {
    if [ ! -s "$work/wrong" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1:"
        sed 's/^/    /' "$work/wrong"
    fi
}

# same NAME A B: two sorted lists, in files of those names; none may be empty.
same() {
    {
        [ -s "$work/$2" ] || echo "nothing found in $2"
        comm -23 "$work/$2" "$work/$3" | sed "s/^/only in $2: /"
        comm -13 "$work/$2" "$work/$3" | sed "s/^/only in $3: /"
    } >"$work/wrong"
    check "$1"
}

markdown() {
    find . \( -name build -o -name .git \) -prune -o -name '*.md' -print
}

# --- options, as "-H, --host=HOST", and findings, as "dns-failure UNKNOWN" ---

plugins="check_smtp_tls check_mx_cert check_partner_policy"
for plugin in $plugins; do
    "$build/$plugin" --help | sed -n 's/^  *\(-.*\)$/\1/p' | sort >"$work/help"
    awk '/^\.Sh/ { on = /OPTIONS/ }
         on && /^\.It/ {
             sub(/^\.It /, ""); gsub(/ Ns = Ns Ar /, "="); gsub(/ , /, ", "); gsub(/Fl /, "-"); print
         }' "docs/$plugin.8" | sort >"$work/man"
    same "options of $plugin --help and of its man page" help man
    sed 's/.*--/--/; s/[^a-z0-9-].*//' "$work/help" >>"$work/options"

    "$build/$plugin" --list-findings | awk '{ print $1, $2 }' | sort >"$work/list"
    awk '/^\.Sh/ { on = /FINDINGS/ }
         on && /^\.It/ { gsub(/[()]/, ""); print $2, $3 }' "docs/$plugin.8" | sort >"$work/man"
    same "findings of $plugin and of its man page" list man
    cat "$work/list" >>"$work/findings"
done

sort -u "$work/options" >"$work/known"
{
    grep -ohE '(^|[^-])--[a-z][a-z0-9-]*' README.md docs/*.[58] | sed 's/.*[^-]--/--/'
    grep -ohE 'Fl -[a-z][a-z0-9-]*' docs/*.[58] | sed 's/Fl -/--/'
} | sort -u | comm -13 "$work/known" - >"$work/wrong"
check "options that are named but do not exist"

sort -u "$work/findings" >"$work/list"
awk '/^\| `/ { gsub(/[`,;]/, "") }
     /^\| [a-z]/ && $4 ~ /^(OK|WARNING|CRITICAL|UNKNOWN)$/ { print $2, $4 }' README.md | sort >"$work/README"
same "findings of the plugins and of the README" list README

# --- a form's fields, each with its section, and the examples ---

sed -n 's/^static const struct form_field of_\(.*\)\[\] = {/\1/p; s/^ *{"\([a-z-]*\)", .*/\1/p' \
    lib/form_fields.c | awk '/^(partner|own)$/ { of = $0; next } { print of, $0 }' | sort >"$work/table"
awk '/^\.Sh/ { of = /FIELDS OF A PARTNER/ ? "partner" : /FIELDS OF OUR OWN SIDE/ ? "own" : "" }
     of && /^\.It Ic/ { print of, $3 }' docs/mailtls-partner.5 | sort >"$work/man"
same "fields of a form and of its man page" table man

for name in tuv own; do
    awk -v name="[$name]" '/^\.Bd/ { block = ""; on = 1; next }
         /^\.Ed/ { on = 0; if (index(block, name)) printf "%s", block }
         on { block = block $0 "\n" }' docs/mailtls-partner.5 |
        diff - "examples/partners/$name.ini" >"$work/wrong" 2>&1
    check "example $name of the form's man page"
done

for name in tuv hella own; do
    awk -v name="[$name]" '/^```/ { if (on && index(block, name)) printf "%s", block; on = /^```ini/; block = ""; next }
         on { block = block $0 "\n" }' README.md |
        diff - "examples/partners/$name.ini" >"$work/wrong" 2>&1
    check "example $name of the README"
done

# --- monitoring configuration, made from --help ---

made_from_help() {
    /usr/bin/python3 -B icinga-templates/generate.py "$1" "$build" >"$work/made" 2>"$work/wrong" &&
        diff -u "icinga-templates/$2" "$work/made" >"$work/wrong"
    check "icinga-templates/$2 is not what make templates writes"
}
made_from_help icinga2 icinga2/commands.conf
made_from_help director director/basket.json

# --- pages and links ---

for page in docs/*.[58]; do
    mandoc -T lint -W warning "$page" >"$work/wrong" 2>&1
    check "mandoc"
done

markdown | while read -r file; do
    grep -oE '\]\([^)]*\)' "$file" | sed 's/^](//; s/)$//; s/#.*//' | while read -r link; do
        case $link in
        '' | *:*) ;;
        *) [ -e "$(dirname "$file")/$link" ] || echo "$file: $link" ;;
        esac
    done
done >"$work/wrong"
check "links to files that do not exist"

sed -n 's/^\([a-z][a-z -]*\):.*/\1/p' Makefile | tr ' ' '\n' | sort -u >"$work/targets"
markdown | xargs grep -ohE "(\`|^    )make [^ \`]+" | sed 's/.*make //' | grep -xE '[a-z-]+' |
    sort -u | comm -23 - "$work/targets" >"$work/wrong"
check "make targets that do not exist"

# --- the module map: a module includes only what stands on its own line or above ---

awk 'FILENAME == ARGV[1] {
         if (/^## /) { on = /^## Modules/; dir = "" }
         if (on && /^    [a-z]+\/$/) dir = $1
         if (dir && /^      [a-z]/) {
             names = substr($0, 7)
             sub(/  .*/, "", names)
             n = split(names, name, /, /)
             for (i = 1; i <= n; i++) {
                 line[name[i]] = FNR
                 unseen[dir name[i]] = 1
             }
         }
         next
     }
     FNR == 1 {
         path = FILENAME
         sub(/\.[ch]$/, "", path)
         if (!(path in unseen) && !(path in seen)) print path " is not in the map"
         delete unseen[path]
         seen[path] = 1
         module = path
         sub(/.*\//, "", module)
     }
     /^#include "/ {
         split($2, part, /["."]/)
         if (line[part[2]] > line[module]) print FILENAME " includes " part[2] ".h, which stands below it"
     }
     END { for (path in unseen) print path " is in the map, but is no file" }' \
    docs/architecture.md lib/*.[ch] plugins/*.[ch] >"$work/wrong" 2>&1
check "module map of docs/architecture.md"

# --- the schemas ---

for plugin in $plugins; do
    "$build/$plugin" --list-findings | awk '{ print $1 }' | sort >"$work/list"
    python3 -c 'import json, sys
for code in json.load(sys.stdin)["$defs"]["finding"]["properties"]["code"]["enum"]: print(code)' \
        <"docs/$plugin.schema.json" | sort >"$work/schema"
    same "findings of $plugin and of its schema" list schema
done

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
