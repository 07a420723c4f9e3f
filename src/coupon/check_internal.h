/*
 * What the check_*.c files share: one checking of one file.
 */
#ifndef COUPON_CHECK_INTERNAL_H
#define COUPON_CHECK_INTERNAL_H

#include <iconv.h>
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "../base/buf.h"
#include "bits.h"
#include "check.h"
#include "code_ruin.h"
#include "../format/utf16.h"
#include "dedup.h"
#include "known.h"
#include "others.h"

#define TITLES_MAX	20	/* lines looked at for a header */
#define DIGITS_MAX	63	/* longer all-digit codes count as this */
#define VALUE_BYTES	64	/* of a cell shown in a finding */
#define MESSAGE_BYTES	512
#define CODE_UNKNOWN_TEXT "not in the list of known codes"

enum column { COL_CODE, COL_REDEEMED, COL_DATE, COLUMNS };

/* The same file is read once or more: */
enum pass {
	PASS_CHECK,		/* everything that one row tells */
	PASS_KNOWN,		/* another share of the known codes */
	PASS_SEE,		/* rows that may repeat; ruined codes */
	PASS_JUDGE,		/* those rows again, when they are many */
	PASS_ASIDE,		/* write the broken rows */
	PASS_FIX		/* write the corrected file */
};

/* The first findings in file order: a heap with the last of them on top. */
struct findings {
	struct finding	*v;
	size_t		 n, cap, max;
};

/* Rows per day, for the first and last date of the good rows. */
struct days {
	uint64_t	*year[10000];	/* 12 * 31 counters, or NULL */
	int		 from, to;	/* years that have some, to excluded */
};

#define DATE_PARTS	8	/* a date, a time, AM or PM, and a zone */

/* A date format: the order of its parts and the text between them. */
struct date_format {
	int		 parts;
	char		 part[DATE_PARTS];	/* after the % */
	const char	*text[DATE_PARTS + 1];	/* before, between, after */
	size_t		 len[DATE_PARTS + 1];
	size_t		 least[DATE_PARTS];	/* digits, but for years */
	bool		 iso;		/* the default */
	bool		 zoned;		/* a time with a zone: */
	int		 offset;	/* where it has no %z, seconds east */
	const struct tz	*zone;		/* that days are moved to; or NULL */
};

struct text {
	const char	*p;
	size_t		 len;
};

/* One complaint on its way to becoming a finding. */
struct complaint {
	enum rule		 rule;
	enum severity		 severity;
	struct place		 place;
	const char		*field;
	struct text		 value;	/* p NULL: none */
	struct text		 fix;	/* of the cell, UTF-8; p NULL: none */
	bool			 decoded; /* the value is UTF-8 already */
	const struct place	*first;	/* NULL: none */
	const char		*first_file; /* NULL: the same */
};

/* What bytes are, for the code rules. */
#define BYTE_ALLOWED	1
#define BYTE_DIGIT	2
#define BYTE_E		4	/* e or E, as in 4.21E+11 */
#define BYTE_HIGH	8	/* not ASCII */
#define BYTE_CONTROL	16	/* but for tab and line ends */
#define BYTE_POINT	32	/* of a shortened number, or its signs */
#define BYTE_BETWEEN	64	/* stands between cells elsewhere */

/* What the cells of a line look like, whatever column they are in. */
struct like {
	size_t	n;		/* cells */
	bool	flag, date;	/* one says whether it was redeemed, or when */
	bool	code, digit;	/* another may be a code, with a digit in it */
	bool	name;		/* one names a column */
};

struct tz;
/* What a spreadsheet has done to a column of codes. */
#define RUIN_ROUNDED	1
#define RUIN_GROUPED	2
#define RUIN_SERIAL	4
#define RUIN_ZERO	8	/* 0 where there was nothing */

/* A line above the header. */
struct title {
	struct complaint	 x;
	char			 value[VALUE_BYTES];
	struct like		 like;
	bool			 row, header, bad; /* bad: is set aside */
};

struct unpack;
struct checker;

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
	uint64_t		 seen;		/* bytes; see stop */
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
	struct buf		 decoded[COLUMNS];
	/* the row */
	struct coupon		 row;
	unsigned		 row_errors;
	bool			 row_control;	/* reported already */
	bool			 row_encoding;
	bool			 row_stray;
	bool			 all_digits;	/* its code */
	bool			 trial;		/* of a correction, not a row */
	bool			 trial_failed;
	struct buf		 problems;	/* PASS_ASIDE */
	uint64_t		 aside_most;	/* bytes of broken rows */
	char			*head;		/* first line of set_aside */
	size_t			 head_len;
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

