# What a trial may not show; one line an offence, beginning with its letter.
#
#     awk -f check.awk kind=acks acks kind=tasks tasks kind=attempts attempts \
#         kind=actions actions kind=sink sink kind=log log
#
#     L  lost: acknowledged, and no final task
#     D  double: a key with two tasks, a task with two completed attempts
#     V  overlap: two attempts of one task ran at the same time
#     X  unknown: an attempt that ran, and the record does not say so, or
#        has the result of another
#     W  webhook: of a final task and never delivered, or under two ids
#
# acks      KEY TASK                    what the submitter was told
# tasks     TASK KEY STATUS WEBHOOK     from SQL; WEBHOOK is 1 or 0
# attempts  TASK ATTEMPT OUTCOME RESULT  from SQL; RESULT in hexadecimal
# actions   TASK ID                     from SQL: what it is told as
# sink      TRIAL ID SHA256 TASK        what has arrived
# log       EVENT TASK ATTEMPT ...      what the handlers did
#
# The lines of the log were appended by one write each, so their order is
# that of events: an attempt lives from its first line to its last.

function final(status) {
    return status == "completed" || status == "dead" || status == "cancelled"
}

# What tests/crash/effect prints, in hexadecimal: digits and a newline.
function result(attempt) {
    gsub(/[0-9]/, "3&", attempt)
    return attempt "0a"
}

function report(letter, text) {
    print letter " " text
}

kind == "acks" { acks[$1] = $2; next }

kind == "tasks" {
    if ($2 in task_of)
        report("D", "key " $2 " has tasks " task_of[$2] " and " $1)
    task_of[$2] = $1
    key_of[$1] = $2
    status[$1] = $3
    hooked[$1] = $4
    next
}

kind == "attempts" {
    outcome[$1, $2] = $3
    if ($3 == "completed" && ++completed[$1] == 2)
        report("D", "task " $1 " was completed twice")
    if ($3 == "completed" && $4 != result($2))
        report("X", "attempt " $2 " of " $1 " is recorded with the result " $4)
    next
}

kind == "actions" { action_of[$1] = $2; next }

kind == "sink" {
    if (!($4 in status))
        report("W", "a webhook of the unknown task " $4)
    else if (!final(status[$4]))
        report("W", "a webhook of task " $4 ", which is " status[$4])
    else if (action_of[$4] != $2)
        report("W", "task " $4 " was told as " $2 ", not as " action_of[$4])
    if (($4 in body) && body[$4] != $3)
        report("W", "two deliveries for task " $4 " differ")
    body[$4] = $3
    next
}

kind == "log" {
    run = $2 SUBSEP $3
    if ($1 == "start" && ($2, $3) in first)
        report("V", "attempt " $3 " of " $2 " started twice")
    if (!(run in first)) {
        first[run] = FNR
        task[run] = $2
        attempt[run] = $3 + 0
        runs[$2] = runs[$2] " " $3
    }
    last[run] = FNR
    next
}

function check_runs(id,    list, n, i, j, a, b) {
    n = split(runs[id], list, " ")
    for (i = 1; i <= n; i++) {
        a = id SUBSEP list[i]
        if (!(a in outcome) || outcome[a] == "handed_back")
            report("X", "attempt " list[i] " of " id " ran, the record says " \
                ((a in outcome) ? outcome[a] : "nothing"))
        for (j = i + 1; j <= n; j++) {
            b = id SUBSEP list[j]
            if (first[a] <= last[b] && first[b] <= last[a])
                report("V", "attempts " list[i] " and " list[j] " of " id)
        }
    }
}

END {
    for (key in acks)
        if (!(acks[key] in status) || !final(status[acks[key]]))
            report("L", "key " key ", task " acks[key] ": " \
                ((acks[key] in status) ? status[acks[key]] : "no such task"))
        else if (key_of[acks[key]] != key)
            report("D", "key " key " was told to be " acks[key] ", which is " \
                key_of[acks[key]])
    for (id in runs)
        check_runs(id)
    for (id in status)
        if (hooked[id] && final(status[id]) && !(id in body))
            report("W", "task " id " is " status[id] ", nobody was told")
}
