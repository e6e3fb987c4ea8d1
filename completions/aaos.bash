# shellcheck shell=bash
# bash completion for the aaos programs: each knows its own options, verbs
# and values (--list-options, --list-verbs).

# Print one field of the options: their names, or the values of $option.
_aaos_options() { # program, verb, option
    "$1" ${2:+"$2"} --list-options 2>/dev/null | awk -F '\t' -v want="$3" '
        {
            name = $1
            sub(/[=[].*/, "", name)
            argument = substr($1, length(name) + 1, 1)
        }
        want == "" { print name (argument == "=" ? "=" : "") }
        want == name || want == "-" $3 {
            gsub(/\|/, "\n", $4)
            print argument "\n" $4
        }'
}

_aaos() {
    local program=$1 cur=${COMP_WORDS[COMP_CWORD]} option='' verb=''
    local prev=${COMP_WORDS[COMP_CWORD - 1]} verbs values i

    COMPREPLY=()
    verbs=$("$program" --list-verbs 2>/dev/null | cut -f 1)
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} == -- ]]; then
            # What follows is somebody else's command line.
            if declare -F _command_offset >/dev/null; then
                _command_offset $((i + 1))
            fi
            return
        fi
        if [[ -z $verb && $'\n'$verbs$'\n' == *$'\n'"${COMP_WORDS[i]}"$'\n'* ]]
        then
            verb=${COMP_WORDS[i]}
        fi
    done

    # Bash makes three words of --output=json.
    if [[ $cur == = ]]; then
        option=$prev cur=''
    elif [[ $prev == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [[ $option == -* || $prev == -?* ]]; then
        values=$(_aaos_options "$program" "$verb" "${option:-$prev}")
        # After --name=, or a --name that must have a value.
        if [[ -n $option || $values == =* ]]; then
            values=${values#*$'\n'}
            mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
            return
        fi
    fi

    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(
            compgen -W "$(_aaos_options "$program" "$verb" '')" -- "$cur")
        if [[ ${COMPREPLY[0]-} == *= ]]; then
            compopt -o nospace 2>/dev/null
        fi
    elif [[ -z $verb ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur")
    fi
}
complete -o default -F _aaos aaos-submit aaos-worker aaos-dispatch \
    aaos-status aaos-migrate aaos-loadgen aaos-verify
