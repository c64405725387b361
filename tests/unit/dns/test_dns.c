/*
 * test_dns.c - packets built here by hand give the right names, and none
 * where anything is wrong with them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dns/dns.h"
#include "dns/dns_names.h"

#define SEED	     20150825
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NO_ERROR     0x8180	/* a response to a recursive query */
#define QUESTION_AT  12

enum { A = 1, NS = 2, CNAME = 5, TXT = 16, AAAA = 28, OPT = 41 };
enum { IN = 1, CH = 3 };

/* --- a builder: values are put at the end, in network order */

struct bytes {
	uint8_t at[2048];
	size_t length;
};

static void put8(struct bytes *to, unsigned value)
{
	assert_true(to->length < sizeof(to->at));
	to->at[to->length++] = (uint8_t)value;
}

static void put16(struct bytes *to, unsigned value)
{
	put8(to, value >> 8);
	put8(to, value);
}

static void put32(struct bytes *to, uint32_t value)
{
	put16(to, value >> 16);
	put16(to, value);
}

static void put(struct bytes *to, const void *from, size_t length)
{
	assert_true(to->length + length <= sizeof(to->at));
	if (length)
		memcpy(to->at + to->length, from, length);
	to->length += length;
}

/* Labels with dots between; "^12" is a pointer to byte 12, and the end. */
static void put_name(struct bytes *to, const char *name)
{
	size_t length;

	for (; *name && *name != '^'; name += length + (name[length] == '.')) {
		length = strcspn(name, ".");
		put8(to, length);
		put(to, name, length);
	}
	if (*name)
		put16(to, 0xc000 | atoi(name + 1));
	else
		put8(to, 0);
}

static void put_header(struct bytes *to, unsigned flags, unsigned questions,
		       unsigned answers, unsigned others)
{
	put16(to, 0x1234);
	put16(to, flags);
	put16(to, questions);
	put16(to, answers);
	put16(to, 0);
	put16(to, others);
}

static void put_question(struct bytes *to, const char *name, unsigned class)
{
	put_name(to, name);
	put16(to, A);
	put16(to, class);
}

/* Everything of a record up to its data. */
static void put_record(struct bytes *to, const char *owner, unsigned type,
		       unsigned class, unsigned length)
{
	put_name(to, owner);
	put16(to, type);
	put16(to, class);
	put32(to, 300);
	put16(to, length);
}

static void put_address(struct bytes *to, const char *owner, unsigned last)
{
	put_record(to, owner, A, IN, 4);
	put32(to, 0xc0000200 | last);
}

static void put_cname(struct bytes *to, const char *owner, const char *target)
{
	struct bytes name = {.length = 0};

	put_name(&name, target);
	put_record(to, owner, CNAME, IN, name.length);
	put(to, name.at, name.length);
}

/* A record that is not as it should be, with 192.0.2.(last) in it. */
static void put_odd(struct bytes *to, const char *owner, const char *how,
		    unsigned last)
{
	static const uint8_t mapped[12] = {[10] = 0xff, 0xff};

	if (!strcmp(how, "CHAOS")) {
		put_record(to, owner, A, CH, 4);
	} else if (!strcmp(how, "TXT")) {
		put_record(to, owner, TXT, IN, 4);
	} else if (!strcmp(how, "MAPPED")) {
		put_record(to, owner, AAAA, IN, 16);
		put(to, mapped, sizeof(mapped));
	} else if (!strcmp(how, "LONG")) {
		put_record(to, owner, A, IN, 8);
		put32(to, 0xc0000200 | last);
	} else if (!strcmp(how, "SHORT")) {
		put_record(to, owner, A, IN, 3);
		put16(to, 0xc000);
		put8(to, 2);
		return;
	} else if (!strcmp(how, "NS")) {
		/* "a" */
		put_record(to, owner, NS, IN, 3);
		put_name(to, "a");
		return;
	} else if (!strcmp(how, "CNAME+")) {
		/* "a", and something behind */
		put_record(to, owner, CNAME, IN, 7);
		put_name(to, "a");
	} else if (!strcmp(how, "LIES")) {
		put_record(to, owner, A, IN, 400);
	} else {
		fail_msg("no record: %s", how);
	}
	put32(to, 0xc0000200 | last);
}

