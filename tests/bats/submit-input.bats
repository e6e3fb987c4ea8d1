#!/usr/bin/env bats
# aaos-submit(1): what it makes of bad input.  A refusal names the line, the
# field and the rule; the lines around it are stored; the status is 65.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034
load helper

# refuses PATTERN <RECORD: between two good ones.
refuses() {
    {
        echo 'the line before'
        cat
        echo 'the line after'
    } >input
    run --separate-stderr -65 aaos-submit <input
    like "$stderr" "aaos-submit: line 2: $1"
    is "${#stderr_lines[@]}" 1
    is "${#lines[@]}" 2
    is "$(sql 'SELECT description FROM task_bodies ORDER BY seq')" \
        $'the line before\nthe line after'
}

# times N TEXT: TEXT again and again.
times() {
    yes "$2" | head -n "$1" | tr -d '\n'
}

description() { # of all tasks
    sql 'SELECT description FROM task_bodies ORDER BY seq'
}

# --- priority ----------------------------------------------------------------

@test "a priority above 10 is refused" {
    refuses 'priority: must be an integer from 0 to 10 (got 11)' \
        <<<'{"description":"too urgent","priority":11}'
}

@test "a priority below 0 is refused" {
    refuses 'priority: must be an integer from 0 to 10 (got -1)' \
        <<<'{"description":"too lazy","priority":-1}'
}

@test "a priority that is a word is refused" {
    refuses 'priority: must be an integer from 0 to 10 (got "high")' \
        <<<'{"description":"by word","priority":"high"}'
}

@test "a priority that is no whole number is refused" {
    refuses 'priority: must be an integer from 0 to 10 (got 5.5)' \
        <<<'{"description":"in between","priority":5.5}'
}

@test "a priority that no machine can hold is refused, not rounded" {
    refuses 'priority: must be an integer from 0 to 10 (got 1e400)' \
        <<<'{"description":"beyond all","priority":1e400}'
}

@test "a priority of 401 digits is refused, and not all of it is repeated" {
    refuses 'priority: must be an integer from 0 to 10 (got 1000*...)' \
        <<<"{\"description\":\"very long\",\"priority\":1$(times 400 0)}"
    [ "${#stderr}" -lt 200 ]
}

@test "0 and 10 are priorities" {
    run -0 aaos-submit <<<'{"description":"first","priority":0}
{"description":"second","priority":10}'
    is "$(sql 'SELECT priority FROM tasks ORDER BY seq' | paste -sd,)" 0,10
}

# --- description -------------------------------------------------------------

@test "a description of 2 characters is refused" {
    refuses 'description: must have 3 to 2000 characters (got 2)' <<<'ab'
}

@test "a description of 2001 characters is refused" {
    refuses 'description: must have 3 to 2000 characters (got 2001)' \
        <<<"$(times 2001 x)"
}

@test "characters count, not bytes: 2000 of two bytes each are stored" {
    run -0 aaos-submit <<<"$(times 2000 é)"
    is "$(description)" "$(times 2000 é)"
}

@test "characters count, not bytes: 2001 of two bytes each are refused" {
    refuses 'description: must have 3 to 2000 characters (got 2001)' \
        <<<"$(times 2001 é)"
}

@test "two characters of three bytes each are no description" {
    refuses 'description: must have 3 to 2000 characters (got 2)' <<<'語語'
}

@test "a record without a description is refused" {
    refuses 'description: is required' <<<'{"priority":5}'
}

@test "a description that is a number is refused" {
    refuses 'description: must*' <<<'{"description":12345}'
}

# --- names -------------------------------------------------------------------

@test "an unknown type is refused with the nearest name" {
    refuses "task_type: unknown type 'reserach' (did you mean 'research'?)" \
        <<<'{"description":"a good one","task_type":"reserach"}'
}

@test "a type that is like none is refused without a guess" {
    refuses "task_type: unknown type 'xylophone'" \
        <<<'{"description":"a good one","task_type":"xylophone"}'
}

