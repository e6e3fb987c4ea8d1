#!/usr/bin/env bats
# The option table is the truth; manual pages, examples and completions
# agree with it, and with what the programs do.

load helper

# Options are compared as "--database= d": the name, "=" or "[" if it takes
# an argument, the letter.

# What the program says, for all verbs or for one.
table() { # program, [verb]
    "$@" --list-options | awk -F '\t' '{
        name = $1
        sub(/[=[].*/, "", name)
        print name substr($1, length(name) + 1, 1), $3
    }' | sort
}

verbs_of() { # program
    "$1" --list-verbs 2>/dev/null | cut -f 1
}

# All that some verb knows.
whole_table() { # program
    local verb

    {
        table "$1"
        for verb in $(verbs_of "$1"); do
            table "$1" "$verb"
        done
    } | sort -u
}

# What the page says, in its lists of options.
page_options() { # page
    awk '
        function form(i) {
            if ($i == "Ar" || $i == "Ns" && $(i + 1) == "=")
                return "="
            return $i == "Ns" && $(i + 1) == "Op" ? "[" : ""
        }
        /^\.It Fl / {
            name = letter = ""
            for (i = 2; i < NF; i++) {
                if ($i != "Fl")
                    continue
                if ($(i + 1) ~ /^-/)
                    name = "-" $(i + 1) form(i + 2)
                else
                    letter = $(i + 1)
                if (!name && $(i + 1) !~ /^-/)
                    short = "-" letter form(i + 2)
            }
            print (name ? name : short), letter
        }' "$1" | sort
}

# The flags in the synopsis of a verb, as written there: "-since", "t".
synopsis_flags() { # page, verb
    awk -v verb="$2" '
        function flags(    i, on) {
            for (i = 1; i <= NF; i++) {
                if ($i ~ /^\.?Fl$/)
                    on = 1
                else if ($i ~ /^\.?(Ar|Cm|Ns|Op|No)$/)
                    on = 0
                else if (on && $i != "|")
                    print $i
            }
        }
        /^\.It Xo$/ { inside = 1; next }
        /^\.Xc$/ { inside = 0 }
        inside && /^\.Cm / { ours = $2 == verb; next }
        inside && ours { flags() }' "$1" | sort -u
}

page_verbs() { # page
    awk '
        /^\.Ss Verbs$/ { on = 1; next }
        /^\.S[sh] / { on = 0 }
        on && /^\.It Cm / { print $3 }
        /^\.It Xo$/ { item = on; next }
        /^\.Xc$/ { item = 0 }
        item && /^\.Cm / { print $2 }' "$1" | sort -u
}

page() { # program
    printf '%s/man/%s.1\n' "$AAOS_SRCDIR" "$1"
}

programs() {
    local path

    if [ -n "${AAOS_PROGRAMS-}" ]; then
        echo "$AAOS_PROGRAMS"
        return
    fi
    for path in "$AAOS_BUILDDIR"/aaos-*; do
        if [ -f "$path" ] && [ -x "$path" ]; then
            echo "${path##*/}"
        fi
    done
}

@test "every program has a manual page, and every page its program" {
    programs | tr -s ' ' '\n' | grep . | sort >built
    find "$AAOS_SRCDIR/man" -name '*.1' | sed 's|.*/||; s|\.1$||' |
        sort >documented
    diff -u built documented
}

@test "every option is in the manual page, with its letter, and no other" {
    for program in $(programs); do
        whole_table "$program" >wanted
        [ -s wanted ]
        page_options "$(page "$program")" >found
        diff -u wanted found
    done
}

@test "every verb is in the manual page, and no other" {
    for program in $(programs); do
        verbs_of "$program" | sort >wanted
        page_verbs "$(page "$program")" >found
        diff -u wanted found
    done
}

@test "the synopsis of a verb has its options, and no other" {
    for program in $(programs); do
        table "$program" >shared
        for verb in $(verbs_of "$program"); do
            table "$program" "$verb" | comm -23 - shared |
                awk '{
                    sub(/^-/, "", $1)
                    sub(/[=[]$/, "", $1)
                    print $2 ? $2 : $1
                }' | sort >wanted
            synopsis_flags "$(page "$program")" "$verb" >found
            diff -u wanted found
        done
    done
}

