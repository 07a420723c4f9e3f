/*
 * What a file was found to be: counts, findings with exact places, and the
 * identity of its good rows.
 */
#ifndef COUPON_CHECK_RESULT_H
#define COUPON_CHECK_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/str.h"
#include "../format/reader.h"
#include "rules.h"

struct finding {
	enum rule	 rule;
	enum severity	 severity;
	struct place	 place;		/* record 0: of the file */
	const char	*field;		/* "coupon_code" ..., or NULL */
	char		*value;		/* raw bytes, shortened; or NULL */
	size_t		 value_len;
	char		*message;	/* printable */
	char		*fix;		/* lossless replacement, or NULL */
	bool		 has_first;
	struct place	 first;		/* of a duplicate */
	char		*first_file;	/* the file it is in; NULL: this one */
};

/* Identity of the rows to send, independent of their order. */
struct content {
	uint64_t	rows;
	uint64_t	hi, lo;	/* sum modulo 2^128 of XXH3-128 per row */
};

/* Good rows of one day. */
struct day_rows {
	struct date	day;
	uint64_t	rows;
};

struct check_result {
	const char	*format;	/* "csv" or "txt" */
	const char	*packing;	/* "none", "gzip" or "zip" */
	char		*encoding;	/* "utf-8" */
	char		 delimiter;	/* 0 for TXT */
	bool		 header;
	uint64_t	 bytes;		/* unpacked; of all the file */
	uint64_t	 rows, valid, invalid, duplicates;
	uint64_t	 aside;		/* broken rows that were written */
	uint64_t	 skipped;	/* redeemed 0, part of valid */
	uint64_t	 left_out;	/* lines above the header that are
					   neither rows nor a header; beside
					   rows */
	uint64_t	 errors, warnings; /* findings, omitted ones too */
	uint64_t	 by_rule[RULE__MAX];
	uint64_t	 findings_omitted;
	struct finding	*findings;	/* in file order */
	size_t		 nfindings;
	uint64_t	 changed[RULE__MAX]; /* corrections in fixed */
	struct finding	*changes;	/* the first of them: value was, fix
					   is; or a message of what was done */
	size_t		 nchanges;
	bool		 no_redeemed;	/* no column and no setting says whether
					   rows were redeemed, */
	bool		 no_date;	/* or when: a run needs both */
	bool		 fatal;		/* a file-level error: all unusable */
	bool		 systematic;	/* damage over 1 % of the rows */
	struct date	 first_date, last_date; /* of good rows; or none */
	struct day_rows	*days;		/* the same, one by one */
	size_t		 ndays;
	struct content	 content;	/* of the rows to send */
};

#endif
