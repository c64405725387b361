/*
 * test_dns_stream.c - messages come out of TCP segments whole, once and in
 * order, or not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dns_headers.h"
#include "dns_stream.h"

#define SEED  20150825
#define START 0xfffffff0	/* numbers wrap soon */
#define BODY  8

/*
 * A message here is a DNS header of an answer with one question, the last
 * bytes of which are a letter, and some more of that letter.
 */
struct stream {
	uint8_t bytes[4096];
	size_t length;
};

/* What came out: each message's letter. */
struct taken {
	char letters[64];
	size_t count;
	bool refuse;
};

static bool take(void *arg, const uint8_t *message, size_t length)
{
	struct taken *taken = arg;
	size_t i;

	assert_int_equal(length, 12 + BODY);
	for (i = 6; i < length; i++)
		assert_int_equal(message[i], message[6]);
	assert_true(taken->count < sizeof(taken->letters) - 1);
	taken->letters[taken->count++] = (char)message[6];
	return !taken->refuse;
}

static void add(struct stream *stream, char letter)
{
	static const uint8_t header[] = {0, 12 + BODY, 0, 1, 0x81, 0x80, 0, 1};
	uint8_t *end = stream->bytes + stream->length;

	memcpy(end, header, sizeof(header));
	memset(end + sizeof(header), letter, 6 + BODY);
	stream->length += 2 + 12 + BODY;
}

static struct stream stream_of(const char *letters)
{
	struct stream stream = {.length = 0};

	for (; *letters; letters++)
		add(&stream, *letters);
	return stream;
}

static void send_segment(struct dns_stream *to, struct dns_headers *segment,
			 const uint8_t *bytes, struct taken *taken)
{
	/* A copy that ends where its memory does, for ASan and valgrind. */
	uint8_t *copy = malloc(segment->length ? segment->length : 1);

	assert_non_null(copy);
	if (segment->length)
		memcpy(copy, bytes, segment->length);
	segment->payload = copy;
	dns_stream_read(to, segment, take, taken);
	free(copy);
}

/* The SYN's number is the one before; headers tell that of the payload. */
static void open_flow(struct dns_stream *to, uint8_t flow, struct taken *taken)
{
	struct dns_headers segment = {
		.ends = {flow},
		.is_tcp = true,
		.is_first = true,
		.sequence = START,
	};

	send_segment(to, &segment, NULL, taken);
}

/* Bytes from to end of a stream, as the segment they would come in. */
static void send_part(struct dns_stream *to, uint8_t flow,
		      const struct stream *stream, size_t from, size_t end,
		      struct taken *taken)
{
	struct dns_headers segment = {
		.ends = {flow},
		.is_tcp = true,
		.sequence = START + (uint32_t)from,
		.length = end - from,
	};

	send_segment(to, &segment, stream->bytes + from, taken);
}

static void close_flow(struct dns_stream *to, uint8_t flow, size_t at,
		       struct taken *taken)
{
	struct dns_headers segment = {
		.ends = {flow},
		.is_tcp = true,
		.is_last = true,
		.sequence = START + (uint32_t)at,
	};

	send_segment(to, &segment, NULL, taken);
}

static void check_taken(struct taken *taken, const char *letters)
{
	taken->letters[taken->count] = '\0';
	assert_string_equal(taken->letters, letters);
}

static void test_split_at_every_two_places(void **state)
{
	struct stream stream = stream_of("abc");
	struct dns_stream *to;
	struct taken taken;
	size_t one, two;

	(void)state;
	for (one = 0; one <= stream.length; one++) {
		for (two = one; two <= stream.length; two++) {
			memset(&taken, 0, sizeof(taken));
			to = dns_stream_create();
			assert_non_null(to);
			open_flow(to, 1, &taken);
			send_part(to, 1, &stream, 0, one, &taken);
			send_part(to, 1, &stream, one, two, &taken);
			send_part(to, 1, &stream, two, stream.length, &taken);
			check_taken(&taken, "abc");
			dns_stream_free(to);
		}
	}
}

static void test_byte_by_byte(void **state)
{
	struct stream stream = stream_of("abcdefgh");
	struct dns_stream *to = dns_stream_create();
	struct taken taken = {.count = 0};
	size_t i;

	(void)state;
	open_flow(to, 1, &taken);
	for (i = 0; i < stream.length; i++)
		send_part(to, 1, &stream, i, i + 1, &taken);
	check_taken(&taken, "abcdefgh");
	dns_stream_free(to);
}

/* Every segment twice, some with what was sent before in front. */
static void test_sent_again(void **state)
{
	struct stream stream = stream_of("abcd");
	struct dns_stream *to = dns_stream_create();
	struct taken taken = {.count = 0};
	size_t i, from;

	(void)state;
	open_flow(to, 1, &taken);
	open_flow(to, 1, &taken);
	for (i = 0; i + 4 <= stream.length; i += 4) {
		send_part(to, 1, &stream, i, i + 4, &taken);
		send_part(to, 1, &stream, i, i + 4, &taken);
		from = i > 9 ? i - 9 : 0;
		send_part(to, 1, &stream, from, i + 2, &taken);
	}
	check_taken(&taken, "abcd");
	dns_stream_free(to);
}

