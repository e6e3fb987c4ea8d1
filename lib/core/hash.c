/*
 * hash.c - SHA-256 and HMAC-SHA-256
 *
 * The only way libcrypto can fail here is to lack memory or SHA-256
 * itself, and a program without either cannot go on.
 */
#include "config.h"

#include "core/hash.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/mem.h"

struct hash {
    EVP_MD_CTX *ctx;
};

static const char no_sha256[] = "libcrypto cannot compute SHA-256";

/* Found once: libcrypto 3 looks for it by name each time otherwise, which
 * takes longer than to hash a short text. */
static const EVP_MD *sha256(void)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    static EVP_MD *found;

    if (!found)
        found = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!found)
        xdie(no_sha256);
    return found;
#else
    return EVP_sha256();
#endif
}

static char *put_hex(const unsigned char *in, char text[HASH_TEXT_SIZE])
{
    static const char digit[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < HASH_SIZE; i++) {
        text[2 * i] = digit[in[i] >> 4];
        text[2 * i + 1] = digit[in[i] & 15];
    }
    text[HASH_TEXT_SIZE - 1] = '\0';
    return text;
}

struct hash *hash_open(void)
{
    struct hash *hash = xcalloc(1, sizeof(*hash));

    hash->ctx = EVP_MD_CTX_new();
    if (!hash->ctx || EVP_DigestInit_ex(hash->ctx, sha256(), NULL) != 1)
        xdie(no_sha256);
    return hash;
}

void hash_put(struct hash *hash, const void *data, size_t len)
{
    if (EVP_DigestUpdate(hash->ctx, data, len) != 1)
        xdie(no_sha256);
}

char *hash_close(struct hash *hash, char text[HASH_TEXT_SIZE])
{
    unsigned char out[HASH_SIZE];

    if (EVP_DigestFinal_ex(hash->ctx, out, NULL) != 1)
        xdie(no_sha256);
    EVP_MD_CTX_free(hash->ctx);
    free(hash);
    return put_hex(out, text);
}

char *hash_text(const void *data, size_t len, char text[HASH_TEXT_SIZE])
{
    unsigned char out[HASH_SIZE];

    if (EVP_Digest(data, len, out, NULL, sha256(), NULL) != 1)
        xdie(no_sha256);
    return put_hex(out, text);
}

void hash_hmac(const void *key, size_t keylen, const void *data, size_t len,
               uint8_t out[HASH_SIZE])
{
    if (keylen > INT_MAX || !HMAC(sha256(), keylen > 0 ? key : "", (int)keylen,
                                  data, len, out, NULL))
        xdie(no_sha256);
}
