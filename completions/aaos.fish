# fish completion for the aaos programs: each knows its own options, verbs
# and values (--list-options, --list-verbs).

function __aaos_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -l previous $words[-1]
    set -l verb
    set -l prefix ''
    set -l value $current

    # What follows -- is somebody else's command line.
    if set -l at (contains -i -- -- $words)
        set -e words[1..$at]
        __fish_complete_subcommand --commandline $words $current
        return
    end
    if not command -q $program
        return
    end
    set -l verbs ($program --list-verbs 2>/dev/null)
    for word in $words[2..-1]
        if string match -q -- "$word"\t'*' $verbs
            set verb $word
            break
        end
    end
    if string match -q -- '--*=*' $current
        set previous (string replace -r '=.*' '' -- $current)
        set prefix $previous=
        set value (string replace -r '^[^=]*=' '' -- $current)
    end

    set -l names
    for line in ($program $verb --list-options 2>/dev/null)
        # --name, --name=ARG or --name[=ARG]; help; letter; a|b|c
        set -l field (string split \t -- $line)
        set -l name (string replace -r '[=[].*' '' -- $field[1])
        set -l must (string match -r '^[^=[]+=' -- $field[1])
        if test "$previous" != - && contains -- $previous $name -$field[3]
            if test -n "$prefix" -o -n "$must"
                if test -n "$field[4]"
                    printf '%s\n' $prefix(string split '|' -- $field[4])
                else
                    printf '%s\n' $prefix(__fish_complete_path $value)
                end
                return
            end
        end
        if test -n "$must"
            set -a names $must\t$field[2]
        else
            set -a names $name\t$field[2]
        end
    end
    if string match -q -- '-*' $current
        printf '%s\n' $names
    else if test -z "$verb" -a -n "$verbs"
        printf '%s\n' $verbs
    else
        __fish_complete_path $current
    end
end

for program in aaos-submit aaos-worker aaos-dispatch aaos-status \
        aaos-migrate aaos-loadgen aaos-verify
    complete -c $program -f -a '(__aaos_complete)'
end
