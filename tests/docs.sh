#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compares the documents with what they describe: docs.sh [BUILD]
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

plugins="check_smtp_tls check_mx_cert check_partner_policy check_mail_log"
for plugin in $plugins; do
    "$build/$plugin" --help | sed -n 's/^  \(-.*\)$/\1/p; s/^      \(--.*\)$/\1/p' | sort >"$work/help"
    awk '/^\.Sh/ { on = /OPTIONS/ }
         on && /^\.It/ {
             sub(/^\.It /, ""); gsub(/ Ns = Ns Ar /, "="); gsub(/ , /, ", "); gsub(/Fl /, "-"); print
         }' "docs/$plugin.8" | sort >"$work/man"
    same "options of $plugin --help and of its man page" help man
    sed 's/.*--/--/; s/[^a-z0-9-].*//' "$work/help" >>"$work/options"
    "$build/$plugin" --help | sed -n 's/.*(also \(--[a-z-]*\)).*/\1/p' >>"$work/options"

    "$build/$plugin" --list-findings | awk '{ print $1, $2 }' | sort >"$work/list"
    awk '/^\.Sh/ { on = /FINDINGS/ }
         on && /^\.It/ { gsub(/[()]/, ""); print $2, $3 }' "docs/$plugin.8" | sort >"$work/man"
    same "findings of $plugin and of its man page" list man
done

sed -n 's/.*\.also = "\(.*\)".*/--\1/p' plugins/*.def >>"$work/options"
sort -u "$work/options" >"$work/known"
{
    grep -ohE '(^|[^-])--[a-z][a-z0-9-]*' README.md $(ls docs/*.md | grep -v releasing) docs/*.[58] | sed 's/.*[^-]--/--/'
    grep -ohE 'Fl -[a-z][a-z0-9-]*' docs/*.[58] | sed 's/Fl -/--/'
} | sort -u | comm -13 "$work/known" - >"$work/wrong"
check "options that are named but do not exist"

# --- README's installation ---

sed -n '/^PACKAGES_BUILD/,/[^\\]$/p' Makefile | sed 's/.*= *//' | tr -s '\\ \n' '\n' | grep . | while read -r package; do
    grep -qw -e "$package" README.md || echo "$package"
done >"$work/wrong"
check "packages of the build that README does not install"

# Fedora's names: openssl-devel for libssl-dev. Compilers and libc6-dev are there in either case.
sed -n '/^PACKAGES_BUILD/,/[^\\]$/p' Makefile | grep -oE '[a-z0-9-]+-dev' | grep -v libc6-dev | while read -r package; do
    name=$(echo "$package" | sed 's/^lib//; s/-dev$//; s/^curl4-openssl$/curl/; s/^lzma$/xz/; s/^zlib1g$/zlib/')
    grep -qE "^ +$package([, ]|\$)" debian/control || echo "debian/control: $package"
    grep -qE "^BuildRequires: +[a-z]*$name-devel" packaging/mailtls-plugins.spec || echo "the spec file: $package"
done >"$work/wrong"
check "packages of the build that a package does not require"

/usr/bin/python3 -B tests/walk/walk.py --rows >"$work/wrong" 2>&1
check "rows of tests/walk/rows.tsv that no document has a command for"

# --- the version of the packages ---

version=$(sed -n 's/^VERSION *= *//p' Makefile)
{
    head -n 1 debian/changelog | grep -qF "($version-" || echo "debian/changelog does not begin with $version"
    grep -qx "Version: *$version" packaging/mailtls-plugins.spec || echo "packaging/mailtls-plugins.spec has another version"
} >"$work/wrong"
check "versions that differ from the Makefile's $version"

# --- a form's fields, each with its section, and the examples ---

sed -n 's/^static const struct form_field of_\(.*\)\[\] = {/\1/p; s/^ *{"\([a-z-]*\)", .*/\1/p' \
    lib/partner/form_fields.c | awk '/^(partner|own)$/ { of = $0; next } { print of, $0 }' | sort >"$work/table"
awk '/^\.Sh/ { of = /FIELDS OF A PARTNER/ ? "partner" : /FIELDS OF OUR OWN SIDE/ ? "own" : "" }
     of && /^\.It Ic/ { print of, $3 }' docs/mailtls-partner.5 | sort >"$work/man"
same "fields of a form and of its man page" table man

# --- monitoring configuration, made from --help ---