/*
 * check_start(c, p, n, e): the first n bytes of the file, in each pass: what
 * can be said before reading rows; may set c->stop.
 */
int	check_start(struct checker *, const char *, size_t, struct err *);

/*
 * check_progress(c, u): this pass has come so far in the file.
 */
void	check_progress(struct checker *, const struct unpack *);

/*
 * findings_init(f, max), findings_release(f): as buf_init and buf_release.
 */
void	findings_init(struct findings *, size_t);
/*
 * findings_release(f): free what was not taken.
 */
void	findings_release(struct findings *);

/*
 * findings_wants(f, byte, rule): whether a finding there would be kept.
 */
bool	findings_wants(const struct findings *, uint64_t, enum rule);

/*
 * findings_add(f, x, e): keep x; its strings become f's, after failure too.
 * The last in file order makes room when there are too many.
 */
int	findings_add(struct findings *, struct finding *, struct err *);

/*
 * findings_take(f, n): the findings in file order, which the caller frees with
 * findings_free.
 */
struct finding *findings_take(struct findings *, size_t *);

/*
 * findings_free(v, n): free n findings and v.
 */
void	findings_free(struct finding *, size_t);

/*
 * report(c, x, e, fmt, ...): a rule is broken; what becomes of it depends on
 * the pass.  A correction of a cell is taken only if the cell would then break
 * no rule at all.
 */
int	report(struct checker *, const struct complaint *, struct err *,
	    const char *, ...) __attribute__((format(printf, 4, 5)));

/*
 * report_late(c, x, e, fmt, ...): likewise, a finding whatever the pass.
 */
int	report_late(struct checker *, const struct complaint *, struct err *,
	    const char *, ...) __attribute__((format(printf, 4, 5)));

/*
 * complaint_cell(c, rule, column, cell): a complaint about a cell with the
 * severity of the rules' table.
 */
struct complaint complaint_cell(const struct checker *, enum rule, int,
	    const struct cell *);

/*
 * complaint_at(c, rule, place): a complaint about a place.
 */
struct complaint complaint_at(const struct checker *, enum rule,
	    const struct place *);

/*
 * settings_first(o): the first day that is accepted.
 */
struct date settings_first(const struct check_opts *);

/*
 * settings_check(o, e): settings that contradict each other, or mean what
 * nobody means.  ERR_CONFIG with a sentence that begins with the setting.
 */
int	settings_check(const struct check_opts *, struct err *);

/*
 * cells_init(c, e): prepare for the settings about cells.  ERR_CONFIG.
 */
int	cells_init(struct checker *, struct err *);

/*
 * cells_release(c): free what cells_init took.
 */
void	cells_release(struct checker *);

/*
 * utf16_set(c, name): whether an encoding that is set is one of these.
 */
bool	utf16_set(struct checker *, const char *);

/*
 * utf16_look(c, p, n, e): look for it in the first n bytes of the file.
 */
int	utf16_look(struct checker *, const char *, size_t, struct err *);

/*
 * utf16_begin(c, e): before a pass: a decoder, where the file is UTF-16 or
 * UTF-32.
 */
int	utf16_begin(struct checker *, struct err *);

/*
 * utf16_end(c): the pass is over, whatever came of it.
 */
void	utf16_end(struct checker *);

/*
 * input_feed(c, r, p, n, e): the next n bytes of the file to the reader.
 */
int	input_feed(struct checker *, struct reader *, const char *, size_t,
	    struct err *);

/*
 * input_finish(c, r, e): the end of the bytes for the reader.
 */
int	input_finish(struct checker *, struct reader *, struct err *);

/*
 * input_bytes(c, r): bytes of the file so far, unpacked and not decoded.
 */
uint64_t input_bytes(const struct checker *, const struct reader *);

/*
 * utf16_in_file(c, rec): the record with places in bytes of the file, borrowed
 * until the next one.  Only where c->utf16 is set.
 */
struct record utf16_in_file(struct checker *, const struct record *);

