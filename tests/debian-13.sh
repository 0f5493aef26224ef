#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make check in a Debian 13, whose OpenSSL 3.5 sends a ClientHello of more than one TCP segment. The Debian comes from
# the mirror that apt has; where that cannot be reached, this fails. As root.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"
exec </dev/null
LC_ALL=C.UTF-8
export LC_ALL
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 1' HUP INT TERM
bare=$work/bare
# shellcheck source-path=SCRIPTDIR source=bare.sh
. tests/bare.sh

# fail WORDS...: says them and ends the test.
fail() {
    echo "debian-13: $*" >&2
    exit 1
}

make_bare trixie ||
    fail "no Debian 13 could be made: its archive could not be reached, or did not answer in time; asked were the" \
        "sources above, which are those of this machine's apt"
settle_bare
git -c safe.directory="*" clone -q --no-hardlinks . "$bare/root/tree"
inside apt-get update -q || fail "apt-get update failed in the Debian 13: its archive could not be reached"
inside apt-get install -q -y --no-install-recommends ca-certificates git make ||
    fail "apt-get install failed in the Debian 13"
limit=7200 inside env CI=true make -C /root/tree check || fail "make check failed in the Debian 13"
inside openssl version | tee "$work/version"
grep -q '^OpenSSL 3\.5\.' "$work/version" || fail "expected OpenSSL 3.5, which Debian 13 has"
