/*
 * One checking of one file, and of the files that are judged with it: what
 * every check_*.c works on.
 */
#ifndef COUPON_CHECKER_INTERNAL_H
#define COUPON_CHECKER_INTERNAL_H

#include <iconv.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "../base/buf.h"
#include "../format/utf16.h"
#include "bits.h"
#include "check.h"
#include "columns_internal.h"
#include "date_format_internal.h"
#include "findings_internal.h"
#include "others.h"
#include "profile_internal.h"

struct aside;
struct dedup;
struct err;
struct fixer;
struct days;
struct known;
struct tz;
struct unpack;

/* The same file is read once or more: */
enum pass {
	PASS_CHECK,		/* everything that one row tells */
	PASS_KNOWN,		/* another share of the known codes */
	PASS_SEE,		/* rows that may repeat; ruined codes */
	PASS_JUDGE,		/* those rows again, when they are many */
	PASS_ASIDE,		/* write the broken rows */
	PASS_FIX		/* write the corrected file */
};

/* The files that are judged together. */
struct check_set {
	struct check_input	*in;
	size_t			 n;
	struct checker		**file;		/* NULL: it failed */
	struct dedup		*dups;
	struct known		*known;		/* or NULL */
	uint64_t		 memory;	/* for duplicates */
	const struct check_others *others;	/* or NULL */
	check_row_f		*common;	/* only rows in common are
						   wanted; or NULL */
	void			*common_arg;
};

struct checker {
	struct check_opts	 opts;
	const struct check_opts	*o;		/* those */
	struct check_result	*res;
	const char		*name;
	struct check_set	*set;
	unsigned		 file;		/* its number in the set */
	struct stat		 before;	/* of the file */
	int			 fd;
	uint64_t		 size;		/* of the file on disk */
	bool			 csv;
	bool			 plain;		/* neither gzip nor zip */
	enum pass		 pass;
	bool			 stop;		/* nothing more to learn */
	uint64_t		 seen;		/* bytes read, for a stop */
	/* UTF-16 and UTF-32 */
	enum utf16_kind		 utf16_kind;	/* as set, or by its mark */
	bool			 utf16_any;	/* set, but not which one */
	struct utf16		*utf16;		/* of this pass; or NULL */
	struct cell		*utf16_cells;	/* LIM_COLUMNS, if needed */
	struct cell		*bare_cells;	/* likewise */
	struct findings		 found;
	struct findings		 changes;	/* in PASS_FIX */
	struct fixer		*fixer;		/* or NULL */
	struct aside		*aside;		/* PASS_ASIDE; or NULL */
	uint64_t		 fed;		/* decoded bytes, last pass */
	/* header */
	bool			 mapped;	/* the columns are known */
	int			 col[COLUMNS];	/* index, or -1 */
	size_t			 width;		/* cells in a row */
	uint64_t		 shift;		/* titles above the header */
	struct title		 titles[TITLES_MAX];
	char			 no_header[MESSAGE_BYTES];
	struct place		 likely;	/* of the line that is about */
	size_t			 likely_cells;
	bool			 sep;		/* the first line says sep= */
	struct place		 header_stray;	/* line 0: none */
	/* cells */
	unsigned char		 byte[256];
	size_t			 min_code, max_code;
	bool			 standard_words; /* 1 and 0 */
	struct date_format	 date;
	struct tz		*zone;		/* if dates need it; or NULL */
	struct date		 first;		/* day that is accepted */
	char			 day_text[16];	/* a good date, and its day */
	size_t			 day_len;
	struct date		 day;
	bool			 has_pattern;
	regex_t			 pattern;
	char			*pattern_text;	/* max_code and a NUL */
	bool			 has_iconv;
	iconv_t			 iconv;
	bool			 pairs;		/* the delimiter may be the
						   second byte of a pair */
	bool			 lead[256];	/* first bytes of pairs */
	struct buf		 decoded[COLUMNS];
	/* the row */
	struct coupon		 row;
	unsigned		 row_errors;
	bool			 row_control;	/* reported already */
	bool			 row_encoding;
	bool			 row_stray;	/* a quote out of place, */
	struct place		 stray;		/* the first of them */
	struct place		 nul;		/* first NUL; line 0: none */
	bool			 all_digits;	/* its code */
	bool			 trial;		/* of a correction, not a row */
	bool			 trial_failed;
	struct buf		 problems;	/* PASS_ASIDE */
	uint64_t		 aside_most;	/* bytes of broken rows */
	char			*head;		/* first line of set_aside */
	size_t			 head_len;
	size_t			 head_cells;	/* of the input's header that
						   are in it */
	/* the file */
	uint64_t		 digits[DIGITS_MAX + 1]; /* by length */
	uint64_t		 zero_led;	/* of them: begin with 0 */
	size_t			 digits_len;	/* usual length; 0: none */
	bool			 zeros;		/* look for lost zeros now */
	uint64_t		 rounded;	/* as code_rounded, */
	uint64_t		 serials;	/* code_serial, */
	uint64_t		 naughts;	/* "0", */
	uint64_t		 grouped;	/* code_grouped with two points
						   or more, */
	uint64_t		 grouped_zero;	/* or with a leading 0 */
	unsigned		 ruins;		/* of the column; RUIN_... */
	bool			 look;		/* for ruined codes now */
	struct bits		 broken;
	struct bits		 repeated;	/* for check_opts.good */
	struct dedup		*dups;		/* the set's */
	struct known		*known;		/* the set's; or NULL */
	struct bits		 unknown;	/* found in PASS_KNOWN */
	struct days		*days;
};

#endif