/*
 * cell_text(c, column, cell, text, e): the cell in UTF-8, borrowed until the
 * next row.  text->p is NULL when it is not text; this is then reported.
 */
int	cell_text(struct checker *, int, const struct cell *, struct text *,
	    struct err *);

/*
 * cell_ignored(c, cell, e): look at a cell of a column that is not used.
 */
int	cell_ignored(struct checker *, const struct cell *, struct err *);

/*
 * code_check(c, cell, e): the code column, into c->row and c->all_digits.
 */
int	code_check(struct checker *, const struct cell *, struct err *);

/*
 * glyph_like(cp): the ASCII character that a code point looks like, or 0;
 * its script goes to *script.
 */
char	glyph_like(uint32_t, const char **);

/*
 * glyph_name(cp): what people call a character that is hard to see, or NULL.
 */
const char *glyph_name(uint32_t);

/*
 * glyph_blank(cp): a space of any kind, or a character that is not shown.
 */
bool	glyph_blank(uint32_t);

/*
 * text_trim(t): without blanks of any kind at both ends.
 */
struct text text_trim(struct text);

/*
 * date_format_init(f, format, e): format as in check_opts.  ERR_CONFIG.  The
 * string is borrowed.  Days are not moved until f->zone is set (borrowed).
 */
int	date_format_init(struct date_format *, const char *, struct err *);

/*
 * date_split(f, t, ymd): the numbers of a date of this shape into ymd[3],
 * moved to f->zone where there is a time with a zone; false when the shape is
 * another.  They need not be a day.
 */
bool	date_split(const struct date_format *, struct text, int [3]);

/*
 * date_is_day(ymd): year, month and day are a day of the calendar.
 */
bool	date_is_day(const int [3]);

/*
 * date_read_as(format, t, ymd): t is a day of the calendar, written in this
 * format, where one digit is enough for a day or month; its numbers into ymd.
 * False also for a format that is none.
 */
bool	date_read_as(const char *, struct text, int [3]);

/*
 * date_column_check(c, cell, e): the date column, into c->row.
 */
int	date_column_check(struct checker *, const struct cell *,
	    struct err *);

/*
 * redeemed_check(c, cell, e): the redeemed column, into c->row.
 */
int	redeemed_check(struct checker *, const struct cell *, struct err *);

/*
 * header_read(c, rec, e): the first record, or one after a title.
 */
int	header_read(struct checker *, const struct record *, struct err *);

/*
 * header_sep(c, rec, e): whether it is a first line such as "sep=;", which is
 * then dealt with; -1 on failure.
 */
int	header_sep(struct checker *, const struct record *, struct err *);

/*
 * header_absent(c, e): there is no header at all.
 */
int	header_absent(struct checker *, struct err *);

/*
 * header_none(c, rec): the first row of a file without a header tells how
 * many columns there are.
 */
void	header_none(struct checker *, const struct record *);

/*
 * header_like(c, rec): the record names columns, as a header does.
 */
bool	header_like(const struct checker *, const struct record *);

/*
 * header_names(o, column, t): a header cell names this column, by its setting
 * or, without one, by a documented name.
 */
bool	header_names(const struct check_opts *, int, struct text);

/*
 * header_name(o, column, i): such a name, or NULL after the last one.
 */
const char *header_name(const struct check_opts *, int, size_t);

/*
 * header_names_code(o, cell): the cell names the column of the codes.
 */
bool	header_names_code(const struct check_opts *, const struct cell *);

/*
 * name_is_txt(name): the ending of a TXT, packed or not; NULL has none.
 */
bool	name_is_txt(const char *);

/*
 * header_needs(c, place, e): columns that a run cannot do without.
 */
int	header_needs(struct checker *, const struct place *, struct err *);

/*
 * row_check(c, rec, e): all that one row tells, into c->row and c->row_errors.
 */
int	row_check(struct checker *, const struct record *, struct err *);

/*
 * row_total(t): "Total: 300", where the sum of a report would stand; t is
 * trimmed.
 */
bool	row_total(struct text);

/*
 * row_total_word(i): what such a text may begin with, or NULL after the last
 * one.
 */
const char *row_total_word(size_t);

/*
 * row_fits(c, rec): as many cells as the header has, or more that are empty.
 */
bool	row_fits(const struct checker *, const struct record *);

/*
 * row_record(c, rec, e): a record from the reader, in any pass.
 */
