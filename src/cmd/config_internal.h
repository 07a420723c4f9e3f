/*
 * What the files of the configuration share.
 */
#ifndef CMD_CONFIG_INTERNAL_H
#define CMD_CONFIG_INTERNAL_H

#include "config.h"

/*
 * config_wrong(c, n, why, e): gather a mistake at the place of n (NULL: why
 * says where).  -1 only when out of memory.
 */
int	config_wrong(struct config *, const struct node *, const char *,
	    struct err *);

/*
 * config_sections(c, e): fill c->set from the trees.
 */
int	config_sections(struct config *, struct err *);

#endif
