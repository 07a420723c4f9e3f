/*
 * The short way for plain rows, those that nearly all files are made of: blocks
 * of text go to several threads, which settle plain rows without the reader;
 * all other rows go to the reader and row_check, in the order of the file.
 * fast_run is the only door: nothing outside of this folder uses more of it.
 *
 * What is hard here is that rules are written twice.  A row is plain only if
 * the long way would report nothing about it; whoever changes one of these
 * changes the other too, or has the short way leave such rows alone.
 *
 *	rules				the long way	  the short way
 *	row-width, row-blank, quote-*,	csv_parse,	  marks_find,
 *	  control-char			  row_width	  row_plain, cell_open
 *	title-row			row_title	  title_plain,
 *							  head_plain
 *	code-empty, code-length		code_check	  code_plain
 *	code-charset, code-space,	code_chars	  code_bytes, or
 *	  code-lookalike				  marks_find if tight
 *	code-scientific, code-date,	code_check	  code_plain, which
 *	  code-zero-lost, code-unknown			  calls the same tests
 *	redeemed-value, redeemed-missing redeemed_check	  redeemed_plain
 *	date-*, redeemed-date-conflict	date_column_check date_plain, day_ok of
 *							  days_init
 *	encoding, of unused cells	cell_ignored	  text_plain
 *	what good rows add up to	row_accept	  plain_tally, plain_sum
 *	fingerprints of codes		dedup_add	  row_print
 *	which rows may repeat		row_see		  merge_named
 *
 * A file with code_pattern has no plain rows.  Held together by
 * tests/fuzz/same.c, which checks an input in every way and compares what
 * comes out to the byte: replayed by tests/fuzz/fuzz_csv.c and
 * tests/fuzz/fuzz_txt.c with their corpus and the files of tests/golden/check,
 * and by tests/unit/test_flow.c with files of many blocks.  Rows in common with
 * other files: tests/unit/test_check_files.c.  A new rule gets an input there.
 */
#ifndef COUPON_FAST_FAST_H
#define COUPON_FAST_FAST_H

struct checker;
struct err;
struct reader;
struct unpack;

/*
 * fast_run(c, u, r, e): read all of u once, for PASS_CHECK, PASS_SEE or
 * PASS_JUDGE; r is new and speaks to c.  The outcome is the same as if all
 * bytes were fed to r, whatever the number of threads and the size of blocks.
 * Ends early with c->stop.  Errors as check_file.
 */
int	fast_run(struct checker *, struct unpack *, struct reader *,
	    struct err *);

#endif
