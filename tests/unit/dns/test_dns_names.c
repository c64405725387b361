/*
 * test_dns_names.c - an address has the name it was given last, and the
 * addresses that are forgotten are the right ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>

#include "dns/dns_names.h"

#define SEED	     20150825
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct dns_names *create(void)
{
	struct dns_names *names = calloc(1, sizeof(*names));

	assert_non_null(names);
	return names;
}

static void put(struct dns_names *names, uint32_t address, const char *name)
{
	dns_names_put(names, (struct in_addr){address}, name);
}

static const char *get(const struct dns_names *names, uint32_t address)
{
	return dns_names_get(names, (struct in_addr){address});
}

static void test_nothing_was_put(void **state)
{
	static const uint32_t addresses[] = {0, 1, 0x7f000001, UINT32_MAX};
	struct dns_names *names = create();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(addresses); i++)
		assert_null(get(names, addresses[i]));
	free(names);
}

static void test_any_address(void **state)
{
	static const uint32_t addresses[] = {0, 1, 0x7f000001, UINT32_MAX};
	struct dns_names *names = create();
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(addresses); i++) {
		put(names, addresses[i], "a");
		assert_string_equal(get(names, addresses[i]), "a");
	}
	free(names);
}

static void test_last_one_wins(void **state)
{
	struct dns_names *names = create();

	(void)state;
	put(names, 1, "a.longer.name");
	put(names, 2, "other");
	put(names, 1, "b");
	assert_string_equal(get(names, 1), "b");
	assert_string_equal(get(names, 2), "other");
	free(names);
}

static void test_lengths(void **state)
{
	char name[DNS_NAME_SIZE + 1];
	struct dns_names *names = create();

	(void)state;
	memset(name, 'x', sizeof(name));
	name[DNS_NAME_SIZE] = '\0';
	put(names, 1, name);
	assert_null(get(names, 1));
	put(names, 1, "");
	assert_null(get(names, 1));
	name[DNS_NAME_SIZE - 1] = '\0';
	put(names, 1, name);
	assert_string_equal(get(names, 1), name);
	put(names, 1, "");
	assert_string_equal(get(names, 1), name);
	free(names);
}

/* Neighbors do not displace each other: all that there is room for is kept. */
static void test_oldest_is_forgotten(void **state)
{
	struct dns_names *names = create();
	uint32_t i;

	(void)state;
	for (i = 0; i < DNS_NAMES_CAPACITY; i++)
		put(names, htonl(i), "x");
	put(names, htonl(0), "again");
	for (i = 1; i < DNS_NAMES_CAPACITY; i++)
		assert_string_equal(get(names, htonl(i)), "x");
	put(names, htonl(i), "y");
	assert_null(get(names, htonl(0)));
	put(names, htonl(i + 1), "y");
	assert_null(get(names, htonl(1)));
	for (i = 2; i < DNS_NAMES_CAPACITY; i++)
		assert_string_equal(get(names, htonl(i)), "x");
	assert_string_equal(get(names, htonl(i)), "y");
	assert_string_equal(get(names, htonl(i + 1)), "y");
	put(names, htonl(0), "back");
	assert_string_equal(get(names, htonl(0)), "back");
	free(names);
}

#define ADDRESSES 6000

/*
 * Addresses of one network, of many, or any, against a simple model: a name
 * that is found is the last one. Returns how many of those that were put among
 * the last so many puts are found.
 */
static int check_model(uint32_t scale, int recent)
{
	static int stamps[ADDRESSES];
	struct dns_names *names = create();
	int round, found = 0;
	uint32_t address;
	const char *name;
	char text[16];

	memset(stamps, 0, sizeof(stamps));
	for (round = 1; round < 20000; round++) {
		address = rand() % ADDRESSES;
		snprintf(text, sizeof(text), "%d", round);
		put(names, htonl(address * scale), text);
		stamps[address] = round;
	}
	for (address = 0; address < ADDRESSES; address++) {
		name = get(names, htonl(address * scale));
		if (name)
			assert_int_equal(atoi(name), stamps[address]);
		if (stamps[address] >= round - recent)
			found += name != NULL;
	}
	free(names);
	return found;
}

static void test_against_model(void **state)
{
	static const uint32_t scales[] = {1, 256, 1 << 19, 2654435761};
	size_t i;

	(void)state;
	srand(SEED);
	for (i = 0; i < COUNT(scales); i++)
		assert_in_range(check_model(scales[i], 100), 90, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_was_put),
		cmocka_unit_test(test_any_address),
		cmocka_unit_test(test_last_one_wins),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_oldest_is_forgotten),
		cmocka_unit_test(test_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
