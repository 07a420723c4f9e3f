/*
 * What the configuration tells of an account at a platform, beside what all of
 * them have (type, url, pauses ...): rows of its provider.
 */
#ifndef PROVIDER_SETTING_H
#define PROVIDER_SETTING_H

#include <stdbool.h>

struct err;
struct secret;

enum { PV_SETTINGS_MAX = 16 };	/* of one platform */

struct pv_setting {
	const char	*key;		/* as it is written, for a secret
					 * without _file and the like; the end
					 * of a list has none */
	bool		 secret;
	bool		 needed;	/* no call can be made without */
	const char	*help;		/* a sentence for the manual */
	const char	*choices;	/* the words it may be, with spaces
					 * between; NULL: any text */
	/* whether a text can be its value, not of a secret; ERR_CONFIG; NULL:
	 * any can */
	int	(*check)(const char *, struct err *);
};

/* One of them as given: a text, or a secret in memory; else NULL. */
struct pv_value {
	const char		*text;
	const struct secret	*secret;
};

#endif
