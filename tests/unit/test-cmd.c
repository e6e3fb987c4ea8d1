/*
 * The promises of cmd.h about the command line.
 */
#include "config.h"

#include "core/cmd.h"

#include <stdlib.h>

#include "programs.h"
#include "tap.h"

static void test_options(void)
{
    prints(submit, "submit -t code -p 7 a b",
           "code 7 -1 -1 0 - q0 v0 o4 d-1: a b",
           "short options with arguments behind them");
    prints(submit, "submit -tcode -p7", "code 7 -1 -1 0 - q0 v0 o4 d-1:",
           "short options with arguments in them");
    prints(submit, "submit --type=code --priority 7 --delay=1.5s --limit 2k",
           "code 7 1500000 2048 0 - q0 v0 o4 d-1:", "long options, both ways");
    prints(submit, "submit --ty code --ho",
           "code -1 -1 -1 1 - q0 v0 o4 d-1:", "abbreviations");
    prints(submit, "submit -qvvp0 3", "none 0 -1 -1 0 - q1 v2 o4 d-1: 3",
           "a cluster ends at an argument");
}

static void test_operands(void)
{
    prints(submit, "submit a -q b - -v c",
           "none -1 -1 -1 0 - q1 v1 o4 d-1: a b - c", "options stand anywhere");
    prints(submit, "submit a -- -q -- b",
           "none -1 -1 -1 0 - q0 v0 o4 d1: a -q -- b",
           "nothing behind -- is an option");
    prints(submit, "submit -q --",
           "none -1 -1 -1 0 - q1 v0 o4 d0:", "-- may be last");
    setenv("POSIX", "1", 1);
    prints(submit, "submit -v make -q --",
           "none -1 -1 -1 0 - q0 v1 o4 d-1: make -q --",
           "the first operand can end the options");
    unsetenv("POSIX");
}

static void test_callbacks(void)
{
    prints(submit, "submit -m a=1 --meta b=2 --until --until=all x -u y",
           "none -1 -1 -1 0 <a=1><b=2><><all><> q0 v0 o4 d-1: x y",
           "called for each, an optional argument only behind '='");
    run(submit, "submit -m bad");
    ok(got.status == 65, "a callback decides the status");
    is(got.err,
       "aaos-submit: option '-m': is bad\n"
       "hint: try 'aaos-submit --help'\n",
       "... and the message");
}

static void test_bad_usage(void)
{
    refuses(submit, "submit --priorty 3", "unknown option '--priorty'",
            "did you mean '--priority'?");
    refuses(submit, "submit -x", "unknown option '-x'",
            "try 'aaos-submit --help'");
    refuses(submit, "submit -qx", "unknown option '-x'",
            "try 'aaos-submit --help'");
    refuses(submit, "submit --l", "option '--l' is ambiguous",
            "did you mean '--limit' or '--list-options'?");
    refuses(submit, "submit --type", "option '--type' needs an argument",
            "write: --type TYPE");
    refuses(submit, "submit --hold=yes", "option '--hold' takes no argument",
            "try 'aaos-submit --help'");
    refuses(submit, "submit -p 11",
            "option '-p': must be an integer from 0 to 10 (got '11')",
            "try 'aaos-submit --help'");
    refuses(submit, "submit -o xml",
            "option '-o': must be one of table|json|jsonl|tsv (got 'xml')",
            "try 'aaos-submit --help'");
    refuses(submit, "submit --=x", "unknown option '--'",
            "try 'aaos-submit --help'");
}

static void test_verbs(void)
{
    prints(dispatch, "dispatch -n pause --reason x -t code",
           "pause x code n1 (null) none:", "the verb's options follow it");
    prints(dispatch, "dispatch -d my.db -r redis://h cancel 1 -n 2",
           "cancel none none n1 my.db redis: 1 2", "the rest are operands");
    prints(dispatch, "dispatch --reason x -- cancel -- -1",
           "cancel x none n0 (null) none: -- -1", "a verb may follow --");
    refuses(dispatch, "dispatch -n", "a verb is missing",
            "try 'aaos-dispatch --help'");
    refuses(dispatch, "dispatch pasue", "unknown verb 'pasue'",
            "did you mean 'pause'?");
    refuses(dispatch, "dispatch --type x pause", "unknown option '--type'",
            "write it behind the verb: aaos-dispatch VERB --type");
    refuses(dispatch, "dispatch resume --type x", "unknown option '--type'",
            "try 'aaos-dispatch --help'");
}

static void test_a_default_verb(void)
{
    prints(status, "dispatch",
           "pause none none n0 (null) none:", "it is taken when there is none");
    prints(status, "dispatch -t code",
           "pause none code n0 (null) none:", "its options count");
    refuses(status, "dispatch -t code resume",
            "option '-t' belongs to verb 'pause'",
            "try 'aaos-dispatch --help'");
}

int main(void)
{
    clean_env();
    test_options();
    test_operands();
    test_callbacks();
    test_bad_usage();
    test_verbs();
    test_a_default_verb();
    free(got.out);
    free(got.err);
    return tap_done();
}
