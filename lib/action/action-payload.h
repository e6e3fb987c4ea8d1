/*
 * action-payload.h - reading payloads; private to lib/action
 */
#ifndef AAOS_ACTION_ACTION_PAYLOAD_H
#define AAOS_ACTION_ACTION_PAYLOAD_H

#include "action/action.h"
#include "core/buf.h"
#include "core/json.h"

/* action_check(); *payload is then the object. */
int payload_check(const char *type, const char *json, size_t len,
                  struct json_slice *payload, struct err *err);
/* Append the text of a string, or any other value's bytes as stored. */
void payload_bytes(const struct json_slice *payload, const char *name,
                   struct buf *out);
/* The text of a string; malloc'd. */
char *payload_text(const struct json_slice *payload, const char *name);
/* A relative path of plain names: no "", ".", "..", no control bytes. */
bool file_path_plain(const char *path);

#endif