@test "help names every option of the program and of the verb" {
    for program in $(programs); do
        for verb in '' $(verbs_of "$program"); do
            # shellcheck disable=SC2086
            "$program" $verb --help >help
            table "$program" ${verb:+"$verb"} | while read -r name _; do
                grep -qF -e "$name" help
            done
        done
    done
}

@test "bash completes the very same options" {
    for program in $(programs); do
        for verb in '' $(verbs_of "$program"); do
            table "$program" ${verb:+"$verb"} |
                sed 's/ .*//; s/\[$//' | sort >wanted
            # shellcheck disable=SC2016
            bash -c '. "$AAOS_SRCDIR/completions/aaos.bash"
                COMP_WORDS=("$@" -) COMP_CWORD=$#
                "$(complete -p "$1" | sed "s/.*-F \([^ ]*\).*/\1/")" "$1"
                printf "%s\n" "${COMPREPLY[@]}"' \
                bash "$program" ${verb:+"$verb"} | sort >found
            diff -u wanted found
        done
    done
}

@test "every setting is in aaos.conf(5), and no other" {
    aaos-status --show-config | sed 's/ = .*//' | sort >wanted
    awk '
        /^\.S[hs] / { section = "" }
        /^\.Ss \[[a-z]*\]/ { section = substr($2, 2, length($2) - 2) }
        section && /^\.It Ic / { print section "." $3 }' \
        "$AAOS_SRCDIR/man/aaos.conf.5" | sort >found
    diff -u wanted found
}

# What aaos.conf would say if every line of the example counted.
everything() {
    sed 's/^#\([a-z_0-9]* =\)/\1/' "$AAOS_SRCDIR/examples/aaos.conf" >all.conf
    aaos-status --config all.conf --show-config
}

# Those that have no default have an example for a value.
@test "examples/aaos.conf has every setting, with its default" {
    others='^(database\.url|paths\.state_dir|budget\.|[a-z]+ [a-z0-9]+\.)'
    everything | grep -Ev "$others" >found
    run -1 grep -v 'all\.conf:[0-9]*$' found
    aaos-status --show-config | grep -Ev "$others" >wanted
    diff -u <(sed 's/  # .*//' wanted) <(sed 's/  # .*//' found)
    grep -q '^#url = sqlite:' "$AAOS_SRCDIR/examples/aaos.conf"
    grep -q '^#state_dir = /' "$AAOS_SRCDIR/examples/aaos.conf"
}

@test "settings of sections with names are in aaos.conf(5), and no other" {
    everything | sed -nE 's/^([a-z]+) [a-z0-9]+(\.[a-z_0-9]+) = .*/\1\2/p' |
        sort -u >wanted
    awk '
        /^\.S[hs] / { section = "" }
        /^\.Ss \[[a-z]* NAME\]/ || /^\.Ss \[model ALIAS\]/ {
            section = substr($2, 2)
        }
        section && /^\.It Ic / {
            gsub(/Ns = Ns Ar [^,]*/, "")
            gsub(/\.It|Ic|,/, "")
            for (i = 1; i <= NF; i++)
                print section "." $i
        }' "$AAOS_SRCDIR/man/aaos.conf.5" | sort >found
    diff -u wanted found
}

@test "examples/aaos.conf changes nothing as it is" {
    aaos-status --show-config >wanted
    aaos-status --config "$AAOS_SRCDIR/examples/aaos.conf" \
        --show-config >found
    diff -u wanted found
}

@test "the defaults in aaos.conf(5) are those of the table" {
    mandoc -Tascii "$AAOS_SRCDIR/man/aaos.conf.5" | col -b >text
    aaos-status --show-config | grep '# default$' |
        sed 's/^[a-z]*\.//; s/  # default$//' | while read -r name _ value; do
        case $name in
        url | state_dir | types) continue ;;
        task | workflow | agent_day | day | total) continue ;; # no default
        esac
        awk -v name="$name=" -v value="$value" '
            index($1, name) == 1 && NF == 1 { on = 1; next }
            on && /^ *[a-z_]+=/ { on = 0 }
            on {
                gsub(/,/, " ")
                text = text " " $0
            }
            END {
                gsub(/,/, " ", value)
                gsub(/[. ]+/, " ", text)
                exit index(text " ", " " value " ") == 0
            }' text || {
            echo "$name: the page does not say '$value'" >&2
            exit 1
        }
    done
}

