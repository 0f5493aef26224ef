#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Completion in bash and zsh offers what is there: completion.sh BUILD. Prints what is wrong.
build=$1
. packaging/completion/mailtls-plugins.bash

# completed WORDS WORD...: the words that bash offers for the last WORD
completed() {
    local wanted=$1
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _mailtls
    [ "${COMPREPLY[*]}" = "$wanted" ] || echo "completion of $*: ${COMPREPLY[*]} rather than $wanted"
}

completed "--format=" "$build/check_smtp_tls" --form
completed "nagios table json openmetrics html" "$build/check_smtp_tls" --format ""
completed "table" check_mx_cert --format = t
completed "nagios table json openmetrics html" check_mx_cert --format =
completed "postfix" "$build/check_partner_policy" --print po
completed "examples/partners" "$build/check_partner_policy" -f examples/part
completed "" "$build/check_smtp_tls" -f examples/part
completed "certificate-expired certificate-expiring" "$build/check_smtp_tls" --explain certificate-ex

for plugin in check_smtp_tls check_mx_cert check_partner_policy check_mail_log; do
    COMP_WORDS=("$plugin" --)
    COMP_CWORD=1
    _mailtls
    "$build/$plugin" --help | sed -n 's/^  \(-., \|    \)--\([a-z0-9-]*\).*/--\2/p' | sort |
        diff - <(printf '%s\n' "${COMPREPLY[@]%=}" | sort) | sed "s/^/completion of $plugin: /"
done
zsh -n packaging/completion/_mailtls-plugins 2>&1
