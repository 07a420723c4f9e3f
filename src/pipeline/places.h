/*
 * Where files of runs lie on file servers, and how to get there today.
 */
#ifndef PIPELINE_PLACES_H
#define PIPELINE_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/err.h"

struct journey;
struct ledger_part;
struct ledger_place;
struct set_endpoint;
struct settings;
struct xfer_stage_opts;

/*
 * stage_opts(j, p, out): how the endpoint wants this part staged; the strings
 * are borrowed.
 */
void	stage_opts(const struct journey *, const struct ledger_part *,
	    struct xfer_stage_opts *);

/*
 * place_note(j, p, e): remember that a part is about to be, or is, at the
 * run's endpoint under its name.  What a dry run or an address that is signed
 * for one file does is not remembered.
 */
int	place_note(struct journey *, const struct ledger_part *,
	    struct err *);

/*
 * place_is_at(p, end): whether the endpoint of today uploads to that place,
 * temporary folder and marker included.
 */
bool	place_is_at(const struct ledger_place *, const struct set_endpoint *);

/*
 * place_has_moved(j, p): a part was staged in another folder than the run's
 * endpoint has now.
 */
bool	place_has_moved(const struct journey *, const struct ledger_part *);

/*
 * place_way(set, p, out, e): how to get to a place today: a copy, to be
 * borrowed from set and p, of an endpoint with the same server and user.  The
 * caller ends *out with place_way_release.  ERR_CONFIG when none leads there.
 */
int	place_way(const struct settings *, const struct ledger_place *,
	    struct set_endpoint *, struct err *);

/*
 * place_way_release(end): free what place_way made for it.
 */
void	place_way_release(struct set_endpoint *);

#endif