/* More than the next byte in front of new ones. */
static void test_overlap(void **state)
{
	struct stream stream = stream_of("ab");
	struct dns_stream *to = dns_stream_create();
	struct taken taken = {.count = 0};

	(void)state;
	open_flow(to, 1, &taken);
	send_part(to, 1, &stream, 0, 30, &taken);
	send_part(to, 1, &stream, 5, stream.length, &taken);
	check_taken(&taken, "ab");
	dns_stream_free(to);
}

/* A start that nobody saw: from the first segment that begins an answer. */
static void test_start_not_seen(void **state)
{
	struct stream stream = stream_of("abc");
	struct dns_stream *to;
	struct taken taken;
	size_t cut;

	(void)state;
	for (cut = 1; cut < 22; cut++) {
		memset(&taken, 0, sizeof(taken));
		to = dns_stream_create();
		send_part(to, 1, &stream, cut, 22, &taken);
		check_taken(&taken, "");
		send_part(to, 1, &stream, 22, 40, &taken);
		check_taken(&taken, "");
		send_part(to, 1, &stream, 40, stream.length, &taken);
		check_taken(&taken, "bc");
		dns_stream_free(to);
	}
}

/* Nothing but an answer to one question is a place to start. */
static void test_begins_with_no_answer(void **state)
{
	static const struct {
		uint8_t at, value;
	} changes[] = {
		{1, 11}, {4, 1}, {4, 0x89}, {4, 0xa1}, {6, 1}, {7, 0}, {7, 2},
	};
	struct stream stream;
	struct dns_stream *to;
	struct taken taken;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		memset(&taken, 0, sizeof(taken));
		stream = stream_of("ab");
		stream.bytes[changes[i].at] = changes[i].value;
		to = dns_stream_create();
		send_part(to, 1, &stream, 0, stream.length, &taken);
		check_taken(&taken, "");
		dns_stream_free(to);
	}
}

/* A segment is missing, or comes too late: its message is, nothing else. */
static void test_gap(void **state)
{
	struct stream stream = stream_of("abcd");
	struct dns_stream *to;
	struct taken taken;
	size_t late;

	(void)state;
	for (late = 0; late < 2; late++) {
		memset(&taken, 0, sizeof(taken));
		to = dns_stream_create();
		open_flow(to, 1, &taken);
		send_part(to, 1, &stream, 0, 30, &taken);
		send_part(to, 1, &stream, 35, 44, &taken);
		if (late)
			send_part(to, 1, &stream, 30, 35, &taken);
		check_taken(&taken, "a");
		send_part(to, 1, &stream, 44, stream.length, &taken);
		check_taken(&taken, "acd");
		dns_stream_free(to);
	}
}

static void test_swapped_messages(void **state)
{
	struct stream stream = stream_of("abc");
	struct dns_stream *to = dns_stream_create();
	struct taken taken = {.count = 0};

	(void)state;
	open_flow(to, 1, &taken);
	send_part(to, 1, &stream, 22, 44, &taken);
	send_part(to, 1, &stream, 0, 22, &taken);
	send_part(to, 1, &stream, 44, 66, &taken);
	check_taken(&taken, "bc");
	dns_stream_free(to);
}

/* No message is shorter than its header: nothing behind it is right. */
static void test_length_makes_no_sense(void **state)
{
	struct stream stream = stream_of("abc");
	struct dns_stream *to;
	struct taken taken;
	uint8_t length;

	(void)state;
	for (length = 0; length < 12; length++) {
		memset(&taken, 0, sizeof(taken));
		stream.bytes[23] = length;
		to = dns_stream_create();
		open_flow(to, 1, &taken);
		send_part(to, 1, &stream, 0, 44, &taken);
		check_taken(&taken, "a");
		send_part(to, 1, &stream, 44, 66, &taken);
		check_taken(&taken, "ac");
		dns_stream_free(to);
	}
}

/* What took a message says that it was none: a new start is looked for. */
static void test_refused(void **state)
{
	struct stream stream = stream_of("abcd");
	struct dns_stream *to;
	struct taken taken;
	size_t split;

	(void)state;
	for (split = 0; split < 22; split++) {
		memset(&taken, 0, sizeof(taken));
		to = dns_stream_create();
		open_flow(to, 1, &taken);
		taken.refuse = true;
		send_part(to, 1, &stream, 0, split, &taken);
		send_part(to, 1, &stream, split, 44, &taken);
		check_taken(&taken, "a");
		taken.refuse = false;
		send_part(to, 1, &stream, 44, stream.length, &taken);
		check_taken(&taken, "acd");
		dns_stream_free(to);
	}
}

