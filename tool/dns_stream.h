/*
 * dns_stream.h - DNS messages out of TCP segments.
 *
 * A few connections are followed at a time, the one that was silent longest
 * gives way. Segments are taken in the order of their sequence numbers; those
 * that were seen already are passed over. Where one is missing, what has been
 * read of a message is dropped, and the connection is taken up again with the
 * next segment that begins with an answer. So are connections whose start was
 * not seen.
 */
#ifndef DNS_STREAM_H
#define DNS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_headers;
struct dns_stream;

#define DNS_STREAM_FLOWS 16

/*
 * NULL: no memory. A connection takes memory only while a message is spread
 * over several segments, and at most 64 KiB. dns_stream_free() takes NULL.
 */
struct dns_stream *dns_stream_create(void);
void dns_stream_free(struct dns_stream *stream);

/*
 * Called for each message as it is whole, without the length before it; it
 * lives until the call returns. Returns false for what is no DNS message: the
 * place in the stream was the wrong one.
 */
typedef bool dns_stream_take(void *arg, const uint8_t *message, size_t length);

/* Take in one TCP segment. */
void dns_stream_read(struct dns_stream *stream,
		     const struct dns_headers *segment, dns_stream_take *take,
		     void *arg);

#endif