@test "a type of the configuration is known" {
    settings task.types=xylophone
    run -0 aaos-submit -t xylophone 'play a tune'
    is "$(sql 'SELECT task_type FROM tasks')" xylophone
}

@test "an unknown key is refused with the nearest name" {
    refuses "unknown key 'priorty' (did you mean 'priority'?)" \
        <<<'{"description":"a good one","priorty":5}'
}

@test "a duplicate key is refused" {
    refuses "JSON: at byte *: duplicate key 'priority'" \
        <<<'{"description":"a good one","priority":1,"priority":2}'
}

@test "a duplicate key is one however it is escaped" {
    refuses "JSON: at byte *: duplicate key '*'" \
        <<<'{"description":"a good one","priority":1,"pri\u006frity":2}'
}

@test "a duplicate key deep in the payload is refused, too" {
    refuses "JSON: at byte *: duplicate key 'a'" \
        <<<'{"description":"a good one","payload":[{"a":1,"a":1}]}'
}

# --- bytes -------------------------------------------------------------------

@test "a line that is no UTF-8 is refused" {
    refuses '*UTF-8*' < <(printf 'bad \377 byte\n')
}

@test "an overlong sequence is no UTF-8" {
    refuses '*UTF-8*' < <(printf 'a slash: \300\257\n')
}

@test "a record that is no UTF-8 is refused" {
    refuses 'JSON: at byte *UTF-8*' \
        < <(printf '{"description":"bad \377 byte"}\n')
}

@test "a surrogate without its other half is refused" {
    refuses 'JSON: at byte *: half of a surrogate pair' \
        <<<'{"description":"half \ud83d of it"}'
}

@test "a NUL byte is refused" {
    refuses 'must not contain a NUL byte (at 7)' < <(printf 'before \0after\n')
}

@test "a NUL that is escaped is refused" {
    refuses 'JSON: at byte *: \\u0000 is not allowed' \
        <<<'{"description":"before \u0000 after"}'
}

@test "what is refused reaches the terminal escaped" {
    refuses "task_type: unknown type '*'" \
        <<<'{"description":"a good one","task_type":"\u001b[2Jqa"}'
    [[ $stderr != *$'\e'* ]]
}

# --- size --------------------------------------------------------------------

@test "nesting of 100,000 is refused" {
    refuses 'JSON: at byte *: nested more than 64 deep' < <(
        printf '{"description":"a deep one","payload":'
        times 100000 '['
        times 100000 ']'
        printf '}\n'
    )
}

@test "nesting of 100,000 that never ends is refused" {
    refuses 'JSON: at byte *: nested more than 64 deep' < <(
        printf '{"description":"a deep one","payload":'
        times 100000 '{"a":'
        echo
    )
}

# bounded MIB COMMAND...; but a sanitizer reserves terabytes of addresses.
bounded() {
    local limit=$1

    shift
    if [ -n "${AAOS_SANITIZERS-}" ]; then
        "$@"
    else
        prlimit --as=$((limit << 20)) "$@"
    fi
}

@test "a line of 100 MB is refused in bounded memory" {
    run --separate-stderr -65 bounded 64 aaos-submit < <(
        echo 'the line before'
        head -c 100000000 /dev/zero | tr '\0' x
        printf '\nthe line after\n'
    )
    is "$stderr" \
        'aaos-submit: line 2: must not be longer than 1048576 bytes'
    is "$(description)" $'the line before\nthe line after'
}

@test "a line of 100 MB without an end is refused in bounded memory" {
    run --separate-stderr -65 bounded 64 aaos-submit < <(
        echo 'the line before'
        printf '{"description":"'
        head -c 100000000 /dev/zero | tr '\0' x
    )
    is "$stderr" \
        'aaos-submit: line 2: must not be longer than 1048576 bytes'
    is "$(description)" 'the line before'
}

