/*
 * fuzz_dns_stream.c - a TCP stream in any segments, some of them sent twice:
 * the messages that come out are those that a plain cut of it gives.
 */
#include "dns_headers.h"
#include "dns_stream.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define HEADER 12	/* bytes of a DNS message's header */

struct stream {
	const uint8_t *at;	/* where the next message begins */
	const uint8_t *end;	/* of all that there is */
	size_t messages;
};

/* The first byte of a message's id says what it is: FF is none. */
static bool take(void *arg, const uint8_t *message, size_t length)
{
	struct stream *stream = arg;

	require(length >= HEADER);
	require((size_t)(stream->end - stream->at) >= 2 + length);
	require((size_t)(stream->at[0] << 8 | stream->at[1]) == length);
	require(!memcmp(stream->at + 2, message, length));
	stream->at += 2 + length;
	stream->messages++;
	return message[0] != 0xff;
}

/* How many messages a stream has up to where it can't go on. */
static size_t count_messages(const uint8_t *at, size_t left)
{
	size_t messages = 0, length;

	while (left >= 2) {
		length = at[0] << 8 | at[1];
		if (length < HEADER || length > left - 2)
			break;
		messages++;
		if (at[2] == 0xff)
			break;
		at += 2 + length;
		left -= 2 + length;
	}
	return messages;
}

static void send(struct dns_stream *stream, struct dns_headers *segment,
		 const uint8_t *from, size_t length, struct stream *wanted)
{
	uint8_t *copy = malloc(length);

	require(copy || !length);
	if (length)
		memcpy(copy, from, length);
	segment->payload = copy;
	segment->length = length;
	dns_stream_read(stream, segment, take, wanted);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint8_t again = input_choice(&input), step = input_choice(&input);
	struct stream wanted = {input.at, input.at + input.left, 0};
	struct dns_stream *stream = dns_stream_create();
	struct dns_headers segment = {.is_tcp = true, .is_first = true};
	uint32_t sequence = (uint32_t)input_choice(&input) << 24 | 0xfffff0;
	size_t at = 0, length, back;

	require(stream);
	wanted.end = input.at + input.left;
	segment.sequence = sequence;
	send(stream, &segment, NULL, 0, &wanted);
	segment.is_first = false;
	while (at < input.left) {
		/* Where again says so, it begins with what was there. */
		back = at < again ? at : again;
		length = back + 1 + (at * step + step) % 300;
		if (length > input.left - (at - back))
			length = input.left - (at - back);
		segment.sequence = sequence + (uint32_t)(at - back);
		send(stream, &segment, input.at + at - back, length, &wanted);
		at += length - back;
		if (wanted.messages == count_messages(input.at, input.left))
			break;
	}
	require(wanted.messages == count_messages(input.at, input.left));
	dns_stream_free(stream);
	return 0;
}