/* "www CNAME a;a A 1". Returns how many records. */
static unsigned put_records(struct bytes *to, const char *records)
{
	char owner[64], type[16], data[64];
	unsigned count = 0;

	for (; *records; records += strcspn(records, ";")) {
		records += *records == ';';
		assert_int_equal(
			sscanf(records, "%63s %15s %63[^;]", owner, type, data),
			3);
		if (!strcmp(type, "A"))
			put_address(to, owner, atoi(data));
		else if (!strcmp(type, "CNAME"))
			put_cname(to, owner, strcmp(data, ".") ? data : "");
		else
			put_odd(to, owner, type, atoi(data));
		count++;
	}
	return count;
}

/* An answer to "www", which is what most tests ask for. */
static struct bytes answer_of(const char *records)
{
	struct bytes message = {.length = 0};

	put_header(&message, NO_ERROR, 1, 0, 0);
	put_question(&message, "www", IN);
	message.at[7] = (uint8_t)put_records(&message, records);
	return message;
}

/* --- packets around a message */

static void put_ipv4(struct bytes *to, unsigned options, unsigned protocol,
		     size_t length)
{
	put8(to, 0x45 + options);
	put8(to, 0);
	put16(to, 20 + 4 * options + length);
	put32(to, 0x00014000);
	put8(to, 64);
	put8(to, protocol);
	put16(to, 0);
	put32(to, 0x0a000001);
	put32(to, 0x0a000002);
	while (options--)
		put32(to, 0x01010101);
}

static void put_ipv6(struct bytes *to, unsigned protocol, size_t length)
{
	put32(to, 0x60000000);
	put16(to, length);
	put8(to, protocol);
	put8(to, 64);
	put32(to, 0x20010db8);
	put32(to, 0);
	put32(to, 0);
	put32(to, 1);
	put32(to, 0x20010db8);
	put32(to, 0);
	put32(to, 0);
	put32(to, 2);
}

static void put_udp(struct bytes *to, const struct bytes *message)
{
	put16(to, 53);
	put16(to, 40000);
	put16(to, 8 + message->length);
	put16(to, 0);
	put(to, message->at, message->length);
}

static void put_tcp(struct bytes *to, unsigned options, unsigned flags,
		    const uint8_t *payload, size_t length)
{
	put16(to, 53);
	put16(to, 40000);
	put32(to, 1000);
	put32(to, 1);
	put8(to, (5 + options) << 4);
	put8(to, flags);
	put16(to, 1000);
	put32(to, 0);
	while (options--)
		put32(to, 0x01010101);
	put(to, payload, length);
}

enum kind { UDP4, UDP4_OPTIONS, UDP6, TCP4, TCP4_OPTIONS, TCP6, KINDS };

/* A segment that begins with the message's length. */
static void put_whole(struct bytes *to, unsigned options,
		      const struct bytes *message)
{
	struct bytes payload = {.length = 0};

	put16(&payload, message->length);
	put(&payload, message->at, message->length);
	put_tcp(to, options, 0x18, payload.at, payload.length);
}

static struct bytes packet_of(enum kind kind, const struct bytes *message)
{
	struct bytes inner = {.length = 0}, packet = {.length = 0};
	unsigned protocol = kind < TCP4 ? 17 : 6;

	if (kind < TCP4)
		put_udp(&inner, message);
	else
		put_whole(&inner, kind == TCP4_OPTIONS ? 10 : 0, message);
	if (kind == UDP6 || kind == TCP6)
		put_ipv6(&packet, protocol, inner.length);
	else
		put_ipv4(&packet,
			 kind == UDP4_OPTIONS || kind == TCP4_OPTIONS ? 10 : 0,
			 protocol, inner.length);
	put(&packet, inner.at, inner.length);
	return packet;
}

/* --- what came of it */

static struct dns_names *create(void)
{
	struct dns_names *names = calloc(1, sizeof(*names));

	assert_non_null(names);
	return names;
}