@test "many lines need no more memory than one" {
    yes "$(times 2000 y)" | head -n 60000 >input
    run -0 --separate-stderr bounded 128 aaos-submit <input
    is "$(count)" 60000
}

@test "a line of the greatest length is taken, one byte more is not" {
    settings submit.max_line=2k
    local head='{"description":"as long as can be","payload":"' tail='"}'
    local fill

    fill=$(times $((2048 - ${#head} - ${#tail})) z)
    refuses 'must not be longer than 2048 bytes' <<<"${head}${fill}z$tail"
    run -0 aaos-submit <<<"$head$fill$tail"
}

# --- form --------------------------------------------------------------------

@test "a record torn off at the end of the input is refused as such" {
    run --separate-stderr -65 aaos-submit < <(
        printf 'the line before\n{"description":"torn o'
    )
    like "$stderr" \
        'aaos-submit: line 2: the input ends in the middle: JSON: at byte *'
    is "$(description)" 'the line before'
}

@test "a last line without a newline is a line" {
    run -0 aaos-submit < <(printf 'the first line\nthe last line')
    is "$(description)" $'the first line\nthe last line'
}

@test "what comes behind a record on its line is refused" {
    refuses 'JSON: at byte *' <<<'{"description":"a good one"} {"more":1}'
}

@test "a carriage return at the end of a line is dropped" {
    run -0 aaos-submit < <(
        printf 'from a DOS file\r\n{"description":"another one"}\r\n'
    )
    is "$(description)" $'from a DOS file\nanother one'
}

@test "a byte order mark at the start is dropped" {
    run -0 aaos-submit < <(printf '\357\273\277{"description":"marked"}\n')
    is "$(description)" marked
}

@test "empty lines are dropped, and counted" {
    run --separate-stderr -65 aaos-submit < <(
        printf '\nthe first line\n\r\n\n{"priority":5}\n\n'
    )
    is "$stderr" 'aaos-submit: line 5: description: is required'
    is "$(description)" 'the first line'
}

@test "no input is no task and no error" {
    run --separate-stderr -0 aaos-submit </dev/null
    is "$output$stderr" ''
}

# --- numbers -----------------------------------------------------------------

@test "numbers that no machine can hold stay as they were written" {
    local big metadata payload

    big=1$(times 400 0)
    metadata="{\"power\":$big, \"exponent\":1e400, \"twenty\":12345678901234567890}"
    payload='{"a":12345678901234567890,"b":1e400,"c":0.10000000000000000001}'
    run -0 aaos-submit \
        <<<"{\"description\":\"exactly\",\"metadata\":$metadata,\"payload\":$payload}"
    is "$(sql 'SELECT metadata FROM task_bodies')" "$metadata"
    run -0 aaos-status task "$output" -o jsonl
    like "$output" "*\"metadata\":$metadata*"
    like "$output" "*\"payload\":$payload*"
}

# --- what remains ------------------------------------------------------------

@test "every bad line is named, every good one stored" {
    run --separate-stderr -65 aaos-submit < <(
        printf '%s\n' 'good one' xy 'good two' '{"priority":1}' 'good three' z
    )
    is "$(cut -d: -f2 <<<"$stderr" | paste -sd,)" ' line 2, line 4, line 6'
    is "$(description)" $'good one\ngood two\ngood three'
    is "${#lines[@]}" 3
}

@test "a bad argument is named as the argument it is" {
    run --separate-stderr -65 aaos-submit 'good one' no 'good two'
    is "$stderr" 'aaos-submit: argument 2: description: must have 3 to 2000 characters (got 2)'
    is "$(description)" $'good one\ngood two'
}

@test "--rejects keeps the refused lines, byte for byte" {
    printf '%s\n' 'good one' xy '{"description":"a b","priority":"high"}' \
        'good two' >input
    run -65 aaos-submit --rejects rejects <input
    is "$(cat rejects)" "$(sed -n 2,3p input)"
    run -0 aaos-submit --rejects rejects 'good three'
    [ ! -s rejects ]
}