made_from_help() {
    /usr/bin/python3 -B icinga-templates/generate.py "$1" "$build" >"$work/made" 2>"$work/wrong" &&
        diff -u "icinga-templates/$2" "$work/made" >"$work/wrong"
    check "icinga-templates/$2 is not what make templates writes"
}
made_from_help icinga2 icinga2/commands.conf
made_from_help director director/basket.json
made_from_help itl itl/mail.conf
made_from_help itl-doc itl/documentation.txt

# --- pages and links ---

# Which other pages this machine has says nothing about ours: what they refer to is compared below.
for page in docs/*.[58]; do
    mandoc -T lint -W style "$page" 2>&1 |
        grep -v -e "STYLE: referenced manual not found: Xr" -e "outdated mandoc.db lacks" >"$work/wrong"
    check "mandoc"
done

# Pages of OpenSSL, Postfix, Exim and the C library that ours refer to
others="config.5 discard.8 exim.8 openssl-rehash.1 openssl-s_client.1 pickup.8 postconf.1 postmap.1 postqueue.1
    posttls-finger.1 resolv.conf.5 smtp.8 smtpd.8"
{
    echo "$others" | tr -s ' \n' '\n'
    ls docs/*.[58] | sed 's,.*/,,'
} | sort >"$work/pages"
sed -n 's/^\.Xr \([^ ]*\) \([0-9]\).*/\1.\2/p; s/^\.It Xr \([^ ]*\) \([0-9]\).*/\1.\2/p' docs/*.[58] | sort -u |
    comm -3 - "$work/pages" >"$work/wrong"
check "manual pages that are referred to and do not exist, or are not referred to any more"

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

# --- what GitHub and GitLab each want a copy of ---

for name in bug false-verdict; do
    awk 'body { print } /^---$/ { marks++ } marks == 2 && /^$/ { body = 1 }' ".github/ISSUE_TEMPLATE/$name.md" |
        diff - ".gitlab/issue_templates/$name.md" >"$work/wrong" 2>&1
    check "issue template $name of GitHub and of GitLab"
done

# --- the example with every field ---

sed -n '/^.Sh FIELDS OF A PARTNER/,/^.Sh FIELDS OF OUR/s/^.It Ic //p' docs/mailtls-partner.5 | while read -r field; do
    grep -qE "^(# )?$field +=" examples/complete.ini || echo "no $field"
done >"$work/wrong"
"$build/check_partner_policy" -f examples/complete.ini --print form >"$work/said" || [ $? = 3 ]
grep UNKNOWN "$work/said" >>"$work/wrong"
check "examples/complete.ini"

# --- what is cited is there to be read: a man page, docs/ or an RFC ---

grep -rniE 'contract,? (sections? )?[0-9]' lib plugins tests docs packaging ./*.md >"$work/wrong"
check "references to what is not here"

# --- the house: docs/architecture.md and CONTRIBUTING.md against lib/, plugins/ and what was built ---

python3 -B tests/layout/main.py . "$build" >"$work/wrong" 2>&1
check "layout of the code"

python3 -B tests/layout/selftest.py "$build" "${CC:-cc}" >"$work/said" 2>&1 && : >"$work/said"
cp "$work/said" "$work/wrong"
check "planted violations of the layout"

# --- runners that run next to nothing are not believed ---

least() {
    if tests/least.sh "$@" >"$work/said" 2>&1; then echo passed; else echo failed; fi
}
{
    [ "$(least 3 echo '3 passed, 0 failed')" = passed ] || echo "as many as are due fail"
    [ "$(least 4 echo '3 passed, 0 failed')" = failed ] || echo "fewer than are due pass"
    [ "$(least 1 echo '3 passed, 1 failed')" = failed ] || echo "failures pass"
    [ "$(least 0 true)" = failed ] || echo "silence passes"
    [ "$(least 1 sh -c 'echo 3 passed, 0 failed; exit 1')" = failed ] || echo "an exit status of 1 passes"
    CK_RUN_CASE=nope
    export CK_RUN_CASE
    [ ! -x "$build/unit" ] || [ "$(least 1 "$build/unit")" = failed ] || echo "no unit test at all passes"
    unset CK_RUN_CASE
} >"$work/wrong"
check "tests/least.sh"

# --- what is made from one source ---

tests/made.sh "$build" >"$work/wrong" 2>&1
check "what make docs writes"

/usr/bin/python3 -B tests/planted.py "$build" >"$work/wrong" 2>&1
check "planted changes of a finding's text"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
