# SPDX-License-Identifier: BSD-2-Clause
# Sourced: a Debian that has nothing else, in $bare, made with the mirror and the proxy of this machine's apt. $work is
# for files meanwhile. As root.

# make_bare RELEASE: that one, as bookworm or trixie. Fails if it is not there after 20 minutes.
make_bare() {
    # shellcheck disable=SC1091
    . /etc/os-release
    apt-get update -q
    apt-get indextargets --format "deb \$(REPO_URI) \$(RELEASE) \$(COMPONENT)" "Created-By: Packages" \
        "Origin: $(echo "$ID" | sed 's/./\u&/')" | sed "s/ $VERSION_CODENAME/ $1/" >"$work/sources"
    cat "$work/sources"
    [ -s "$work/sources" ] || return 1
    apt-config dump Acquire | grep -i proxy >"$work/proxy" || true
    timeout --foreground -k 60 1200 mmdebstrap --variant=minbase --mode=root --aptopt="$work/proxy" "$1" "$bare" "$work/sources"
}

# No service is started in it, and it asks the resolvers of this machine.
settle_bare() {
    cp -L /etc/resolv.conf "$bare/etc/resolv.conf"
    printf '#!/bin/sh\nexit 101\n' >"$bare/usr/sbin/policy-rc.d"
    chmod 755 "$bare/usr/sbin/policy-rc.d"
}

# inside COMMAND...: in it, with processes and terminals of its own, which end with the command, or after $limit seconds,
# 1200 unless it is set.
inside() {
    timeout --foreground -s KILL "${limit:-1200}" unshare --mount --pid --fork --kill-child --mount-proc="$bare/proc" sh -c '
        mkdir -p "$0/dev/pts"
        mount -t devpts -o newinstance,ptmxmode=0666 devpts "$0/dev/pts"
        ln -sf pts/ptmx "$0/dev/ptmx"
        exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"' \
        "$bare" "$@" </dev/null
}