/* A copy that ends where its memory does, for ASan and valgrind. */
static void take(struct dns_names *names, const uint8_t *packet, size_t length)
{
	uint8_t *copy = malloc(length ? length : 1);

	assert_non_null(copy);
	memcpy(copy, packet, length);
	dns_packet(names, copy, length);
	free(copy);
}

static const char *name_of(const struct dns_names *names, unsigned last)
{
	return dns_names_get(names, (struct in_addr){htonl(0xc0000200 | last)});
}

static void take_message(struct dns_names *names, enum kind kind,
			 const struct bytes *message)
{
	struct bytes packet = packet_of(kind, message);

	take(names, packet.at, packet.length);
}

/* Of 192.0.2.0 to 9, those whose last digits are in known are called name. */
static void check_known(const struct dns_names *names, const char *known,
			const char *name, const char *about)
{
	unsigned last;

	for (last = 0; last < 10; last++) {
		const char *found = name_of(names, last);

		if (!strchr(known, '0' + (int)last)) {
			if (found)
				fail_msg("%s: %u is %s", about, last, found);
		} else if (!found || strcmp(found, name)) {
			fail_msg("%s: %u is not %s", about, last, name);
		}
	}
}

/* Does this message, in a packet of that kind, give just those addresses? */
static void check_message(enum kind kind, const struct bytes *message,
			  const char *known, const char *about)
{
	struct dns_names *names = create();

	take_message(names, kind, message);
	check_known(names, known, "www", about);
	free(names);
}

static const struct {
	const char *records;
	const char *known;
} answers[] = {
	{"", ""},
	{"www A 1", "1"},
	{"www A 1;www A 2;www A 3", "123"},
	{"www A 1;www A 1", "1"},
	{"WwW A 1", "1"},
	{"^12 A 1;^12 A 2", "12"},
	{"www A 1;www TXT 2;www MAPPED 3;www A 4", "14"},
	/* not this name's */
	{"other A 1", ""},
	{"www A 1;other A 2", "1"},
	{"www. A 1;wwww A 2;ww A 3;www.com A 4;^13 A 5", "1"},
	{"other CNAME www;www A 1;other A 2", "1"},
	/* chains */
	{"www CNAME a;a A 1;www A 2;b A 3", "12"},
	{"www CNAME a;a CNAME b;b CNAME c;c A 1;c A 2", "12"},
	{"c A 1;b CNAME c;a CNAME b;www CNAME a", "1"},
	{"a CNAME b;c A 1;www CNAME a;b CNAME c", "1"},
	{"www CNAME A.Example;a.eXAMPLE A 1", "1"},
	{"www CNAME a.^12;a.www A 1", "1"},
	{"^12 CNAME ^12;^12 A 1", "1"},
	{"www CNAME a;www CNAME b;a A 1;b A 2", "12"},
	{"www CNAME a;b CNAME c;c A 1", ""},
	{"www CNAME .;a A 1", ""},
	{". CNAME www;. A 1", ""},
	/* circles */
	{"www CNAME www;www A 1", "1"},
	{"www CNAME a;a CNAME www;a A 1", "1"},
	{"www CNAME a;a CNAME b;b CNAME a;b A 1", "1"},
	{"a CNAME b;b CNAME a;b A 1", ""},
	/* records that are not what they should be */
	{"www CHAOS 1", ""},
	{"www TXT 1", ""},
	{"www MAPPED 1", ""},
	{"www LONG 1", ""},
	{"www SHORT 1;www A 2", "2"},
	{"www LIES 1", ""},
	{"www CNAME+ 2;a A 1", ""},
	{"www NS a;a A 1", ""},
	{"www A 2;www LIES 1", ""},
	/*
	 * Pointers: to itself (records begin at 21, behind the question), a
	 * circle of two, outside, into the header.
	 */
	{"^21 A 1", ""},
	{"^37 A 1;^21 A 2", ""},
	{"^4000 A 1", ""},
	{"^16383 A 1", ""},
	{"^0 A 1", ""},
	{"^2 A 1", ""},
	{"a.^21 A 1", ""},
	{"www CNAME ^33;a A 1", ""},
	{"www CNAME ^4000;a A 1", ""},
};

