/*
 * dns_answer.c - follows CNAMEs from the question to addresses. libresolv reads
 * every byte of the message.
 */
#include "dns/dns_answer.h"

#include <arpa/nameser.h>
#include <string.h>
#include <strings.h>

#include "dns/dns_names.h"

#define RECORDS_MAX 256
#define ALIASES_MAX 16

struct answer {
	ns_msg message;
	int records;
	/* The question's name, and those that it is an alias of. */
	size_t known;
	char name[1 + ALIASES_MAX][DNS_NAME_SIZE];
};

/*
 * Names are compared as the C library writes them. One that does not fit has
 * many bytes that are no text; it is not taken.
 */
static bool add_name(struct answer *answer, const char *name)
{
	size_t length = strlen(name);

	/* The root: glibc writes a dot, musl nothing. */
	if (!length || !strcmp(name, ".") || length >= DNS_NAME_SIZE)
		return false;
	memcpy(answer->name[answer->known++], name, length + 1);
	return true;
}

static bool read_question(struct answer *answer)
{
	ns_msg *message = &answer->message;
	ns_rr record;

	if (ns_msg_getflag(*message, ns_f_qr) != 1 ||
	    ns_msg_getflag(*message, ns_f_opcode) != ns_o_query ||
	    ns_msg_getflag(*message, ns_f_rcode) != ns_r_noerror ||
	    ns_msg_count(*message, ns_s_qd) != 1 ||
	    ns_parserr(message, ns_s_qd, 0, &record) ||
	    ns_rr_class(record) != ns_c_in)
		return false;
	return add_name(answer, ns_rr_name(record));
}

/* The next record of that type; *i is where to look. */
static bool next_record(struct answer *answer, ns_type type, int *i,
			ns_rr *record)
{
	while (*i < answer->records &&
	       !ns_parserr(&answer->message, ns_s_an, (*i)++, record))
		if (ns_rr_type(*record) == type &&
		    ns_rr_class(*record) == ns_c_in)
			return true;
	return false;
}

static bool is_known(const struct answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->known; i++)
		if (!strcasecmp(answer->name[i], name))
			return true;
	return false;
}

/* Returns whether a CNAME leads to a name that was not known. */
static bool follow_alias(struct answer *answer, const ns_rr *record)
{
	const ns_msg *message = &answer->message;
	char target[NS_MAXDNAME];

	return answer->known <= ALIASES_MAX &&
	       is_known(answer, ns_rr_name(*record)) &&
	       ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message),
				  ns_rr_rdata(*record), target,
				  sizeof(target)) == ns_rr_rdlen(*record) &&
	       !is_known(answer, target) && add_name(answer, target);
}

/* They may stand in any order. */
static void follow_aliases(struct answer *answer)
{
	bool has_more;
	ns_rr record;

	do {
		has_more = false;
		for (int i = 0; next_record(answer, ns_t_cname, &i, &record);)
			has_more |= follow_alias(answer, &record);
	} while (has_more);
}

static void put_addresses(struct answer *answer, struct dns_names *names)
{
	struct in_addr address;
	ns_rr record;

	for (int i = 0; next_record(answer, ns_t_a, &i, &record);) {
		if (ns_rr_rdlen(record) != sizeof(address) ||
		    !is_known(answer, ns_rr_name(record)))
			continue;
		memcpy(&address, ns_rr_rdata(record), sizeof(address));
		dns_names_put(names, address, answer->name[0]);
	}
}

bool dns_answer_read(struct dns_names *names, const uint8_t *message,
		     size_t length)
{
	struct answer answer;

	if (length > NS_MAXMSG ||
	    ns_initparse(message, length, &answer.message))
		return false;
	answer.known = 0;
	answer.records = ns_msg_count(answer.message, ns_s_an);
	if (answer.records > RECORDS_MAX)
		answer.records = RECORDS_MAX;
	if (!read_question(&answer))
		return true;
	follow_aliases(&answer);
	put_addresses(&answer, names);
	return true;
}
