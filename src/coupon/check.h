/*
 * Checking input files: reading, rules, duplicates over the whole file and the
 * files beside it, findings with exact places, and (for a run) the good rows
 * into a spool.
 *
 * One pass over the input in bounded memory; a second, partial look only at
 * rows whose fingerprints say that they might repeat.  Fingerprints only
 * nominate: the codes decide.
 */
#ifndef COUPON_CHECK_H
#define COUPON_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/err.h"
#include "../base/log.h"
#include "../base/str.h"
#include "../format/reader.h"
#include "rules.h"
#include "spool.h"

enum check_format { CHECK_AUTO, CHECK_CSV, CHECK_TXT };

/*
 * How rows are looked at; all give the same result, and the later ones are
 * there to prove it.  BEST leaves short files to SLOW.
 */
enum check_path {
	CHECK_BEST, CHECK_AVX2, CHECK_SSE2, CHECK_SCALAR,
	CHECK_SLOW		/* row by row through the reader */
};

enum on_unredeemed { UNREDEEMED_SKIP, UNREDEEMED_SEND, UNREDEEMED_STOP };

struct check_others;
struct check_result;

#define CHECK_MEMORY	(UINT64_C(1) << 30)

struct check_opts {
	enum check_format format; /* AUTO: by the (inner) name: .txt is TXT,
				    anything else CSV */
	char		 delimiter;	/* 0: comma */
	const char	*encoding;	/* NULL: UTF-8; names as iconv knows */
	bool		 no_header;	/* columns in the order code, redeemed,
					   redeem_date */
	const char	*col_code, *col_redeemed, *col_date; /* header names;
					   NULL: the documented ones */
	const char	*date_format;	/* strptime subset %d %m %Y %y, %H %M
					   %S %p %z and literals; NULL:
					   %Y-%m-%d */
	const char	*timezone;	/* to which a time with a zone is
					   moved; NULL: the machine's */
	const char	*const *words_true, *const *words_false; /* NULL-ended
					   redeemed_words; NULL: 1 and 0 */
	int		 redeemed;	/* where the file is silent; or
					   REDEEMED_NONE */
	struct date	 redeem_date;	/* where the file is silent; or none */
	bool		 need_date;	/* a run that cannot do without */
	bool		 need_redeemed;
	enum on_unredeemed on_unredeemed;
	int64_t		 min_code, max_code;	/* bytes; 0: 1 and
					   LIM_CODE_BYTES */
	const char	*alphabet;	/* bytes allowed in a code; NULL: the
					   default of code-charset */
	const char	*pattern;	/* POSIX extended regex; NULL: none */
	const char	*known_codes;	/* path of a file with every code that
					   exists (known.h); NULL: none */
	struct date	 today;		/* in the job's zone */
	struct date	 not_before;	/* none: 2000-01-01 */
	enum log_codes	 show_codes;	/* how messages show cells that may be
					   codes; values are as they are */
	size_t		 max_findings;	/* kept; others only counted */
	const struct check_others *others; /* rows of other files that it is
					   judged together with, as if they
					   stood in one file; NULL: none */
	uint64_t	 memory;	/* bytes for duplicates and known codes;
					   0: CHECK_MEMORY */
	const char	*tmp_dir;	/* for spilling */
	unsigned	 threads;	/* 0: as many as there are cores */
	enum check_path	 path;
	size_t		 block_bytes;	/* read at a time; 0: 256 KiB; the
					   first: UTF16_GUESS_BYTES or more */
	struct spool	*spool;		/* good rows go here; NULL: nowhere */
	FILE		*set_aside;	/* broken rows as CSV: line, problems
					   (ids with spaces between), the cells
					   as they were; a row that the reader
					   dropped is one cell, all its lines.
					   In file order, written last, with the
					   guard of format/formula.h; or NULL */
	bool		(*refused)(const void *, const struct check_result *);
	const void	*refused_arg;	/* asked before broken rows are written:
					   true when the file is of no use, so
					   that LIM_ASIDE bytes of them are
					   enough; NULL: never */
	FILE		*good;		/* good rows but for repetitions, under
					   the header, byte by byte as they came
					   (UTF-8 for UTF-16 and 32), a CSV with
					   that guard; NULL: nowhere */
	FILE		*fixed;		/* the file with what can be corrected
					   without loss; NULL: nowhere */
	void		(*progress)(void *, uint64_t done, uint64_t total);
	void		*progress_arg;	/* bytes of the file on disk, from 0
					   again where it is read again */
};

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
	bool		 fatal;		/* a file-level error: all unusable */
	bool		 systematic;	/* damage over 1 % of the rows */
	struct date	 first_date, last_date; /* of good rows; or none */
	struct day_rows	*days;		/* the same, one by one */
	size_t		 ndays;
	struct content	 content;	/* of the rows to send */
};

/*
 * check_file(fd, name, opts, out, e): check a seekable file, plain, gzip or
 * zip.  An empty file is an error, a header without rows a warning.  Returns
 * 0 when it was checked, whatever was found; -1 with ERR_INPUT (unreadable,
 * damaged archive, workbook, changed while read), ERR_CONFIG (bad pattern,
 * date format or encoding name), ERR_LIMIT (an archive that unpacks to too
 * much), ERR_IO, ERR_NOSPACE, ERR_CREATE, ERR_NOMEM, ERR_STOPPED.  The caller
 * ends *out with check_release, after failure too.  The spool is fed and its
 * drops made, but not sealed.
 */
int	check_file(int, const char *, const struct check_opts *,
	    struct check_result *, struct err *);

/* One of several files that are judged together. */
struct check_input {
	int		 fd;		/* seekable */
	const char	*name;		/* for people; see check_format */
	const struct check_opts *opts;
	int		 rc;		/* out: as of check_file, */
	struct err	 err;		/* why it is -1, */
	struct check_result res;	/* and the result */
};

/*
 * check_files(in, n, e): check files that belong together.  A code that comes
 * in several of them is judged as if they were one file with the rows in this
 * order: an agreeing repetition counts for the later file, a conflict for each
 * of them.  The memory, tmp_dir, known_codes and others of the first one's
 * options count for all.  Returns 0 when each of them has its result or its
 * error; -1 when nothing can be said of any.  The caller ends each res with
 * check_release, after failure too.
 */
int	check_files(struct check_input *, size_t, struct err *);

/*
 * check_usable(o, e): whether a file can be checked with these options at all:
 * patterns, formats and names are tried, known_codes is read unless it is NULL.
 * ERR_CONFIG with e->key where one is to blame, ERR_INPUT and ERR_LIMIT for
 * known_codes, ERR_NOMEM, ERR_STOPPED.
 */
int	check_usable(const struct check_opts *, struct err *);

/*
 * check_release(r): free what r holds.
 */
void	check_release(struct check_result *);

/*
 * content_id(c, attributes, out): 32 hex digits and a NUL into out[33]: the
 * identity of these rows sent with these attributes (a string such as
 * "mapp 600"); returns out.
 */
const char *content_id(const struct content *, const char *, char [33]);

#endif
