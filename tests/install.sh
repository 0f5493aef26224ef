#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
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
for plugin in check_smtp_tls check_mx_cert check_partner_policy check_mail_log; do
    expect plugin -x "lib/nagios/plugins/$plugin"
    expect "link in PATH" -x "bin/$plugin"
    expect manual -s "share/man/man8/$plugin.8"
    expect schema -s "share/doc/mailtls-plugins/docs/$plugin.schema.json"
    status=0
    "$root/usr/lib/nagios/plugins/$plugin" --version >"$root/version" || status=$?
    if grep -q "^$plugin [0-9]" "$root/version" && [ "$status" = 3 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "install: $plugin --version: exit $status"
    fi
done
for file in README.md CHANGELOG.md LICENSE docs/findings.md docs/findings.html docs/terminal.svg docs/icinga-web.png \
            docs/icinga-web-list.png docs/report.png; do
    expect document -s "share/doc/mailtls-plugins/$file"
done
expect manual -s share/man/man5/mailtls-partner.5
expect completion -s share/bash-completion/completions/check_mx_cert
expect completion -s share/zsh/vendor-completions/_mailtls-plugins
for file in partners/hella partners/tuv partners/own own/mail-server own/exim-server complete; do
    expect example -s "share/doc/mailtls-plugins/examples/$file.ini"
done
for file in profiles/*.ini; do
    expect profile -s "share/mailtls-plugins/$file"
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

hold() {
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "install: $2"
        cat "$root/said"
    fi
}

# The runbook has a place for each finding, and each of its links leads to one.
/usr/bin/python3 -B - "$root/usr" >"$root/said" 2>&1 <<'END' && status=0 || status=1
import glob, subprocess, sys, xml.etree.ElementTree as tree
with open(sys.argv[1] + "/share/doc/mailtls-plugins/docs/findings.html", encoding="utf-8") as page:
    elements = list(tree.fromstring(page.read().removeprefix("<!DOCTYPE html>")).iter())
places = {element.get("id") for element in elements}
named = {element.get("href", "").removeprefix("#") for element in elements if element.tag == "a"}
for plugin in glob.glob(sys.argv[1] + "/lib/nagios/plugins/check_*"):
    said = subprocess.run([plugin, "--list-findings"], capture_output=True, text=True, check=False).stdout
    named |= {line.split()[0] for line in said.splitlines()}
sys.exit(f"not in the page: {named - places}" if named - places or len(named) < 50 else 0)
END
hold "$status" "docs/findings.html"

# --- systemd's units ---

# What keeps a setgid or setuid program from its rights, by itself or by what it implies beside User=.
breaking='NoNewPrivileges|RestrictSUIDSGID|DynamicUser|SystemCall[A-Za-z]*|RestrictAddressFamilies|RestrictNamespaces'
breaking="$breaking|RestrictRealtime|PrivateDevices|ProtectKernel[A-Za-z]*|ProtectClock|ProtectHostname|MemoryDenyWriteExecute"
breaking="$breaking|LockPersonality|CapabilityBoundingSet|PrivateUsers|AmbientCapabilities|SecureBits"
# Whether a unit runs postqueue or exim: with the queue, and where our own side is checked.
asks() {
    grep '^ExecStart=' "$1" | grep -v -e --no-own | grep -q -e check_partner_policy -e --queue
}
asking=0
: >"$root/said"
for unit in "$root"/usr/lib/systemd/system/*.service; do
    sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p' "$unit" | while read -r program; do
        [ -x "$root$program" ] || echo "$unit: there is no $program"
    done >>"$root/said"
    [ -s "${unit%.service}.timer" ] || echo "$unit has no timer" >>"$root/said"
    asks "$unit" || continue
    asking=$((asking + 1))
    grep -HE "^($breaking)=" "$unit" >>"$root/said" || true
done
[ "$asking" -gt 0 ] || echo "no unit asks for the queue" >>"$root/said"
grep -rnE "^ *($breaking)=" icinga-templates >>"$root/said" || true # drop-ins for Icinga
[ ! -s "$root/said" ] && status=0 || status=1
hold "$status" "units that cannot work"

# A profile is found by its name where make install has put it, seen from the program.
"$root/usr/lib/nagios/plugins/check_smtp_tls" -H 127.0.0.1 -p 1 --tls-profile ncsc-nl >"$root/said" || true
status=0
grep -q "no gateway sent an SMTP greeting" "$root/said" || status=1
hold "$status" "a profile is not found by its name"

# What protects the plugins from their input. Control flow is on in a program only where the C library's start files
# have it too, which Debian 12 does not give; our own objects have it.
for plugin in check_smtp_tls check_mx_cert check_partner_policy check_mail_log; do
    status=0
    hardening-check --nocfprotection "$root/usr/lib/nagios/plugins/$plugin" >"$root/said" 2>&1 || status=1
    hold "$status" "$plugin is not hardened"
    [ "$(uname -m)" != x86_64 ] && continue
    status=0
    objdump -d "$root/usr/lib/nagios/plugins/$plugin" >"$root/code"
    grep -q 'orq *$0x0,(%rsp)' "$root/code" || status=1
    : >"$root/said"
    hold "$status" "$plugin has no probes of its stack"
done
if [ "$(uname -m)" = x86_64 ]; then
    for archive in "$build"/lib?*.a; do
        status=0
        readelf -n "$archive" 2>&1 | awk '/^File:/ { if (file) print file; file = $2 } /IBT, SHSTK/ { file = "" }
                                          END { if (file) print file }' >"$root/said"
        [ ! -s "$root/said" ] || status=1
        hold "$status" "objects without protection of control flow"
    done
fi

# A packager's flags, from the environment, reach each compilation and each link; ours do not contradict them.
packager() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CI CFLAGS="-O1 -DOF_CFLAGS" CPPFLAGS="-D_FORTIFY_SOURCE=2 -DOF_CPPFLAGS" \
        LDFLAGS="-Wl,-O1" make -n BUILD="$root/build" all
}
packager | grep -e ' -c ' >"$root/compiled" || true
packager | grep -e ' -pie ' >"$root/linked" || true
status=0
{
    [ -s "$root/compiled" ] || echo "nothing is compiled"
    grep -v -e "-DOF_CPPFLAGS.*-O1 -DOF_CFLAGS" "$root/compiled"
    grep -e "-O2" -e "_FORTIFY_SOURCE=3" "$root/compiled"
    [ -s "$root/linked" ] || echo "nothing is linked"
    grep -v -e "-Wl,-O1" "$root/linked"
} >"$root/said" || true
[ ! -s "$root/said" ] || status=1
hold "$status" "the packager's flags do not reach these commands"

# --- without packages, and removal ---

# A build without its packages names them; so does a check, where nobody may install them.
names() {
    said=$1
    shift
    status=0
    for word in "$@"; do
        grep -q -e "$word" "$said" || { echo "\"$word\" is not in:"; cat "$said"; status=1; }
    done >"$root/said"
    hold "$status" "a missing package is not named"
}
! packaging/check-headers gcc -nostdinc 2>"$root/headers" || echo "exit status 0" >"$root/headers"
names "$root/headers" "apt-get install libssl-dev libldns-dev" libjansson-dev libzstd-dev "run make again"
! packaging/check-headers "$root/none" 2>"$root/headers" || echo "exit status 0" >"$root/headers"
names "$root/headers" "no compiler" gcc
mkdir "$root/bin"
printf '#!/bin/sh\nexit 1\n' >"$root/bin/dpkg-query"
printf '#!/bin/sh\necho 1000\n' >"$root/bin/id"
chmod +x "$root/bin/dpkg-query" "$root/bin/id"
! PATH="$root/bin" /bin/sh packaging/install-deps libldns-dev >"$root/deps" 2>&1 || echo "exit status 0" >"$root/deps"
names "$root/deps" "as root: apt-get install libldns-dev"

make -s BUILD="$build" install uninstall DESTDIR="$root/removed" PREFIX=/usr
find "$root/removed" ! -type d >"$root/said"
status=0
[ ! -s "$root/said" ] || status=1
hold "$status" "files that make uninstall leaves"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