/* The same ends again, after the connection was closed, and without. */
static void test_opened_again(void **state)
{
	struct stream stream = stream_of("ab");
	struct dns_stream *to;
	struct taken taken;
	size_t closed;

	(void)state;
	for (closed = 0; closed < 2; closed++) {
		memset(&taken, 0, sizeof(taken));
		to = dns_stream_create();
		open_flow(to, 1, &taken);
		send_part(to, 1, &stream, 0, 40, &taken);
		if (closed)
			close_flow(to, 1, 40, &taken);
		open_flow(to, 1, &taken);
		send_part(to, 1, &stream, 0, 3, &taken);
		send_part(to, 1, &stream, 3, stream.length, &taken);
		check_taken(&taken, "aab");
		dns_stream_free(to);
	}
}

/* What is behind the end of a connection does not continue it. */
static void test_closed(void **state)
{
	struct stream stream = stream_of("ab");
	struct dns_stream *to = dns_stream_create();
	struct taken taken = {.count = 0};

	(void)state;
	open_flow(to, 1, &taken);
	send_part(to, 1, &stream, 0, 40, &taken);
	close_flow(to, 1, 40, &taken);
	send_part(to, 1, &stream, 40, stream.length, &taken);
	check_taken(&taken, "a");
	dns_stream_free(to);
}

static void test_last_segment_has_the_rest(void **state)
{
	struct stream stream = stream_of("ab");
	struct dns_stream *to = dns_stream_create();
	struct taken taken = {.count = 0};
	struct dns_headers last = {
		.ends = {1},
		.is_last = true,
		.sequence = START + 40,
		.length = stream.length - 40,
	};

	(void)state;
	open_flow(to, 1, &taken);
	send_part(to, 1, &stream, 0, 40, &taken);
	send_segment(to, &last, stream.bytes + 40, &taken);
	check_taken(&taken, "ab");
	dns_stream_free(to);
}

/* As many as there is room for, taking turns; one more ends the oldest. */
static void test_many_flows(void **state)
{
	struct stream stream = stream_of("a");
	struct dns_stream *to = dns_stream_create();
	struct taken taken = {.count = 0};
	uint8_t flow;
	size_t i;

	(void)state;
	for (flow = 0; flow < DNS_STREAM_FLOWS; flow++)
		open_flow(to, flow, &taken);
	for (i = 0; i < stream.length; i++)
		for (flow = 0; flow < DNS_STREAM_FLOWS; flow++)
			send_part(to, flow, &stream, i, i + 1, &taken);
	check_taken(&taken, "aaaaaaaaaaaaaaaa");
	memset(&taken, 0, sizeof(taken));
	for (flow = 0; flow <= DNS_STREAM_FLOWS; flow++) {
		open_flow(to, flow, &taken);
		send_part(to, flow, &stream, 0, 18, &taken);
	}
	for (flow = 0; flow <= DNS_STREAM_FLOWS; flow++)
		send_part(to, flow, &stream, 18, stream.length, &taken);
	check_taken(&taken, "aaaaaaaaaaaaaaaa");
	dns_stream_free(to);
}

/* The longest message, and one that is never finished. */
static void test_longest(void **state)
{
	static struct dns_headers segment;
	struct dns_stream *to = dns_stream_create();
	struct taken taken = {.count = 0};
	uint8_t *bytes = calloc(1, 65537);

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, (uint8_t[]){0xff, 0xff, 0, 1, 0x81, 0x80, 0, 1}, 8);
	for (segment.ends[0] = 0; segment.ends[0] < 40; segment.ends[0]++) {
		segment.sequence = 0;
		segment.length = 30000;
		send_segment(to, &segment, bytes, &taken);
		segment.sequence = 30000;
		segment.length = 65536 - 30000;
		send_segment(to, &segment, bytes + 30000, &taken);
	}
	check_taken(&taken, "");
	free(bytes);
	dns_stream_free(to);
	dns_stream_free(NULL);
}

static bool take_any(void *arg, const uint8_t *message, size_t length)
{
	unsigned *sum = arg;

	while (length)
		*sum += message[--length];
	return *sum % 7;
}

static void test_any_segments(void **state)
{
	struct stream stream = stream_of("abcdefghijklmnopqrstuvwxyz");
	struct dns_stream *to = dns_stream_create();
	struct dns_headers segment = {.is_tcp = true};
	unsigned sum = 0;
	int round;

	(void)state;
	srand(SEED);
	for (round = 0; round < 100000; round++) {
		size_t from = rand() % stream.length;
		uint8_t *copy;

		segment.ends[0] = rand() % 20;
		segment.is_first = rand() % 16 == 0;
		segment.is_last = rand() % 16 == 0;
		segment.sequence = START + from + (rand() % 8 ? 0 : rand());
		segment.length = rand() % (stream.length - from);
		copy = malloc(segment.length + 1);
		memcpy(copy + 1, stream.bytes + from, segment.length);
		segment.payload = copy + 1;
		dns_stream_read(to, &segment, take_any, &sum);
		free(copy);
	}
	dns_stream_free(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split_at_every_two_places),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_sent_again),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_start_not_seen),
		cmocka_unit_test(test_begins_with_no_answer),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_swapped_messages),
		cmocka_unit_test(test_length_makes_no_sense),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_opened_again),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_last_segment_has_the_rest),
		cmocka_unit_test(test_many_flows),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_any_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
