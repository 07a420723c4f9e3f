/*
 * What the files of the configuration share.
 */
#ifndef CONFIG_CONFIG_INTERNAL_H
#define CONFIG_CONFIG_INTERNAL_H

#include "config.h"

/*
 * config_wrong(c, n, why, e): gather a mistake at the place of n (NULL: why
 * says where).  -1 only when out of memory.
 */
int	config_wrong(struct config *, const struct node *, const char *,
	    struct err *);

/*
 * config_verdict(c, e): 0 without mistakes; else -1 with ERR_CONFIG, the first
 * of them and how many more there are.
 */
int	config_verdict(const struct config *, struct err *);

/*
 * config_node(c, section, name, dir): where a provider, endpoint or job of
 * that name is written, and the folder of its file; NULL when nowhere.
 */
const struct node *config_node(const struct config *, enum section,
	    const char *, const char **);

/*
 * config_job_check(job, clock, known, e): whether a job's input settings can be
 * used; the file of known codes is read only if known.  Errors as check_usable.
 */
int	config_job_check(const struct set_job *, const struct clock *, bool,
	    struct err *);

/*
 * config_sections(c, e): fill c->set from the trees.
 */
int	config_sections(struct config *, struct err *);

/*
 * config_owner(c, e): as root become the owner of the state folder; then look
 * whose the files are that were read, and close them.
 */
int	config_owner(struct config *, struct err *);

#endif
