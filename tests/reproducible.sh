#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The archive depends on the commit only, and a build of it not on where it is built:  reproducible.sh
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
a=$work/a
b=$work/a-directory-with-a/longer-name
passed=0
failed=0
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS CPPFLAGS LDFLAGS CI

same() {
    if [ -s "$a/$1" ] && cmp "$a/$1" "$b/$1"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "reproducible: $1 depends on where or when it was made"
    fi
}

mkdir -p "$(dirname "$b")"
for place in "$a" "$b"; do
    git -c safe.directory="*" clone -q --no-hardlinks . "$place"
    make -s -C "$place" dist
done
archive=$(cd "$a" && ls build/*.tar.gz)
same "$archive"
same "$archive.sha256"

for place in "$a" "$b"; do
    rm -rf "$place/tree"
    mkdir "$place/tree"
    tar -xzf "$place/$archive" -C "$place/tree" --strip-components=1
    make -s -j"$(nproc)" -C "$place/tree" all >/dev/null
    # Where debugging information is kept apart it is compared too.
    for plugin in "$place"/tree/build/check_*; do
        [ -x "$plugin" ] || continue
        if grep -qF "$place" "$plugin"; then
            failed=$((failed + 1))
            echo "reproducible: $(basename "$plugin") has the path of its build"
        fi
    done
done
for plugin in check_smtp_tls check_mx_cert check_partner_policy check_mail_log; do
    same "tree/build/$plugin"
done

# What a release has to have, and what it must not.
tar -tzf "$a/$archive" | sed 's,^[^/]*/,,' >"$work/list"
for file in LICENSE README.md CHANGELOG.md SECURITY.md Makefile docs/check_smtp_tls.8 lib/base/text.c; do
    if grep -qx "$file" "$work/list"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "reproducible: the archive does not have $file"
    fi
done
if grep -q '^build/' "$work/list"; then
    failed=$((failed + 1))
    echo "reproducible: the archive has files of a build"
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
