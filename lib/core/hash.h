/*
 * hash.h - SHA-256 and HMAC-SHA-256 (OpenSSL's libcrypto)
 */
#ifndef AAOS_CORE_HASH_H
#define AAOS_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_SIZE = 32, HASH_TEXT_SIZE = 65 };

struct hash; /* a running SHA-256 */

struct hash *hash_open(void);
void hash_put(struct hash *hash, const void *data, size_t len);
/* Lower-case hex of all that was put; frees the hash. */
char *hash_close(struct hash *hash, char text[HASH_TEXT_SIZE]);

/* In one go. */
char *hash_text(const void *data, size_t len, char text[HASH_TEXT_SIZE]);
void hash_hmac(const void *key, size_t keylen, const void *data, size_t len,
               uint8_t out[HASH_SIZE]);

#endif
