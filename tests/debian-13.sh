#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make check in a Debian 13, whose OpenSSL 3.5 sends a ClientHello of more than one TCP segment. As root.
set -eu
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || exec sudo "$0" "$@"
LC_ALL=C.UTF-8
export LC_ALL
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 1' HUP INT TERM
bare=$work/bare
# shellcheck source-path=SCRIPTDIR source=bare.sh
. tests/bare.sh

make_bare trixie
settle_bare
git -c safe.directory="*" clone -q --no-hardlinks . "$bare/root/tree"
inside apt-get update -q
inside apt-get install -q -y --no-install-recommends ca-certificates git make
inside env CI=true make -C /root/tree check
inside openssl version