int	row_record(void *, const struct record *, struct err *);

/*
 * row_issue(c, issue, place, dropped, e): an issue of the reader, in any pass;
 * as in struct reader_ops.
 */
int	row_issue(void *, enum reader_issue, const struct place *,
	    const struct place *, struct err *);

/*
 * like_row(c, l): under the header of the file this reads as a row.
 */
bool	like_row(const struct checker *, const struct like *);

/*
 * like_title(c, rec, title): what a line above the header looks like.
 */
void	like_title(struct checker *, const struct record *, struct title *);

/*
 * like_inside(c, rec, e): report cells with lines that read as rows.
 */
int	like_inside(struct checker *, const struct record *, struct err *);

/*
 * like_whole(c, cell, t, e): t in the code column is a whole row, or its
 * header, by another delimiter: 1 when this was reported, else 0.
 */
int	like_whole(struct checker *, const struct cell *, struct text,
	    struct err *);

/*
 * redeemed_like(c, t): one of the words of the redeemed column.
 */
bool	redeemed_like(const struct checker *, struct text);

/*
 * header_any(c, t): the name of any column.
 */
bool	header_any(const struct checker *, struct text);

/*
 * row_skipped(c, row): a row that is not redeemed and not sent.
 */
bool	row_skipped(const struct checker *, const struct coupon *);

/*
 * row_see(c, rec, e): a data record in PASS_SEE or PASS_JUDGE.
 */
int	row_see(struct checker *, const struct record *, struct err *);

/*
 * row_known(c, rec, e): a data record in PASS_KNOWN.
 */
int	row_known(struct checker *, const struct record *, struct err *);

/*
 * row_verdict(set, v, e): what the search for duplicates found (dup_judge_f).
 */
int	row_verdict(void *, const struct dup_verdict *, struct err *);

/*
 * check_empty(c, e): after the first pass: whether there were rows at all.
 */
int	check_empty(struct checker *, struct err *);

/*
 * profile_count(c): a good row's code, for what follows.
 */
void	profile_count(struct checker *);

/*
 * profile_find(c): after the first pass: what a spreadsheet has done to the
 * column of codes, into c->ruins, and whether leading zeros may be lost, into
 * c->zeros and c->digits_len: the length that more than half of the all-digit
 * codes have.
 */
void	profile_find(struct checker *);

/*
 * profile_rule(ruins, p, n): the rule that a code breaks which is good as far
 * as it goes, but not in this column; or RULE__MAX.
 */
enum rule profile_rule(unsigned, const char *, size_t);

/*
 * days_count(d, date, n, e): n more rows (or fewer) of this day; a date of
 * {0,0,0} is not counted.
 */
int	days_count(struct days *, const struct date *, int, struct err *);

/*
 * days_range(d, first, last): the first and last day with rows, or none.
 */
void	days_range(const struct days *, struct date *, struct date *);

/*
 * days_list(d, list, n, e): the days with rows, in order, into *list, which
 * the caller frees.  ERR_NOMEM.
 */
int	days_list(const struct days *, struct day_rows **, size_t *,
	    struct err *);

/*
 * days_free(d): NULL is harmless.
 */
void	days_free(struct days *);

/*
 * complaint_keep(c, list, x, message, e): x as a finding of a list.
 */
int	complaint_keep(struct checker *, struct findings *,
	    const struct complaint *, const char *, struct err *);

/*
 * pass_run(c, pass, e): read all of the input once more.
 */
int	pass_run(struct checker *, enum pass, struct err *);

/*
 * check_fix(c, e): write the corrected file, if it is wanted.
 */
int	check_fix(struct checker *, struct err *);

/*
 * fix_start(c, rec, e): any record in PASS_FIX, with places as the reader
 * counts.
 */
int	fix_start(struct checker *, const struct record *, struct err *);

/*
 * fix_row(c, rec, e): then, a data record with places in the file.
 */
int	fix_row(struct checker *, const struct record *, struct err *);

/*
 * fix_note(c, x, e): a complaint with a correction about that record.
 */
int	fix_note(struct checker *, const struct complaint *, struct err *);

/*
 * fix_issue(c, issue, place, e): what the reader says in PASS_FIX; the place
 * as it counts.
 */
int	fix_issue(struct checker *, enum reader_issue, const struct place *,
	    struct err *);

#endif
