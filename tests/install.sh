#!/bin/sh
# make install puts every file where README says, and the installed plugins run.
set -eu
build=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
passed=0
failed=0

expect() {
    if test "$2" "$root/usr/$3"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "install: $1: $3 is missing"
    fi
}

make -s BUILD="$build" install DESTDIR="$root" PREFIX=/usr
for plugin in check_smtp_tls check_mx_cert check_partner_policy; do
    expect plugin -x "lib/nagios/plugins/$plugin"
    expect manual -s "share/man/man8/$plugin.8"
    expect schema -s "share/doc/mailtls-plugins/$plugin.schema.json"
    status=0
    "$root/usr/lib/nagios/plugins/$plugin" --version >"$root/version" || status=$?
    if grep -q "^$plugin [0-9]" "$root/version" && [ "$status" = 3 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "install: $plugin --version: exit $status"
    fi
done
for file in README.md CHANGELOG.md LICENSE; do
    expect document -s "share/doc/mailtls-plugins/$file"
done
expect manual -s share/man/man5/mailtls-partner.5
for file in hella tuv own; do
    expect example -s "share/doc/mailtls-plugins/examples/partners/$file.ini"
done
expect script -x share/mailtls-plugins/icinga-templates/mailtls-notify
find -L icinga-templates -type f ! -name '*.py' ! -name '*.pyc' >"$root/templates"
[ -s "$root/templates" ] || { echo "install: no template found"; exit 1; }
while read -r file; do
    expect template -f "share/mailtls-plugins/$file"
    cmp -s "$file" "$root/usr/share/mailtls-plugins/$file" || {
        failed=$((failed + 1))
        echo "install: $file is another one"
    }
done <"$root/templates"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
