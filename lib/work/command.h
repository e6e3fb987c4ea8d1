/*
 * command.h - the handler "-- COMMAND"; private to command*.c
 */
#ifndef AAOS_WORK_COMMAND_H
#define AAOS_WORK_COMMAND_H

#include "work/internal.h"

enum { COMMAND_PIECE = 65536 };

struct command {
    char *path;
    struct environment *environment;
    struct arguments *arguments;
    char *piece;
};

/* command-pipes.c: ours go to job->fds, the child's to `child`. */
int command_pipes_open(struct job *job, int child[PIPES], struct err *err);
void command_pipes_close(int fds[PIPES]);
/* Before the child is started: what fits of its input. */
void command_feed(struct job *job);
void command_watch(struct work *work, struct job *job);
/* What is in the pipes now; somebody may go on writing for ever. */
void command_drain(struct job *job);

#endif
