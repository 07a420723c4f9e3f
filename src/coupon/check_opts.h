/*
 * How a file is checked: what it should look like, what it is judged with, and
 * where its rows go.
 */
#ifndef COUPON_CHECK_OPTS_H
#define COUPON_CHECK_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../base/log.h"
#include "../base/str.h"
#include "spool.h"

struct check_others;
struct check_result;
struct clock;

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
	const struct clock *clock;	/* has the zones; NULL: the
					   machine's */
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
	bool		 aside_alike;	/* write those as the input is, so that
					   the same settings read them: its
					   delimiter, and under a header line
					   and problems as its last columns;
					   without a header neither */
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

#endif