@test "every exit status is in aaos(7), and no other" {
    {
        echo 0
        sed -n 's/^ *ERR_[A-Z]* = \([0-9]*\).*/\1/p' \
            "$AAOS_SRCDIR/lib/core/err.h"
    } | sort -u >wanted
    statuses "$AAOS_SRCDIR/man/aaos.7" >found
    diff -u wanted found
}

statuses() { # page
    awk '/^\.Sh / { on = $2 == "EXIT" } on && /^\.It [0-9]/ { print $2 }' \
        "$1" | sort -u
}

@test "the pages name no other exit status than aaos(7)" {
    statuses "$AAOS_SRCDIR/man/aaos.7" >known
    for program in $(programs); do
        statuses "$(page "$program")" >found
        grep -qx 0 found
        grep -qx 64 found
        [ -z "$(comm -13 known found)" ]
    done
}

@test "the columns in aaos-status(1) are those of the lists" {
    # Logs and events must be there: without a row there is no list.
    id=$(aaos-submit probe)
    drain -- sh -c 'echo said >&2'
    for verb in actions agents attempts calls events logs queues tasks ticks; do
        case $verb in
        attempts | calls | logs) run -64 aaos-status "$verb" -F help "$id" ;;
        *) run -64 aaos-status "$verb" -F help ;;
        esac
        echo "${output#*the fields are }" | tr -d ' ' | tr ',' '\n' >wanted
        awk -v verb="$verb" '
            /^\.It / { on = 0; item = $2 == "Xo" }
            item && /^\.Cm / { on = $2 == verb; item = 0 }
            on && /^Columns/ { listing = 1 }
            /^\.(It|El|Ss)/ { listing = 0 }
            on && listing && /^\.Va/ {
                for (i = 2; i <= NF; i++)
                    if ($i ~ /^[a-z]/)
                        print $i
            }' "$(page aaos-status)" >found
        diff -u wanted found
    done
}

@test "every key of a record that aaos(7) names is known" {
    awk '
        /^\.Sh / { on = $2 == "TASK" }
        on && /^\.It Va / { print $3 }' "$AAOS_SRCDIR/man/aaos.7" >keys
    grep -qx description keys
    while read -r key; do
        if [ "$key" != description ]; then
            printf '{"description":"probe","%s":null}\n' "$key"
        fi
    done <keys | aaos-submit --dry-run
}

@test "the environment of a handler is what aaos(7) says" {
    aaos-submit --workflow release --timeout 60 probe
    drain -- env
    # What was there before is inherited; what is new is the worker's.
    aaos-status results | sed -n 's/^\(AAOS_[A-Z_]*\|TRACEPARENT\)=.*/\1/p' |
        sort >all
    env | sed -n 's/^\(AAOS_[A-Z_]*\)=.*/\1/p' | sort >before
    comm -23 all before >wanted
    awk '
        /^\.S[hs] / { on = $2 == "HANDLERS" }
        on && /^\.It Ev / { print $3 }' "$AAOS_SRCDIR/man/aaos.7" |
        sort >found
    diff -u wanted found
}

@test "mandoc finds nothing wrong in the pages" {
    cd "$AAOS_SRCDIR/man"
    run -0 mandoc -Tlint -W warning ./*.[157]
    [ -z "$output" ]
}

@test "every page has its sections, in their order" {
    for file in "$AAOS_SRCDIR"/man/*.1; do
        sed -n 's/^\.Sh //p' "$file" >found
        printf '%s\n' NAME SYNOPSIS DESCRIPTION ENVIRONMENT FILES \
            'EXIT STATUS' EXAMPLES 'SEE ALSO' CAVEATS >wanted
        diff -u wanted found
    done
}

@test "every page that is referred to is there" {
    cd "$AAOS_SRCDIR/man"
    sed -n 's/^\.\(It \)\{0,1\}Xr \(aaos[^ ]*\) \([0-9]\).*/\2.\3/p' ./*.[157] |
        sort -u | while read -r file; do
        [ -f "$file" ] || {
            echo "$file is not there" >&2
            exit 1
        }
    done
}
