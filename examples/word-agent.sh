#!/bin/sh
# A co-process: one program for many tasks.
#
#     aaos-worker -t qa --coprocess -j 4 -- examples/word-agent.sh
#
# It registers, then answers each assignment with the number of words in
# the description; the end of its input ends it.  The messages are those of
# aaos(7), CO-PROCESSES.
echo '{"type":"register","agent_type":"words"}'
exec jq -nc --unbuffered 'inputs | select(.type == "task_assignment") |
    {type: "task_complete", task_id,
     result: {words: (.description | split(" ") | length)}}'
