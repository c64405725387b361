/*
 * dns_stream.c - keeps, for each connection, the number of the byte that
 * comes next and the beginning of a message.
 */
#include "dns_stream.h"

#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>

#include "dns_headers.h"

#define PREFIX 2		/* bytes of the length before a message */

struct flow {
	uint8_t ends[DNS_ENDS_SIZE];
	bool used;
	uint32_t next;		/* the sequence number that continues it */
	uint64_t last;		/* when it was used last, in segments */
	size_t have;		/* bytes of the message, with the prefix */
	uint8_t prefix[PREFIX];
	uint8_t *message;	/* as long as prefix says, or NULL */
};

struct dns_stream {
	uint64_t segments;
	struct flow flows[DNS_STREAM_FLOWS];
};

struct dns_stream *dns_stream_create(void)
{
	return calloc(1, sizeof(struct dns_stream));
}

static void drop(struct flow *flow)
{
	free(flow->message);
	memset(flow, 0, sizeof(*flow));
}

void dns_stream_free(struct dns_stream *stream)
{
	size_t i;

	for (i = 0; stream && i < DNS_STREAM_FLOWS; i++)
		drop(&stream->flows[i]);
	free(stream);
}

static size_t length_of(const uint8_t *prefix)
{
	return prefix[0] << 8 | prefix[1];
}

static struct flow *find(struct dns_stream *stream, const uint8_t *ends)
{
	size_t i;

	for (i = 0; i < DNS_STREAM_FLOWS; i++)
		if (stream->flows[i].used &&
		    !memcmp(stream->flows[i].ends, ends, DNS_ENDS_SIZE))
			return &stream->flows[i];
	return NULL;
}

/* A flow that is free, or was silent longest. */
static struct flow *begin(struct dns_stream *stream,
			  const struct dns_headers *segment)
{
	struct flow *flow = stream->flows;
	size_t i;

	for (i = 1; i < DNS_STREAM_FLOWS; i++)
		if (stream->flows[i].last < flow->last)
			flow = &stream->flows[i];
	drop(flow);
	flow->used = true;
	flow->next = segment->sequence;
	memcpy(flow->ends, segment->ends, DNS_ENDS_SIZE);
	return flow;
}

/*
 * Does a segment that may be from anywhere in a stream begin with an answer?
 * It holds a message's header, which says: a response to a query, one
 * question.
 */
static bool begins_answer(const struct dns_headers *segment)
{
	const uint8_t *header = segment->payload + PREFIX;

	return segment->length >= PREFIX + NS_HFIXEDSZ &&
	       length_of(segment->payload) >= NS_HFIXEDSZ &&
	       (header[2] & 0xf8) == 0x80 && !header[4] && header[5] == 1;
}

static size_t add_prefix(struct flow *flow, const uint8_t *bytes, size_t length)
{
	size_t part = PREFIX - flow->have;

	if (part > length)
		part = length;
	memcpy(flow->prefix + flow->have, bytes, part);
	flow->have += part;
	return part;
}

/* Put bytes by until the message is whole. Returns how many, 0: no memory. */
static size_t add_message(struct flow *flow, const uint8_t *bytes,
			  size_t length)
{
	size_t whole = length_of(flow->prefix);
	size_t at = flow->have - PREFIX, part = whole - at;

	if (!flow->message)
		flow->message = malloc(whole);
	if (!flow->message)
		return 0;
	if (part > length)
		part = length;
	memcpy(flow->message + at, bytes, part);
	flow->have += part;
	return part;
}

/*
 * One step: the prefix, a message that is here as a whole, or a part of one.
 * Returns how many bytes it took, 0: the flow cannot go on.
 */
static size_t step(struct flow *flow, const uint8_t *bytes, size_t length,
		   dns_stream_take *take, void *arg)
{
	size_t whole, part;
	bool good = true;

	if (flow->have < PREFIX)
		return add_prefix(flow, bytes, length);
	whole = length_of(flow->prefix);
	if (whole < NS_HFIXEDSZ)
		return 0;
	if (flow->have == PREFIX && length >= whole) {
		flow->have = 0;
		return take(arg, bytes, whole) ? whole : 0;
	}
	part = add_message(flow, bytes, length);
	if (flow->have == PREFIX + whole) {
		good = take(arg, flow->message, whole);
		free(flow->message);
		flow->message = NULL;
		flow->have = 0;
	}
	return good ? part : 0;
}

/* Does it lie behind the byte that comes next? Numbers are modulo 2^32. */
static bool has_gap(const struct flow *flow, const struct dns_headers *segment)
{
	return (int32_t)(segment->sequence - flow->next) > 0;
}

/* The flow that this segment continues or begins, or NULL. */
static struct flow *flow_of(struct dns_stream *stream,
			    const struct dns_headers *segment)
{
	struct flow *flow = find(stream, segment->ends);

	if (flow && (segment->is_first || has_gap(flow, segment))) {
		drop(flow);
		flow = NULL;
	}
	if (!flow && (segment->is_first || begins_answer(segment)))
		flow = begin(stream, segment);
	return flow;
}

void dns_stream_read(struct dns_stream *stream,
		     const struct dns_headers *segment, dns_stream_take *take,
		     void *arg)
{
	struct flow *flow = flow_of(stream, segment);
	size_t at, taken;

	if (!flow)
		return;
	flow->last = ++stream->segments;
	/* What was seen already: sent twice, or seen on two interfaces. */
	at = flow->next - segment->sequence;
	for (; at < segment->length; at += taken) {
		taken = step(flow, segment->payload + at, segment->length - at,
			     take, arg);
		if (!taken) {
			drop(flow);
			return;
		}
		flow->next += taken;
	}
	if (segment->is_last)
		drop(flow);
}