static void test_answers(void **state)
{
	struct bytes message;
	enum kind kind;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(answers); i++) {
		message = answer_of(answers[i].records);
		for (kind = 0; kind < KINDS; kind++)
			check_message(kind, &message, answers[i].known,
				      answers[i].records);
	}
}

/* What the resolver says besides the answer. */
static void test_other_sections(void **state)
{
	struct bytes message = {.length = 0};

	(void)state;
	put_header(&message, NO_ERROR, 1, 1, 2);
	put_question(&message, "www", IN);
	put_address(&message, "www", 1);
	put_address(&message, "www", 2);
	put_record(&message, "", OPT, 1232, 0);
	check_message(UDP4, &message, "1", "additional section");
}

static const struct {
	const char *about;
	unsigned flags, questions, answers, others, class;
	const char *known;
} headers[] = {
	{"good", NO_ERROR, 1, 1, 0, IN, "1"},
	{"authoritative", 0x8580, 1, 1, 0, IN, "1"},
	{"truncated", 0x8380, 1, 1, 0, IN, "1"},
	{"all flags", 0x87f0, 1, 1, 0, IN, "1"},
	{"query", 0x0180, 1, 1, 0, IN, ""},
	{"opcode notify", 0xa180, 1, 1, 0, IN, ""},
	{"opcode 1", 0x8980, 1, 1, 0, IN, ""},
	{"no such name", 0x8183, 1, 1, 0, IN, ""},
	{"server failure", 0x8182, 1, 1, 0, IN, ""},
	{"no question", NO_ERROR, 0, 1, 0, IN, ""},
	{"record is question", NO_ERROR, 2, 1, 0, IN, ""},
	{"question is record", NO_ERROR, 1, 0, 0, IN, ""},
	{"too many answers", NO_ERROR, 1, 2, 0, IN, ""},
	{"very many answers", NO_ERROR, 1, 65535, 0, IN, ""},
	{"too many others", NO_ERROR, 1, 1, 1, IN, ""},
	{"all counts", NO_ERROR, 65535, 65535, 65535, IN, ""},
	{"class chaos", NO_ERROR, 1, 1, 0, CH, ""},
	{"class any", NO_ERROR, 1, 1, 0, 255, ""},
	{"class 0", NO_ERROR, 1, 1, 0, 0, ""},
};

static void test_headers(void **state)
{
	struct bytes message;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(headers); i++) {
		message.length = 0;
		put_header(&message, headers[i].flags, headers[i].questions,
			   headers[i].answers, headers[i].others);
		put_question(&message, "www", headers[i].class);
		put_address(&message, "www", 1);
		check_message(UDP4, &message, headers[i].known,
			      headers[i].about);
		check_message(TCP4, &message, headers[i].known,
			      headers[i].about);
	}
}

static void test_two_questions(void **state)
{
	struct bytes message = {.length = 0};

	(void)state;
	put_header(&message, NO_ERROR, 2, 1, 0);
	put_question(&message, "www", IN);
	put_question(&message, "www", IN);
	put_address(&message, "www", 1);
	check_message(UDP4, &message, "", "two questions");
}

