/*
 * SHA-256 and HMAC against the vectors of FIPS 180 and RFC 4231.
 */
#include "config.h"

#include "core/hash.h"

#include <string.h>

#include "core/buf.h"
#include "tap.h"

static void test_sha256(void)
{
    char text[HASH_TEXT_SIZE];
    struct hash *hash = hash_open();
    char block[1000];
    int i;

    is(hash_text(NULL, 0, text),
       "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
       "of nothing");
    is(hash_text("abc", 3, text),
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
       "of abc");
    memset(block, 'a', sizeof(block));
    for (i = 0; i < 1000; i++)
        hash_put(hash, block, sizeof(block));
    is(hash_close(hash, text),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
       "of a million a, piece by piece");
}

static void hmac_is(const void *key, size_t keylen, const char *data,
                    const char *want, const char *name)
{
    struct buf hex = {0};
    uint8_t out[HASH_SIZE];

    hash_hmac(key, keylen, data, strlen(data), out);
    buf_hex(&hex, out, sizeof(out));
    is(hex.data, want, name);
    buf_release(&hex);
}

static void test_hmac(void)
{
    unsigned char key[131];

    hmac_is("Jefe", 4, "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "a short key");
    memset(key, 0xaa, sizeof(key));
    hmac_is(key, sizeof(key),
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "a key longer than a block");
    hmac_is(NULL, 0, "",
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad",
            "neither key nor data");
}

int main(void)
{
    test_sha256();
    test_hmac();
    return tap_done();
}
