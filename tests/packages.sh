#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make deb and make rpm, judged by lintian and rpmlint; then the Debian package in a Debian that has nothing else:
# installed, run, removed, purged; and every command of README and docs, pasted in another one. The Debian comes from the
# mirror that apt has. As root, because of the Debian.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"
unset MAKEFLAGS MAKELEVEL MFLAGS CFLAGS CPPFLAGS LDFLAGS CI DEB_BUILD_OPTIONS
LC_ALL=C.UTF-8
export LC_ALL
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 1' HUP INT TERM
bare=$work/bare
# shellcheck source-path=SCRIPTDIR source=bare.sh
. tests/bare.sh
said=$work/said
passed=0
failed=0

# holds NAME COMMAND...: the command succeeds.
holds() {
    name=$1
    shift
    if "$@" >"$said" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "packages: $name:"
        sed 's/^/    /' "$said"
    fi
}

# A number of tests that another script has made, by its last line "N passed, M failed"; what it says where one failed.
counts() {
    "$@" >"$said" 2>&1 </dev/null || true
    last=$(tail -n 1 "$said")
    case $last in
    *[0-9]" passed, "[0-9]*" failed") ;;
    *) last="0 passed, 1 failed" ;;
    esac
    passed=$((passed + ${last%% *}))
    last=${last#*, }
    failed=$((failed + ${last%% *}))
    [ "${last%% *}" = 0 ] || cat "$said"
}

# --- built, and judged by the distributions' own tools ---

