/*
 * attr.h - compiler attributes and two macros that every module needs
 */
#ifndef AAOS_CORE_ATTR_H
#define AAOS_CORE_ATTR_H

#if defined(__GNUC__)
#define ATTR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define ATTR_NORETURN __attribute__((noreturn))
#define ATTR_UNUSED __attribute__((unused))
#define ATTR_RETURNS_NONNULL __attribute__((returns_nonnull))
#else
#define ATTR_PRINTF(fmt, args)
#define ATTR_NORETURN
#define ATTR_UNUSED
#define ATTR_RETURNS_NONNULL
#endif

/* Number of elements of an array (not of a pointer). */
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
