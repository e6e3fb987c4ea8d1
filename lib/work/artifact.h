/*
 * artifact.h - the directory of an attempt below <state>/artifacts
 *
 * Whatever runs there is not trusted with paths: every step is opened
 * without following links, nothing leads out of the directory.
 */
#ifndef AAOS_WORK_ARTIFACT_H
#define AAOS_WORK_ARTIFACT_H

#include "work/internal.h"

/* <state>/artifacts: makes it, opens it, knows its absolute path. */
int artifact_open(struct work *work, struct err *err);
void artifact_close(struct work *work);
/* The directory of the attempt, which may be there already. */
int artifact_folder_make(struct job *job, struct err *err);
/* It goes if it is empty. */
void artifact_folder_drop(struct job *job);
/* A descriptor for it; makes it if need be (an output_folder(): ctx is the
 * job). */
int artifact_folder(void *ctx, struct err *err);
/* The path of a file in it, as rows name it; malloc'd. */
char *artifact_ref(const struct job *job, const char *name);
/* Hash what the attempt announced, and put it into its log. */
void artifact_record(struct job *job);
/* A result too long for its row goes to a file; its name, or NULL. */
char *artifact_keep(struct job *job, const char *data, size_t len,
                    char sha256[65]);

#endif
