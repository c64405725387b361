/*
 * fuzz_dns.c - any packets, one after the other: what is remembered of them
 * are names that can be shown, and addresses that stood in a packet.
 *
 * Each packet is: a byte that says what is to be put around it (see wrap()),
 * its length in another two, and its bytes.
 */
#include "dns/dns.h"
#include "dns/dns_names.h"
#include "fuzz.h"
#include "read/connect_event.h"
#include "show/json.h"
#include "show/table.h"

#include <stdlib.h>
#include <string.h>

#define IPV4 20
#define UDP  8
#define TCP  20
#define PORT 53

enum kind { RAW, IN_UDP, IN_TCP, IN_TCP_SYN, KINDS };

static void put16(uint8_t *at, size_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* Headers as they must be, so that what is inside gets through. */
static size_t put_headers(uint8_t *at, enum kind kind, size_t length)
{
	size_t inner = kind == IN_UDP ? UDP : TCP;

	memset(at, 0, IPV4 + TCP);
	at[0] = 0x45;
	put16(at + 2, IPV4 + inner + length);
	at[9] = kind == IN_UDP ? 17 : 6;
	put16(at + IPV4, PORT);
	if (kind == IN_UDP) {
		put16(at + IPV4 + 4, UDP + length);
	} else {
		at[IPV4 + 12] = TCP / 4 << 4;
		at[IPV4 + 13] = kind == IN_TCP_SYN ? 2 : 0;
	}
	return IPV4 + inner;
}

/* As it would be printed. */
static void require_printable(const char *name)
{
	struct connect_event event = {.query = name};
	struct bytes text = {.at = NULL};
	FILE *out = open_memstream(&text.at, &text.length);
	struct table table;

	require(out && *name && strlen(name) <= 255);
	table_init(&table, out, &(struct table_columns){.query = true});
	table_row(&table, &event);
	json_row(out, &event);
	require(!ferror(out));
	fclose(out);
	require_lines(&text, false);
	free(text.at);
}

/* Every four bytes may be an address. */
static void require_names(const struct dns_names *names, const uint8_t *packet,
			  size_t length)
{
	struct in_addr address;
	const char *name;
	size_t i;

	for (i = 0; i + sizeof(address) <= length; i++) {
		memcpy(&address, packet + i, sizeof(address));
		name = dns_names_get(names, address);
		if (name)
			require_printable(name);
	}
}

static void take(struct dns_names *names, enum kind kind, struct input *input,
		 size_t count)
{
	uint8_t headers[IPV4 + TCP], *packet;
	size_t length, before = 0;
	char *bytes = input_copy(input, count, &length);

	if (kind != RAW)
		before = put_headers(headers, kind, length);
	packet = malloc(before + length);
	require(packet || !(before + length));
	if (before)
		memcpy(packet, headers, before);
	if (length)
		memcpy(packet + before, bytes, length);
	dns_packet(names, packet, before + length);
	require_names(names, packet, before + length);
	free(packet);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct dns_names *names = calloc(1, sizeof(*names));
	size_t count;
	uint8_t kind;

	require(names);
	while (input.left >= 3) {
		kind = input.at[0] % KINDS;
		count = input.at[1] << 8 | input.at[2];
		input.at += 3;
		input.left -= 3;
		take(names, kind, &input, count);
	}
	free(names);
	return 0;
}
