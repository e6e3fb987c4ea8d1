/*
 * http-address.c - which addresses lie in the open network
 *
 * Asked for every address right before the connection, when it is only
 * numbers: no spelling in a URL and no answer of a name server can hide
 * what is connected to.  An IPv6 address that carries an IPv4 address to
 * its destination is judged by that; of the rest only what was ever given
 * to the open network passes (2000::/3).
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "core/attr.h"
#include "core/http-internal.h"

struct range {
    uint32_t net;
    unsigned bits;
};

static const struct range closed[] = {
    {0x00000000, 8},  /* this network, and 0.0.0.0, which is us */
    {0x0a000000, 8},  /* private */
    {0x64400000, 10}, /* 100.64: behind a carrier's NAT */
    {0x7f000000, 8},  /* loopback */
    {0xa83f8110, 32}, /* 168.63.129.16: the host of a machine on Azure */
    {0xa9fe0000, 16}, /* 169.254: link-local, with clouds' metadata */
    {0xac100000, 12}, /* 172.16: private */
    {0xc0000000, 24}, /* 192.0.0: protocol assignments */
    {0xc0a80000, 16}, /* 192.168: private */
    {0xc6120000, 15}, /* 198.18: benchmarks of networks */
    {0xe0000000, 4},  /* multicast */
    {0xf0000000, 4},  /* reserved, and broadcast */
};

static bool is_public4(uint32_t addr)
{
    size_t i;

    for (i = 0; i < LENGTH(closed); i++)
        if ((addr ^ closed[i].net) >> (32 - closed[i].bits) == 0)
            return false;
    return true;
}

static bool is_public6(const uint8_t addr[16])
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    uint32_t inner;

    if (memcmp(addr, nat64, sizeof(nat64)) == 0) {
        memcpy(&inner, addr + 12, sizeof(inner));
        return is_public4(ntohl(inner));
    }
    if (addr[0] == 0x20 && addr[1] == 0x02) { /* 6to4 */
        memcpy(&inner, addr + 2, sizeof(inner));
        return is_public4(ntohl(inner));
    }
    /* Teredo hides who is behind it. */
    if (addr[0] == 0x20 && addr[1] == 0x01 && addr[2] == 0 && addr[3] == 0)
        return false;
    return addr[0] >> 5 == 1;
}

bool http_address_public(const struct sockaddr *addr)
{
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;

    if (addr->sa_family == AF_INET) {
        memcpy(&in4, addr, sizeof(in4));
        return is_public4(ntohl(in4.sin_addr.s_addr));
    }
    if (addr->sa_family == AF_INET6) {
        memcpy(&in6, addr, sizeof(in6));
        return is_public6(in6.sin6_addr.s6_addr);
    }
    return false;
}

bool http_address_text_public(const char *text)
{
    struct in6_addr addr6;
    struct in_addr addr4;

    if (inet_pton(AF_INET, text, &addr4) == 1)
        return is_public4(ntohl(addr4.s_addr));
    return inet_pton(AF_INET6, text, &addr6) == 1 && is_public6(addr6.s6_addr);
}