/* One byte of a good packet is another. */
static const struct {
	const char *about;
	enum kind kind;
	unsigned at, value;
	const char *known;
} packets[] = {
	{"as it is", UDP4, 0, 0x45, "1"},
	{"version 0", UDP4, 0, 0x05, ""},
	{"version 5", UDP4, 0, 0x55, ""},
	{"version 6", UDP4, 0, 0x65, ""},
	{"header too short", UDP4, 0, 0x44, ""},
	{"no header", UDP4, 0, 0x40, ""},
	{"header too long", UDP4, 0, 0x4f, ""},
	{"total length 20", UDP4, 3, 20, ""},
	{"total length 28", UDP4, 3, 28, ""},
	{"total length 0", UDP4, 3, 0, ""},
	{"total length too long", UDP4, 2, 1, ""},
	{"more fragments", UDP4, 6, 0x20, ""},
	{"fragment", UDP4, 7, 1, ""},
	{"fragment far behind", UDP4, 6, 0x10, ""},
	{"may be fragmented", UDP4, 6, 0, "1"},
	{"protocol ICMP", UDP4, 9, 1, ""},
	{"protocol TCP", UDP4, 9, 6, ""},
	{"other source", UDP4, 12, 99, "1"},
	{"source port 54", UDP4, 21, 54, ""},
	{"source port 309", UDP4, 20, 1, ""},
	{"other port", UDP4, 22, 1, "1"},
	{"UDP length 7", UDP4, 25, 7, ""},
	{"UDP length 0", UDP4, 25, 0, ""},
	{"UDP length 8", UDP4, 25, 8, ""},
	{"UDP length too long", UDP4, 24, 1, ""},
	{"IPv6 as it is", UDP6, 0, 0x60, "1"},
	{"IPv6 traffic class", UDP6, 0, 0x6f, "1"},
	{"IPv6 too long", UDP6, 4, 1, ""},
	{"IPv6 length 0", UDP6, 5, 0, ""},
	{"IPv6 hop by hop", UDP6, 6, 0, ""},
	{"IPv6 fragment", UDP6, 6, 44, ""},
	{"IPv6 source port", UDP6, 41, 54, ""},
	{"TCP as it is", TCP4, 32, 0x50, "1"},
	{"TCP header 16", TCP4, 32, 0x40, ""},
	{"TCP header 0", TCP4, 32, 0, ""},
	{"TCP header 60", TCP4, 32, 0xf0, ""},
	{"TCP length 0", TCP4, 41, 0, ""},
	{"TCP length 11", TCP4, 41, 11, ""},
	{"TCP length too long", TCP4, 40, 1, ""},
	{"TCP FIN", TCP4, 33, 0x19, "1"},
	{"TCP source port", TCP4, 21, 54, ""},
};

static void test_packets(void **state)
{
	struct bytes message = answer_of("www A 1"), packet;
	struct dns_names *names;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(packets); i++) {
		packet = packet_of(packets[i].kind, &message);
		packet.at[packets[i].at] = (uint8_t)packets[i].value;
		names = create();
		take(names, packet.at, packet.length);
		check_known(names, packets[i].known, "www", packets[i].about);
		free(names);
	}
}

static void test_packet_cut_off(void **state)
{
	struct bytes message = answer_of("www CNAME a;a A 1"), packet;
	struct dns_names *names = create();
	enum kind kind;
	size_t cut;

	(void)state;
	for (kind = 0; kind < KINDS; kind++) {
		packet = packet_of(kind, &message);
		for (cut = 0; cut < packet.length; cut++) {
			take(names, packet.at, cut);
			check_known(names, "", "", "packet cut off");
		}
	}
	free(names);
}

/* The headers are right, and tell of less than a message. */
static void test_message_cut_off(void **state)
{
	struct bytes whole = answer_of("www CNAME a;a A 1"), part;
	enum kind kind;

	(void)state;
	for (part = whole; part.length; part.length--)
		for (kind = 0; kind < KINDS; kind++)
			check_message(kind, &part,
				      part.length == whole.length ? "1" : "",
				      "message cut off");
}

/* A link has a shortest frame; or there is a checksum behind. */
static void test_padding(void **state)
{
	struct bytes message = answer_of("www A 1"), packet;
	struct dns_names *names;
	enum kind kind;

	(void)state;
	for (kind = 0; kind < KINDS; kind++) {
		packet = packet_of(kind, &message);
		put32(&packet, 0);
		put16(&packet, 0xffff);
		names = create();
		take(names, packet.at, packet.length);
		check_known(names, "1", "www", "padding");
		free(names);
	}
}

/* Behind what the headers tell, but within the message's packet: refused. */
static void test_bytes_behind_message(void **state)
{
	struct bytes message = answer_of("www A 1");

	(void)state;
	put8(&message, 0);
	check_message(UDP4, &message, "", "bytes behind");
}

static struct bytes answer_for(const char *name, unsigned last)
{
	struct bytes message = {.length = 0};

	put_header(&message, NO_ERROR, 1, 1, 0);
	put_question(&message, name, IN);
	put_address(&message, "^12", last);
	return message;
}

