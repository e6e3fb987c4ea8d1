#!/bin/sh
# Write lib/sources.mk, the lists of files that Makefile.am includes.
#
# Automake knows no wildcards; this script is ours, so that nobody keeps
# lists by hand.  Run it (make sources) after a file came or went;
# tests/sources.test fails until then.
#
# Usage: sources.sh [--print]
set -eu
LC_ALL=C
export LC_ALL

cd "$(dirname "$0")/.."

# The programs there may be.  cmd/status-*.c belongs to aaos-status; what
# belongs to none of them is linked into all.
programs='submit worker dispatch status migrate loadgen verify'

# list VARIABLE FILE...: a make variable.  A pattern that matched nothing
# is still itself, and no such file exists.
list() {
    printf '\n%s =' "$1"
    shift
    for file; do
        if [ -e "$file" ]; then
            printf ' \\\n\t%s' "$file"
        fi
    done
    echo
}

# Without what a build leaves in the tree, and without the driver that
# ./configure may leave out.
library_files() {
    printf '%s\n' lib/*/*.[ch] | grep -v -e '-data\.h$' \
        -e '^lib/store/sql-.*\.h$' -e '^lib/db/db-postgres.*\.c$'
}

common_files() {
    for file in cmd/*.[ch]; do
        name=${file#cmd/}
        case " $programs " in
        *" ${name%%[-.]*} "*) continue ;;
        esac
        case $name in
        aaos-*) ;;
        *) echo "$file" ;;
        esac
    done
}

data_files() {
    find tests examples -type f ! -path '*/.*' ! -path 'tests/unit/*' \
        ! -path 'tests/bench/*.[ch]' ! -name '*.log' ! -name '*.trs' ! -name '*.o' ! -name '*~' | sort
}

program_lists() {
    present=
    for name in $programs; do
        if [ -e "cmd/aaos-$name.c" ]; then
            present="$present aaos-$name"
        fi
    done
    printf '\nbin_PROGRAMS =%s\n' "$present"
    for program in $present; do
        name=${program#aaos-}
        list "aaos_${name}_SOURCES" "cmd/$program.c" "cmd/$name"-*.[ch] \
            "cmd/$name".[ch]
        # shellcheck disable=SC2016
        printf 'aaos_%s_SOURCES += $(cmd_common)\n' "$name"
    done
}

unit_lists() {
    present=
    for file in tests/unit/test-*.c; do
        if [ -e "$file" ]; then
            present="$present ${file%.c}"
        fi
    done
    printf '\ncheck_PROGRAMS ='
    for test in $present; do
        printf ' \\\n\t%s' "$test"
    done
    echo
    for test in $present; do
        # shellcheck disable=SC2016
        printf '%s_SOURCES = %s.c $(unit_common)\n' \
            "$(echo "$test" | tr -c 'A-Za-z0-9\n' _)" "$test"
    done
}

# Programs that `make bench` builds: no code of ours is in them.
bench_lists() {
    printf '\nbench_programs ='
    for file in tests/bench/*.c; do
        printf ' \\\n\t%s' "${file%.c}"
    done
    echo
    for file in tests/bench/*.c; do
        printf '%s_SOURCES = %s tests/bench/bench.h\n' \
            "$(echo "${file%.c}" | tr -c 'A-Za-z0-9\n' _)" "$file"
    done
}

# File names in this tree hold no blanks: the lists may be split.
# shellcheck disable=SC2046
everything() {
    echo '# Written by build-aux/sources.sh (make sources); do not edit.'
    list libaaos_a_SOURCES $(library_files)
    list postgres_files lib/db/db-postgres*.c
    list sql_files lib/store/sql/*.sql
    list migration_files lib/store/sql/*/*.sql
    list lua_files lib/queue/lua/*.lua
    list profile_files lib/work/profiles/*.ini
    list prompt_files lib/work/profiles/*.md
    list cmd_common $(common_files)
    program_lists
    list unit_common $(printf '%s\n' tests/unit/*.[ch] | grep -v /test-)
    unit_lists
    bench_lists
    list test_scripts tests/*.test tests/deployments/*.test
    list bats_files tests/bats/*.bats
    list data_files $(data_files)
    list example_files $(find examples -type f ! -perm -u+x | sort)
    list example_scripts $(find examples -type f -perm -u+x | sort)
    list man_files man/*.[157]
    list doc_files HACKING.md NEWS.md README.md
}

if [ "${1-}" = --print ]; then
    everything
else
    everything >lib/sources.mk.tmp
    mv lib/sources.mk.tmp lib/sources.mk
fi
