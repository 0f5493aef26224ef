# Completion of mailtls-plugins for bash. Made by `make docs`; do not edit.

_mailtls() {
    local plugin=${COMP_WORDS[0]##*/} cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local options= words= files=

    # bash divides --name=value into three words.
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]] && (( COMP_CWORD > 1 )); then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    case $plugin:$prev in
    *:--tls-level)
        words="may encrypt fingerprint verify secure dane dane-only" ;;
    *:--min-tls)
        words="1.0 1.1 1.2 1.3" ;;
    *:--format)
        words="nagios table json openmetrics html" ;;
    *:--color)
        words="auto always never" ;;
    *:--perfdata)
        words="gateway address none total" ;;
    *:--perfdata-thresholds)
        words="range plain" ;;
    check_partner_policy:--print)
        words="postfix exim opensmtpd form check icinga nagios" ;;
    *:--hello | *:--ca-file | *:--ca-dir | *:--client-cert | *:--client-key | *:--output | check_partner_policy:--form | check_partner_policy:-f | check_mail_log:--form | check_mail_log:-f | check_mail_log:--log | check_mail_log:--journal-directory)
        files=yes ;;
    *:--explain | *:--on)
        words=$("${COMP_WORDS[0]}" --list-findings 2>/dev/null | cut -d ' ' -f 1) ;;
    esac
    case $plugin in
    check_smtp_tls)
        options="--host= --domain= --address= --sender= --tls-wrapper --refuses-plaintext= --refuses-unverified
            --xclient= --port= --ipv4 --ipv6 --allow-loopback --tls-level= --match= --fingerprint= --sni=
            --min-tls= --tls-profile= --hello= --ca-file= --ca-dir= --client-cert= --client-key= --helo=
            --source-address= --days= --at= --warning= --critical= --stage-warning= --stage-critical= --on=
            --critical-only --verbose --format= --color= --output= --perfdata= --perfdata-max=
            --perfdata-thresholds= --resolver= --trust-ad --timeout= --stage-timeout= --parallel= --help
            --version --list-findings --explain= --extra-opts=" ;;
    check_mx_cert)
        options="--domain= --host= --ocsp --crl --no-mta-sts --mta-sts-server= --port= --ipv4 --ipv6 --allow-loopback
            --tls-level= --match= --fingerprint= --sni= --min-tls= --tls-profile= --hello= --ca-file= --ca-dir=
            --client-cert= --client-key= --helo= --source-address= --days= --at= --warning= --critical=
            --stage-warning= --stage-critical= --on= --critical-only --verbose --format= --color= --output=
            --perfdata= --perfdata-max= --perfdata-thresholds= --resolver= --trust-ad --timeout=
            --stage-timeout= --parallel= --help --version --list-findings --explain= --extra-opts=" ;;
    check_partner_policy)
        options="--form= --partner= --outbound --inbound --own --no-own --draft= --print= --port= --ipv4 --ipv6
            --allow-loopback --tls-level= --match= --fingerprint= --sni= --min-tls= --tls-profile= --hello=
            --ca-file= --ca-dir= --client-cert= --client-key= --helo= --source-address= --days= --at= --warning=
            --critical= --stage-warning= --stage-critical= --on= --critical-only --verbose --format= --color=
            --output= --perfdata= --perfdata-max= --perfdata-thresholds= --resolver= --trust-ad --timeout=
            --stage-timeout= --parallel= --help --version --list-findings --explain= --extra-opts=" ;;
    check_mail_log)
        options="--form= --partner= --log= --journal --journal-directory= --since= --queue --verify= --waiting=
            --waiting-count= --at= --verbose --on= --format= --output= --perfdata= --perfdata-thresholds=
            --timeout= --help --version --list-findings --explain= --extra-opts=" ;;
    esac
    COMPREPLY=()
    if [[ -n $files ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    elif [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    elif [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
    fi
    return 0
}

complete -F _mailtls check_smtp_tls check_mx_cert check_partner_policy check_mail_log
