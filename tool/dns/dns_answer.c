/*
 * dns_answer.c - follows CNAMEs from the question to addresses. libresolv reads
 * every byte of the message. The records are walked through twice: for the
 * CNAMEs, then for the addresses.
 */
#include "dns/dns_answer.h"

#include <arpa/nameser.h>
#include <string.h>
#include <strings.h>

#include "dns/dns_names.h"

#define RECORDS_MAX 256
#define ALIASES_MAX 16

struct alias {
	bool followed;
	char owner[DNS_NAME_SIZE];
	char target[DNS_NAME_SIZE];
};

struct answer {
	ns_msg message;
	int records;
	char question[DNS_NAME_SIZE];
	size_t aliases;
	struct alias alias[ALIASES_MAX];
	/* The question's name, and those that it is an alias of. */
	size_t known;
	const char *name[1 + ALIASES_MAX];
};

/*
 * Names are compared as the C library writes them. One that does not fit has
 * many bytes that are no text; it is not taken.
 */
static bool copy_name(char *to, const char *from)
{
	size_t length = strlen(from);

	/* The root: glibc writes a dot, musl nothing. */
	if (!length || !strcmp(from, ".") || length >= DNS_NAME_SIZE)
		return false;
	memcpy(to, from, length + 1);
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
	return copy_name(answer->question, ns_rr_name(record));
}

static void add_alias(struct answer *answer, const ns_rr *record)
{
	const ns_msg *message = &answer->message;
	struct alias *alias = &answer->alias[answer->aliases];
	char target[NS_MAXDNAME];
	int length;

	if (answer->aliases == ALIASES_MAX)
		return;
	length = ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message),
				    ns_rr_rdata(*record), target,
				    sizeof(target));
	if (length < 0 || length != ns_rr_rdlen(*record) ||
	    !copy_name(alias->owner, ns_rr_name(*record)) ||
	    !copy_name(alias->target, target))
		return;
	alias->followed = false;
	answer->aliases++;
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

static void read_aliases(struct answer *answer)
{
	ns_rr record;

	for (int i = 0; next_record(answer, ns_t_cname, &i, &record);)
		add_alias(answer, &record);
}

/* Each is followed once, so that a circle ends. */
static void follow_aliases(struct answer *answer)
{
	answer->name[answer->known++] = answer->question;
	for (size_t i = 0; i < answer->known; i++) {
		for (size_t k = 0; k < answer->aliases; k++) {
			struct alias *alias = &answer->alias[k];

			if (alias->followed ||
			    strcasecmp(alias->owner, answer->name[i]))
				continue;
			alias->followed = true;
			answer->name[answer->known++] = alias->target;
		}
	}
}

static bool is_known(const struct answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->known; i++)
		if (!strcasecmp(answer->name[i], name))
			return true;
	return false;
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
		dns_names_put(names, address, answer->question);
	}
}

bool dns_answer_read(struct dns_names *names, const uint8_t *message,
		     size_t length)
{
	struct answer answer;

	if (length > NS_MAXMSG ||
	    ns_initparse(message, length, &answer.message))
		return false;
	answer.aliases = 0;
	answer.known = 0;
	answer.records = ns_msg_count(answer.message, ns_s_an);
	if (answer.records > RECORDS_MAX)
		answer.records = RECORDS_MAX;
	if (!read_question(&answer))
		return true;
	read_aliases(&answer);
	follow_aliases(&answer);
	put_addresses(&answer, names);
	return true;
}
