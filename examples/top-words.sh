#!/bin/sh
# A handler: measure one text.
#
#     aaos-worker -t analysis -j 4 -- examples/top-words.sh {}
#
# Prints one line, which becomes the result of the task: the file, its
# lines, its words, and the ten most frequent words of more than three
# letters with their counts, separated by tabs.
set -eu
LC_ALL=C
export LC_ALL

file=${1:?usage: top-words.sh FILE}
if [ ! -r "$file" ]; then
    echo "cannot read '$file'" >&2
    exit 66 # trying again would not help: the task is dead at once
fi

lines=$(wc -l <"$file")
words=$(wc -w <"$file")
top=$(tr '[:upper:]' '[:lower:]' <"$file" | tr -cs '[:alpha:]' '[\n*]' |
    awk 'length > 3' | sort | uniq -c | sort -k 1,1nr -k 2 |
    awk 'NR <= 10 { printf "%s%s %s", gap, $2, $1; gap = ", " }')
printf '%s\t%d\t%d\t%s\n' "$file" "$lines" "$words" "$top"
