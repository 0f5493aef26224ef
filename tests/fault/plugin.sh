#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The plugin itself with its n-th allocation failing, for n from 1 until none fails: it exits 0 to 3 with one
# well-formed first line, never milder than with memory, and OK only with the very output that it has with memory.
set -eu
build=$1
plugin=$build/check_smtp_tls-fault service=SMTP_TLS
here=$(dirname "$0")
most=100 # allocations tried for each command line, spread evenly
work=$(mktemp -d)
passed=0
failed=0

mkfifo "$work/stop"
"$build/lab" --serve "$here/gateways.scenario" <"$work/stop" >"$work/env" &
lab=$!
exec 8>"$work/stop"
trap 'exec 8>&-; wait $lab || true; rm -rf "$work"' EXIT
until grep -q '^DIR=' "$work/env"; do
    kill -0 $lab || exit 1
    sleep 0.1
done
. "$work/env"
unset SSL_CERT_FILE
SSL_CERT_DIR=$work
LC_ALL=C TZ=UTC
LSAN_OPTIONS=suppressions=$(pwd)/$here/lsan.supp:print_suppressions=0
export SSL_CERT_DIR LC_ALL TZ LSAN_OPTIONS
printf '[few]\nparallel = 2\nverbose\n' >"$work/plugins.ini"
mkdir "$work/forms"
cat >"$work/forms/good.ini" <<EOF
[good]
company  = Good Ltd
domains  = example.test
gateways = mx1.example.test mx2.example.test
[dane]
domains   = example.test
gateways  = mx1.example.test mx2.example.test
tls-level = dane
ca-file   = $CA
direction = outbound
EOF
printf '[own]\ngateways = own.example.test\n' >"$work/forms/own.ini"
printf '[bad]\ndomains = *.bad.test\nsubdomains = a.bad.test\ngateways = mx9.bad.test\nissuer = No CA\n' \
    >"$work/bad.ini"
cat >"$work/own.ini" <<EOF
[good]
domains   = example.test
gateways  = mx1.example.test mx2.example.test
direction = outbound
[own]
postfix = postfix
EOF
# Programs that stand in for postconf and postmap read this.
export MAILTLS_TEST_PROGRAMS=tests/gateway/programs
mkdir "$work/postfix"
printf 'rewrite unix - - n - - trivial-rewrite\nsmtp unix - - n - - smtp\nrelay unix - - n - - smtp\n' \
    >"$work/postfix/master.cf"
echo "smtp_tls_policy_maps = texthash:$work/postfix/policy" >"$work/postfix/main.cf"
echo 'example.test may' >"$work/postfix/policy"

# run N ARGUMENT...: sets $status, $shape (the output without its times) and $fired.
run() {
    n=$1
    shift
    : >"$work/fired"
    status=0
    MAILTLS_TEST_FAIL_AT=$n "$plugin" --resolver "$NS" --port "$PORT" --ca-file "$CA" --allow-loopback "$@" \
        >"$work/out" 2>"$work/err" 9>"$work/fired" || status=$?
    # Times differ from run to run, and with them the width of columns.
    shape=$(sed -E 's/[0-9]+([.,][0-9]+)*/0/g; s/ +/ /g' "$work/out")
    [ -s "$work/fired" ] && fired=yes || fired=no
}

wrong() {
    failed=$((failed + 1))
    echo "allocation $n of $*: $problem; exit $status:"
    cut -c 1-300 "$work/out" "$work/err" | head -n 6
}

# Whether what was printed is of one piece and says the same as the exit status.
is_whole() {
    case $status in
    0) word=OK ;;
    1) word=WARNING ;;
    2) word=CRITICAL ;;
    3) word=UNKNOWN ;;
    *) return 1 ;;
    esac
    [ ! -s "$work/err" ] || return 1
    case " $* " in
    *" json "*)
        if [ "$(head -c 1 "$work/out")" = "{" ]; then
            python3 -c 'import json, sys; sys.exit(json.load(sys.stdin)["exit_status"] != int(sys.argv[1]))' \
                "$status" <"$work/out"
            return
        fi
        ;;
    *" html "*)
        if [ "$(head -n 1 "$work/out")" = "<!DOCTYPE html>" ]; then
            [ "$(tail -n 1 "$work/out")" = "</html>" ] && grep -q "^<title>$word - " "$work/out"
            return
        fi
        ;;
    *" table "*)
        tail -n 1 "$work/out" | grep -qE "^$service $word - .+"
        return
        ;;
    esac
    head -n 1 "$work/out" | grep -qE "^$service $word - .+" && [ "$(tr -cd '|' <"$work/out" | wc -c)" -le 1 ]
}

check() {
    problem=
    if ! is_whole "$@"; then
        problem="not well-formed"
    elif [ "$fired" = no ] && [ "$shape" != "$due" ]; then
        problem="another output though nothing failed"
    elif [ "$status" != "$due_status" ] && [ "$status" != 3 ]; then
        problem="neither UNKNOWN nor what it is with memory"
    elif [ "$status" = 0 ] && [ "$shape" != "$due" ]; then
        problem="OK, but not with the output that it has with memory"
    fi
    if [ -z "$problem" ]; then
        passed=$((passed + 1))
    else
        wrong "$@"
    fi
}

# try STATUS ARGUMENT...
try() {
    due_status=$1
    shift
    run 0 "$@"
    due=$shape
    if [ "$status" != "$due_status" ]; then
        n=0 problem="exit $due_status is due with memory"
        wrong "$@"
        return
    fi
    total=1
    while run $total "$@" && [ "$fired" = yes ]; do
        total=$((total * 2))
    done
    step=$((total / most + 1))
    at=1
    while [ $at -lt $total ]; do
        run $at "$@"
        check "$@"
        [ "$fired" = yes ] || break
        at=$((at + step))
    done
}

try 0 -d example.test
try 0 --tls-level dane -a info@example.test -vvv
try 2 --tls-level dane-only -d bad.test
try 2 --format json -d bad.test -d example.test
try 0 --format json -H mx1.example.test
try 2 -H mx1.example.test --tls-profile mozilla-modern
try 0 -H mx1.example.test --hello openssl
try 2 --format html -d bad.test
try 0 --format table -a info@example.test -f probe@example.test
try 0 --extra-opts="few@$work/plugins.ini" -d example.test --match hostname,.example.test

plugin=$build/check_mx_cert-fault service=MX_CERT
policy=127.0.0.15:$PORT2
try 0 -d example.test --mta-sts-server $policy --ocsp --crl -v
try 2 -d bad.test --no-mta-sts --format json
try 0 -d example.test --mta-sts-server $policy --format table

plugin=$build/check_partner_policy-fault service=PARTNER_POLICY
try 0 -f "$work/forms"
try 0 -f "$work/forms" --partner good -v
try 0 -f "$work/forms" --partner dane --format json
try 2 -f "$work/own.ini" --own
try 0 -f "$work/own.ini" --hello postfix --no-own
try 2 -f "$work/bad.ini" --format json
try 2 -f "$work/bad.ini" --format table
try 2 -f "$work/bad.ini" --format html

echo "$passed passed, $failed failed"
[ $failed = 0 ]
