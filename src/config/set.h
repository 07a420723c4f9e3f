/*
 * What is done with settings: looking them up by name, and what they mean for
 * those that are called with them.
 */
#ifndef CONFIG_SET_H
#define CONFIG_SET_H

#include "../base/err.h"
#include "settings.h"

/*
 * set_provider_find(s, name): the provider of that name, or NULL.
 */
const struct set_provider *set_provider_find(const struct settings *,
	    const char *);

/*
 * set_extra_find(p, key): what a provider has of a setting that not all types
 * have, or NULL.
 */
const struct set_extra *set_extra_find(const struct set_provider *,
	    const char *);

/*
 * set_endpoint_find(s, name): the endpoint of that name, or NULL.
 */
const struct set_endpoint *set_endpoint_find(const struct settings *,
	    const char *);

/*
 * set_job_find(s, name): the job of that name, or NULL.
 */
const struct set_job *set_job_find(const struct settings *, const char *);

/*
 * set_pull_target(end, out): how the platform gets at an endpoint, as far as
 * this side can do the same: the upload's ways without its login and its own
 * certificates.  Strings are borrowed.
 */
void	set_pull_target(const struct set_endpoint *, struct xfer_target *);

/*
 * set_type_check(p, e): whether the type of a provider is one that is known.
 * ERR_CONFIG naming those that are.
 */
int	set_type_check(const struct set_provider *, struct err *);

/*
 * set_address_check(p, e): the address of a provider is one to which keys
 * and codes may be sent: https, or http to this machine itself or where
 * allow_http says so.  ERR_CONFIG.
 */
int	set_address_check(const struct set_provider *, struct err *);

/*
 * set_ends_check(s, job, e): whether a job says where its files go: a provider
 * that takes coupons this way, what they belong to there, and an endpoint that
 * is there, if any.  ERR_CONFIG with e->key.
 */
int	set_ends_check(const struct settings *, const struct set_job *,
	    struct err *);

/*
 * set_after_check(dir, path, e): whether dir is another folder than that of the
 * file, or pattern of files, of that path: moving a file to where it is would
 * rename it night by night.  What is not there is no mistake.  ERR_CONFIG.
 */
int	set_after_check(const char *, const char *, struct err *);

/*
 * set_check_opts(job, clock, opts, e): a job's input settings as options of a
 * check: job->check with what is written as words and depends on the day by
 * that clock: delimiter, today, and dates, in the job's zone.  The strings stay
 * the job's.  ERR_CONFIG with e->key.
 */
int	set_check_opts(const struct set_job *, const struct clock *,
	    struct check_opts *, struct err *);

/*
 * set_bank_check(job, id, name, e): whether the bank that the platform calls so
 * has the name that the job expects.  ERR_BANK.
 */
int	set_bank_check(const struct set_job *, const char *, const char *,
	    struct err *);

#endif
