/*
 * webhook-sign.c - signatures of Standard Webhooks
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "action/action.h"
#include "core/buf.h"
#include "core/hash.h"

enum { KEY_MIN = 24, KEY_MAX = 64, TEXT_MAX = 88 /* base 64 of KEY_MAX */ };

/* Bytes of the key, or -1. */
static int decode_key(const char *secret, unsigned char key[TEXT_MAX])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *text = secret + strlen("whsec_");
    size_t used;
    size_t len;
    int size;

    if (strncmp(secret, "whsec_", strlen("whsec_")) != 0)
        return -1;
    len = strlen(text);
    used = strspn(text, digits);
    /* libcrypto overlooks white space and counts padding as zero bytes. */
    if (len > TEXT_MAX || len % 4 != 0 || len - used > 2 ||
        strspn(text + used, "=") != len - used)
        return -1;
    size = EVP_DecodeBlock(key, (const unsigned char *)text, (int)len);
    size -= (int)(len - used);
    return size >= KEY_MIN && size <= KEY_MAX ? size : -1;
}

/* NOLINTNEXTLINE(readability-function-size): the header's contract */
int webhook_sign(const char *const *secrets, size_t count, const char *id,
                 int64_t timestamp, const char *body, size_t len,
                 struct buf *signature, struct err *err)
{
    unsigned char key[TEXT_MAX];
    uint8_t mac[HASH_SIZE];
    struct buf content = {0};
    struct buf list = {0};
    size_t i;
    int ret = -1;

    buf_fmt(&content, "%s.%lld.", id, (long long)timestamp);
    buf_put(&content, body, len);
    for (i = 0; i < count; i++) {
        int size = decode_key(secrets[i], key);

        if (size < 0) {
            err_set(err, ERR_CONFIG,
                    "webhook secret %zu is not 'whsec_' and the base 64 of "
                    "%d to %d bytes",
                    i + 1, KEY_MIN, KEY_MAX);
            goto out;
        }
        hash_hmac(key, (size_t)size, content.data, content.len, mac);
        buf_str(&list, i > 0 ? " v1," : "v1,");
        buf_base64(&list, mac, sizeof(mac));
    }
    buf_put(signature, list.data, list.len);
    ret = 0;
out:
    explicit_bzero(key, sizeof(key));
    buf_release(&list);
    buf_release(&content);
    return ret;
}
