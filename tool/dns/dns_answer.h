/* dns_answer.h - the addresses that a DNS message gives for a name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dns_names;

/*
 * If message is a successful answer to one question of the Internet's class,
 * put every A record's address in names with the name that was asked for. An A
 * record counts if it belongs to that name, or to one of 16 at most that CNAME
 * records lead to from there, in any order, within the first 256 records.
 * Returns false for what is no whole DNS message.
 */
bool dns_answer_read(struct dns_names *names, const uint8_t *message,
		     size_t length);
