#!/usr/bin/env bats
# aaos-worker(1): what is claimed ahead fits into memory.

# shellcheck disable=SC2016,SC2030,SC2031
load helper

large_tasks() { # how many, of 900,000 bytes each
    local i

    head -c 900000 /dev/zero | tr '\0' x >pad
    for ((i = 0; i < $1; i++)); do
        printf '{"description":"large task %d","payload":"%s"}\n' "$i" \
            "$(cat pad)"
    done
}

peak_mib() { # pid
    awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$1/status"
}

@test "a worker does not fill its memory with large tasks" {
    [ -z "${AAOS_SANITIZERS-}" ] || skip 'sanitizers keep what was freed'
    large_tasks 150 | aaos-submit >ids
    is "$(wc -l <ids)" 150
    start_worker --builtin noop
    wait_until '[ "$(count "status = '\''completed'\''")" = 150 ]'
    [ "$(peak_mib "$worker")" -lt 120 ]
}