/* A segment of these messages, with the last bytes of it left out. */
static void take_segment(struct dns_names *names, const struct bytes *messages,
			 size_t count, size_t left_out)
{
	struct bytes payload = {.length = 0}, packet = {.length = 0};
	size_t i;

	for (i = 0; i < count; i++) {
		put16(&payload, messages[i].length);
		put(&payload, messages[i].at, messages[i].length);
	}
	payload.length -= left_out;
	put_ipv4(&packet, 0, 6, 20 + payload.length);
	put_tcp(&packet, 0, 0x18, payload.at, payload.length);
	take(names, packet.at, packet.length);
}

/* Of some messages in a segment those are read that are there as a whole. */
static void test_tcp_messages(void **state)
{
	const struct bytes messages[] = {
		answer_for("www", 1), answer_for("www", 2),
		answer_for("www", 3),
	};
	size_t left_out;
	struct dns_names *names;

	(void)state;
	for (left_out = 0; left_out < 2 + messages[2].length; left_out++) {
		names = create();
		take_segment(names, messages, COUNT(messages), left_out);
		check_known(names, left_out ? "12" : "123", "www", "messages");
		free(names);
	}
}

/* What follows something that is no message is not looked at. */
static void test_tcp_no_message(void **state)
{
	struct bytes messages[] = {
		answer_for("www", 1), answer_for("www", 2),
		answer_for("www", 3),
	};
	struct dns_names *names = create();

	(void)state;
	messages[1].at[5] = 2;
	take_segment(names, messages, COUNT(messages), 0);
	check_known(names, "1", "www", "no message");
	messages[0].length = 0;
	take_segment(names, messages, COUNT(messages), 0);
	check_known(names, "1", "www", "empty message");
	free(names);
}

static void test_last_answer_wins(void **state)
{
	struct dns_names *names = create();
	struct bytes message;

	(void)state;
	message = answer_for("first.example.com", 1);
	take_message(names, UDP4, &message);
	message = answer_for("second.example.com", 1);
	take_message(names, TCP6, &message);
	message = answer_for("other.example.com", 2);
	take_message(names, UDP6, &message);
	assert_string_equal(name_of(names, 1), "second.example.com");
	assert_string_equal(name_of(names, 2), "other.example.com");
	free(names);
}

static void test_names(void **state)
{
	static const char x50[] =
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	static const char *const asked[] = {
		"a", "WWW.Example.COM", "1.2.3.4.in-addr.arpa",
		"_srv._tcp.example.com", "xn--bcher-kva.example",
	};
	struct dns_names *names = create();
	struct bytes message;
	char name[256];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(asked); i++) {
		message = answer_for(asked[i], 1);
		take_message(names, UDP4, &message);
		assert_string_equal(name_of(names, 1), asked[i]);
	}
	/* 253 letters and dots are 255 bytes in a message; and one more */
	snprintf(name, sizeof(name), "%s.%s.%s.%s.%s", x50, x50, x50, x50,
		 x50 + 1);
	message = answer_for(name, 2);
	take_message(names, UDP4, &message);
	assert_string_equal(name_of(names, 2), name);
	strcat(name, "x");
	message = answer_for(name, 3);
	take_message(names, UDP4, &message);
	assert_null(name_of(names, 3));
	/* the root has no name */
	message = answer_for("", 4);
	take_message(names, UDP4, &message);
	assert_null(name_of(names, 4));
	free(names);
}

/* Every byte in a label, alone and between others. */
static void test_hostile_names(void **state)
{
	struct bytes message;
	const char *name;
	struct dns_names *names;
	char label[4];
	unsigned byte;

	(void)state;
	for (byte = 1; byte < 256; byte++) {
		if (byte == '.' || byte == '^')
			continue;
		snprintf(label, sizeof(label), "a%cb", byte);
		names = create();
		message = answer_for(label, 1);
		take_message(names, UDP4, &message);
		message = answer_for(label + 1, 2);
		take_message(names, UDP4, &message);
		name = name_of(names, 1);
		assert_non_null(name);
		assert_in_range(strlen(name), 3, 6);
		assert_non_null(name_of(names, 2));
#ifdef __GLIBC__
		for (const char *c = name; *c; c++)
			assert_in_range(*c, '!', '~');
#endif
		free(names);
	}
}