git -c safe.directory="*" clone -q --no-hardlinks . "$work/tree"
holds "make deb" make -s -C "$work/tree" deb
holds "make rpm" env RPMBUILD_OPTIONS=--nocheck make -s -C "$work/tree" rpm
built=$work/tree/build
holds "lintian" lintian --pedantic --display-info --fail-on error,warning,info,pedantic "$built"/*.changes
# Its exit status is that of errors only.
rpmlint_says_nothing() {
    rpmlint -c packaging/rpmlint.toml "$built"/*.rpm packaging/mailtls-plugins.spec >"$work/lint" 2>&1 || true
    cat "$work/lint"
    grep -q '0 errors, 0 warnings' "$work/lint"
}
holds "rpmlint" rpmlint_says_nothing

# --- the Debian package ---

holds "a bare Debian" make_bare "$(. /etc/os-release && echo "$VERSION_CODENAME")"
if [ "$failed" != 0 ]; then
    echo "$passed passed, $failed failed"
    exit 1
fi
settle_bare
cp -a "$bare" "$work/walked"
deb=$(echo "$built"/mailtls-plugins_*.deb)
cp "$deb" "$bare/root/mailtls-plugins.deb"
cp debian/tests/installed "$bare/root/installed"

install_it() {
    inside apt-get install -q -y --no-install-recommends /root/mailtls-plugins.deb
}
# Everything that exists, with its owner and mode, but for what dpkg itself writes.
files() {
    (cd "$bare" && find . -xdev \( -path ./proc -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache \
        -o -path ./var/lib/apt -o -path ./tmp -o -path ./root \) -prune -o -printf '%M %u %g %p\n') | sort
}
# Whether there is what was there before the installation, and nothing else.
nothing_left() {
    files | diff "$work/before" -
}
# ... but for a form, which is the administrator's, and its directory, and what systemd's helper removes at purge.
form_left() {
    files | grep -v -e "^drwxr-xr-x root root ./etc/mailtls" -e "deb-systemd-helper-enabled/mailtls" |
        diff "$work/before" - >"$work/left" || true
    cat "$work/left"
    [ "$(grep '^[<>]' "$work/left")" = "> -rw-r--r-- root root ./etc/mailtls/partners/example.ini" ]
}
# Whether no timer is to be started at boot.
disabled() {
    ! find "$bare/etc/systemd" -name 'mailtls*' 2>/dev/null | grep .
}

holds "apt-get update" inside apt-get update -q
holds "what the package depends on" inside apt-get satisfy -q -y --no-install-recommends \
    "$(dpkg-deb -f "$deb" Depends)"
wants=/etc/systemd/system/timers.target.wants
mkdir -p "$bare$wants"
files >"$work/before"
holds "apt-get install" install_it
counts inside /root/installed
holds "timers are disabled" disabled
printf '[example]\ndomains = example.com\n' >"$bare/etc/mailtls/partners/example.ini"
holds "apt-get remove" inside apt-get remove -q -y mailtls-plugins
holds "what remove leaves" form_left
holds "apt-get purge" inside apt-get purge -q -y mailtls-plugins
holds "what purge leaves of the administrator's" form_left

holds "apt-get install beside a form" install_it
rm "$bare/etc/mailtls/partners/example.ini"
ln -s /lib/systemd/system/mailtls-report.timer "$bare$wants" # systemctl enable
holds "apt-get purge" inside apt-get purge -q -y mailtls-plugins
holds "what purge leaves" nothing_left

# --- its units ---

# Nothing may be said of the units.
verified() {
    inside sh -c 'systemd-analyze verify --man=no /lib/systemd/system/mailtls-*.service /lib/systemd/system/mailtls-*.timer' \
        >"$work/verify" 2>&1 && [ ! -s "$work/verify" ] || { cat "$work/verify"; false; }
}
holds "systemd" inside apt-get install -q -y --no-install-recommends systemd
holds "apt-get install beside systemd" install_it
holds "timers are disabled beside systemd" disabled
holds "systemd-analyze verify" verified
holds "systemd-analyze security" inside systemd-analyze security --offline=yes --threshold=25 mailtls-report.service

# As systemd runs them: no network but loopback, and a form whose gateway does not answer.
cat >"$bare/root/units" <<'END'
#!/bin/sh
for unit in mailtls-report mailtls-mail-log; do
    systemctl start $unit.service
    echo "$unit: $(systemctl show -P Result $unit.service)"
done
mkdir -p /etc/systemd/system/mailtls-report.service.d
for file in METRICS PAGE; do
    printf '[Service]\nEnvironment=%s=/usr/partners\n' $file >/etc/systemd/system/mailtls-report.service.d/file.conf
    systemctl daemon-reload
    systemctl start mailtls-report.service
    echo "mailtls-report without a place for $file: $(systemctl show -P Result mailtls-report.service)"
done
systemctl poweroff --force --force
END
chmod 755 "$bare/root/units"
printf '[Service]\nType=oneshot\nExecStart=/root/units\nStandardOutput=file:/root/said\nStandardError=file:/root/said\n' \
    >"$bare/etc/systemd/system/units.service"
printf '[example]\ndomains = example.com\ngateways = 127.0.0.1:9\n' >"$bare/etc/mailtls/partners/example.ini"
printf 'Nov 30 10:00:00 mail postfix/qmgr[1]: ABC: removed\n' >"$bare/var/log/mail.log"
echo "nameserver 127.0.0.1" >"$bare/etc/resolv.conf"
# A hierarchy of control groups for systemd: in the first version's form where the machine has it, else in the second's.
cat >"$work/boot" <<'END'
set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/run"
mount -t sysfs sysfs "$1/sys"
mount -t tmpfs tmpfs "$1/sys/fs/cgroup"
mkdir "$1/sys/fs/cgroup/systemd"
mount -t cgroup -o none,name=systemd cgroup "$1/sys/fs/cgroup/systemd" 2>/dev/null ||
    mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$1" /lib/systemd/systemd --unit=units.service
END
ran() {
    timeout -s KILL 120 unshare --mount --pid --cgroup --net --ipc --uts --fork --kill-child --mount-proc \
        sh "$work/boot" "$bare" </dev/null || true
    cat "$bare/root/said"
    printf '%s\n' "mailtls-report: success" "mailtls-mail-log: success" \
        "mailtls-report without a place for METRICS: exit-code" \
        "mailtls-report without a place for PAGE: exit-code" >"$work/due"
    grep '^mailtls-[A-Za-z -]*: ' "$bare/root/said" | cmp - "$work/due" || return 1
    for file in partners mail-log; do
        [ "$(tail -n 1 "$bare/var/lib/mailtls/$file.prom")" = "# EOF" ] || return 1
        [ "$(stat -c %a "$bare/var/lib/mailtls/$file.prom")" = 644 ] || return 1
    done
    [ "$(tail -n 1 "$bare/var/lib/mailtls/partners.html")" = "</html>" ] || return 1
    [ "$(stat -c %a "$bare/var/lib/mailtls/partners.html")" = 644 ] || return 1
    grep 'mailtls_state{.*partner="example"} 2' "$bare/var/lib/mailtls/partners.prom"
}
holds "the units, run by systemd" ran

# --- the RPM package, in a directory of its own ---

rpm=$(echo "$built"/mailtls-plugins-[0-9]*."$(uname -m)".rpm)
root=$work/rpm
libdir=$(rpm --eval '%{_libdir}')
mkdir "$root"
holds "rpm --install" rpm --root "$root" --nodeps --install "$rpm"
for plugin in check_smtp_tls check_mx_cert check_partner_policy check_mail_log; do
    [ "$(readlink -f "$root/usr/bin/$plugin")" = "$root$libdir/nagios/plugins/$plugin" ] || echo "$plugin" >>"$work/links"
    "$root/usr/bin/$plugin" --version 2>&1 | grep -q "^$plugin [0-9]" || echo "$plugin" >>"$work/links"
done
holds "plugins of the RPM package" test ! -e "$work/links"
holds "the units' plugins" grep -q "^ExecStart=$libdir/nagios/plugins/" "$root/usr/lib/systemd/system/mailtls-report.service"
mkdir "$work/empty"
example() {
    "$root/usr/bin/check_partner_policy" -f "$work/empty" | grep -F "$root/usr/share/doc/mailtls-plugins/examples/partners/tuv.ini"
}
holds "the example's path" example
holds "rpm --erase" rpm --root "$root" --erase mailtls-plugins
rpm_left() {
    ! find "$root" \( -path "$root/var" -o -path "$root/root" \) -prune -o ! -type d -print -o -name '*mailtls*' -print | grep .
}
holds "what rpm --erase leaves" rpm_left

# --- README and docs, as a newcomer reads them ---

counts env -C "$work/tree" python3 -B tests/walk/walk.py "$work/walked" "$work/tree" "$deb"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
