#!/bin/bash
# 200 runs that get SIGTERM at a random moment, eight at once: none crashes, and each says what it knows in good form.
# Usage: sigterm.sh [BUILD]. Ends by itself within two minutes; exit status 0 if all is well.
set -u
build=${1:-build} runs=200 at_once=8
here=$(dirname "$0")
dir=$(mktemp -d)
coproc SERVER { exec "$build/lab" --bin "$build" --serve "$here/sigterm.scenario"; }
server=$SERVER_PID
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$dir"' EXIT

while read -r -t 10 -u "${SERVER[0]}" line; do
    eval "$line"
    [[ ${line%%=*} == DIR ]] && break # the last one
done
[[ ${DIR:-} ]] || { echo "sigterm.sh: the lab did not start"; exit 1; }

# Whether the plugin has begun. From then on it blocks SIGTERM, but where it waits for it, which is when it has threads.
has_begun() {
    local name value
    [[ -d /proc/$1 ]] || return 0 # and ended too
    [[ $(</proc/"$1"/comm) == check_smtp_tls ]] || return 1
    while read -r name value; do
        case $name in
        State:) [[ $value == Z* ]] && return 0 ;;
        Threads:) [[ $value -gt 1 ]] && return 0 ;;
        SigBlk:) return $((0x$value & 0x4000 ? 0 : 1)) ;;
        esac
    done <"/proc/$1/status"
    return 0
}

# One run: its exit status and output are left in $dir/$1.
one() {
    local options=("-a info@example.test" "-d example.test -v" "-d wide.test" "-d example.test --format json"
                   "-a info@example.test -vvv --parallel 2" "--refuses-plaintext a@b.example -d example.test"
                   "-d example.test --tls-level dane"
                   "-d half.test")
    # shellcheck disable=SC2086
    "$build/check_smtp_tls" --resolver "$NS" --port "$PORT" --ca-file "$CA" -t 10 ${options[$1 % ${#options[@]}]} >"$dir/$1.out" 2>"$dir/$1.err" &
    local pid=$!
    until has_begun "$pid" || ((SECONDS >= deadline)); do
        sleep 0.02
    done
    sleep "$2"
    kill -TERM "$pid" 2>/dev/null
    wait "$pid"
    echo $? >"$dir/$1.status"
}

# Status and text agree; one bar in the default format, and none behind the first line.
check() {
    local status first states=(OK WARNING CRITICAL UNKNOWN)
    status=$(<"$dir/$1.status")
    first=$(head -n 1 "$dir/$1.out")
    [[ $status -le 3 && ! -s $dir/$1.err ]] || return 1
    if [[ $first == "{"* ]]; then
        jsons+=("$dir/$1.out")
        return 0
    fi
    [[ $first == "SMTP_TLS ${states[$status]} - "*" | time="* && $(tr -cd '|' <"$dir/$1.out") == "|" ]]
}

failed=0 jsons=() deadline=$((SECONDS + 110))
for ((i = 0; i < runs && SECONDS < deadline; i += at_once)); do
    jobs=()
    for ((k = i; k < i + at_once; k++)); do
        one "$k" "0.$(printf %03d $((RANDOM % 400)))" 2>/dev/null &
        jobs+=($!)
    done
    wait "${jobs[@]}"
    for ((k = i; k < i + at_once; k++)); do
        if ! check "$k"; then
            failed=$((failed + 1))
            echo "run $k: exit status $(<"$dir/$k.status")"
            head -c 400 "$dir/$k.out" "$dir/$k.err"
        fi
    done
done
python3 -c 'import json, sys; [json.load(open(f)) for f in sys.argv[1:]]' "${jsons[@]}" || failed=$((failed + 1))
echo "$i runs, $failed failed"
[[ $failed == 0 && $i -ge $runs ]]