/* Bytes that take four characters each, and a NUL, and a dot in a label. */
static void test_names_as_text(void **state)
{
	struct dns_names *names = create();
	struct bytes message = answer_for("a\n\n\n\n\n\n\n\n", 1);

	(void)state;
	message.at[QUESTION_AT + 2] = '\0';
	take_message(names, UDP4, &message);
	message = answer_for("axb", 2);
	message.at[QUESTION_AT + 2] = '.';
	take_message(names, UDP4, &message);
#ifdef __GLIBC__
	assert_string_equal(name_of(names, 1),
			    "a\\000\\010\\010\\010\\010\\010\\010\\010");
	assert_string_equal(name_of(names, 2), "a\\.b");
#endif
	free(names);
}

/* A chain of as many CNAMEs as there may be, and one that is too long. */
static void test_long_chain(void **state)
{
	struct bytes message;
	char name[2][16];
	unsigned links, i;

	(void)state;
	for (links = 16; links <= 17; links++) {
		message.length = 0;
		put_header(&message, NO_ERROR, 1, links + 1, 0);
		put_question(&message, "www", IN);
		strcpy(name[0], "www");
		for (i = 0; i < links; i++) {
			snprintf(name[~i & 1], 16, "n%u", i);
			put_cname(&message, name[i & 1], name[~i & 1]);
		}
		put_address(&message, name[i & 1], 1);
		check_message(UDP4, &message, links == 16 ? "1" : "", "chain");
	}
}

/* More addresses than there is room for, in messages of 50. */
static void test_many_addresses(void **state)
{
	struct dns_names *names = create();
	struct bytes message;
	unsigned i, known = 0;
	struct in_addr address;

	(void)state;
	for (i = 0; i < 10000; i++) {
		if (i % 50 == 0) {
			message.length = 0;
			put_header(&message, NO_ERROR, 1, 50, 0);
			put_question(&message, "www", IN);
		}
		put_record(&message, "^12", A, IN, 4);
		put32(&message, 0x0a000000 + i);
		if (i % 50 == 49)
			take_message(names, i & 64 ? UDP4 : UDP6, &message);
	}
	for (i = 0; i < 10000; i++) {
		address.s_addr = htonl(0x0a000000 + i);
		known += !!dns_names_get(names, address);
	}
	assert_int_equal(known, 4096);
	assert_string_equal(dns_names_get(names, address), "www");
	free(names);
}

/* Whatever comes, names are short, and only addresses that were in have one. */
static void test_mutations(void **state)
{
	static const uint8_t bytes[] = {0, 1, 2, 4, 5, 12, 21, 53, 0xc0, 0xff};
	struct bytes message, packet;
	struct dns_names *names = create();
	const char *name;
	unsigned round, k;

	(void)state;
	srand(SEED);
	for (round = 0; round < 100000; round++) {
		message = answer_of(
			answers[(size_t)rand() % COUNT(answers)].records);
		packet = packet_of(rand() % KINDS, &message);
		for (k = 1 + rand() % 4; k; k--)
			packet.at[(size_t)rand() % packet.length] =
				rand() % 2 ? rand() % 256
					   : bytes[rand() % sizeof(bytes)];
		take(names, packet.at, packet.length - rand() % 2);
		name = name_of(names, rand() % 10);
		if (name)
			assert_in_range(strlen(name), 1, 255);
	}
	free(names);
}

/* Without -d there is no listener. */
static void test_no_listener(void **state)
{
	(void)state;
	assert_int_equal(dns_fd(NULL), -1);
	dns_read(NULL);
	dns_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_other_sections),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_two_questions),
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_packet_cut_off),
		cmocka_unit_test(test_message_cut_off),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_bytes_behind_message),
		cmocka_unit_test(test_tcp_messages),
		cmocka_unit_test(test_tcp_no_message),
		cmocka_unit_test(test_last_answer_wins),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_names_as_text),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_no_listener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
