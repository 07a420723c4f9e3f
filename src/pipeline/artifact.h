/*
 * Reading a part's packed file back.
 */
#ifndef PIPELINE_ARTIFACT_H
#define PIPELINE_ARTIFACT_H

#include "../base/err.h"
#include "../format/pack.h"

struct coupon;
struct ledger_part;

/*
 * artifact_open(p, e): a part's packed file for reading, of the size it was
 * written with; or -1 with ERR_IO.
 */
int	artifact_open(const struct ledger_part *, struct err *);

/*
 * artifact_kind(p, dflt): how the file is packed, by its first bytes; the
 * job may say something else by now.  dflt when it cannot be read.
 */
enum pack_kind artifact_kind(const struct ledger_part *, enum pack_kind);

/*
 * artifact_each(p, f, arg, e): read the rows of a part's packed file back, in
 * order.  The struct coupon is borrowed; record counts from 1.  ERR_STOPPED
 * between two pieces, ERR_IO when the file is damaged or not whole.
 */
int	artifact_each(const struct ledger_part *,
	    int (*)(void *, const struct coupon *, struct err *), void *,
	    struct err *);

#endif
