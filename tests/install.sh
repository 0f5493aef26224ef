#!/bin/sh
# make install puts every file where README says, and the installed plugin runs.
set -eu
build=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
passed=0
failed=0

expect() {
    if test "$2" "$3"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "install: $1: $3 is missing"
    fi
}

make -s BUILD="$build" install DESTDIR="$root" PREFIX=/usr
expect plugin -x "$root/usr/lib/nagios/plugins/check_smtp_tls"
expect manual -s "$root/usr/share/man/man8/check_smtp_tls.8"
expect manual -s "$root/usr/share/man/man8/check_mx_cert.8"
expect readme -s "$root/usr/share/doc/mailtls-plugins/README.md"
expect schema -s "$root/usr/share/doc/mailtls-plugins/check_smtp_tls.schema.json"
expect schema -s "$root/usr/share/doc/mailtls-plugins/check_mx_cert.schema.json"

status=0
"$root/usr/lib/nagios/plugins/check_smtp_tls" --version >"$root/version" || status=$?
grep -q '^check_smtp_tls [0-9]' "$root/version" && [ "$status" = 3 ] && passed=$((passed + 1)) || failed=$((failed + 1))

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
