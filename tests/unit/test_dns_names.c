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

#include "dns_names.h"

#define SEED	     20150825
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct dns_names *create(void)
{
	struct dns_names *names = dns_names_create();

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
	dns_names_free(names);
	dns_names_free(NULL);
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
	dns_names_free(names);
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
	dns_names_free(names);
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
	dns_names_free(names);
}

/* Two more than there is room for; the first one was put again. */
static void test_oldest_is_forgotten(void **state)
{
	struct dns_names *names = create();
	uint32_t i;

	(void)state;
	for (i = 0; i < DNS_NAMES_CAPACITY; i++)
		put(names, i, "x");
	put(names, 0, "again");
	put(names, DNS_NAMES_CAPACITY, "y");
	put(names, DNS_NAMES_CAPACITY + 1, "y");
	assert_string_equal(get(names, 0), "again");
	assert_null(get(names, 1));
	assert_null(get(names, 2));
	for (i = 3; i < DNS_NAMES_CAPACITY; i++)
		assert_string_equal(get(names, i), "x");
	assert_string_equal(get(names, i), "y");
	assert_string_equal(get(names, i + 1), "y");
	dns_names_free(names);
}

/* Asking keeps nothing alive. */
static void test_get_does_not_renew(void **state)
{
	struct dns_names *names = create();
	uint32_t i;

	(void)state;
	for (i = 0; i < DNS_NAMES_CAPACITY; i++)
		put(names, i, "x");
	assert_non_null(get(names, 0));
	put(names, DNS_NAMES_CAPACITY, "y");
	assert_null(get(names, 0));
	dns_names_free(names);
}

#define ADDRESSES 6000

/* Among the youngest, by a clock of puts? */
static int is_young(const int *stamps, uint32_t address)
{
	int younger = 0, i;

	for (i = 0; i < ADDRESSES; i++)
		younger += stamps[i] > stamps[address];
	return stamps[address] && younger < DNS_NAMES_CAPACITY;
}

/* Addresses of one network in either byte order, against a simple model. */
static void test_against_model(void **state)
{
	static const uint32_t scales[] = {1, 256, 1 << 19};
	static int stamps[ADDRESSES];
	struct dns_names *names;
	uint32_t address;
	char name[16];
	size_t i;
	int round;

	(void)state;
	srand(SEED);
	for (i = 0; i < COUNT(scales); i++) {
		names = create();
		memset(stamps, 0, sizeof(stamps));
		for (round = 1; round < 20000; round++) {
			address = rand() % ADDRESSES;
			snprintf(name, sizeof(name), "%d", round);
			put(names, address * scales[i], name);
			stamps[address] = round;
		}
		for (address = 0; address < ADDRESSES; address += 7) {
			const char *found = get(names, address * scales[i]);

			assert_int_equal(!!found, is_young(stamps, address));
			if (found)
				assert_int_equal(atoi(found), stamps[address]);
		}
		dns_names_free(names);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_was_put),
		cmocka_unit_test(test_any_address),
		cmocka_unit_test(test_last_one_wins),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_oldest_is_forgotten),
		cmocka_unit_test(test_get_does_not_renew),
		cmocka_unit_test(test_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
