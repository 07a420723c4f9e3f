/*
 * The way of a file through the fast path: blocks, threads, and what is left
 * for the reader.
 */
#ifndef COUPON_FLOW_H
#define COUPON_FLOW_H

struct checker;
struct err;
struct reader;
struct unpack;

/*
 * flow_run(c, u, r, e): read all of u once, for PASS_CHECK, PASS_SEE or
 * PASS_JUDGE; r is new and speaks to c.  The outcome is the same as if all
 * bytes were fed to r, whatever the number of threads and the size of blocks.
 * Ends early with c->stop.  Errors as check_file.
 */
int	flow_run(struct checker *, struct unpack *, struct reader *,
	    struct err *);

#endif
