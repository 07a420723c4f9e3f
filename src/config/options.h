/*
 * Option rows: each key of the configuration once, with its type, range,
 * default and help.  Configuration, flags, `config show`, completion and
 * manual come from the same rows.
 */
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct node;

enum section { SECT_TOP, SECT_PROVIDER, SECT_ENDPOINT, SECT_JOB, SECT__MAX };

enum option_type {
	OPT_STR,	/* char * */
	OPT_TYPE,	/* char *, the type of a provider */
	OPT_PATH,	/* char *, relative to the file it stands in */
	OPT_DIGITS,	/* char * of digits */
	OPT_INT,	/* int64_t between min and max */
	OPT_RATE,	/* int64_t, times a minute: "100/min" */
	OPT_SIZE,	/* int64_t, bytes */
	OPT_TIME,	/* int64_t, milliseconds */
	OPT_BOOL,	/* bool */
	OPT_NOT,	/* bool, stored the other way round */
	OPT_CHOICE,	/* int, place of the word in choices */
	OPT_LIST,	/* char **, NULL-ended */
	OPT_EXITS,	/* int *, -1-ended */
	OPT_SECRET,	/* struct secret_source, api_key_file ... */
	OPT_REJECT,	/* rows or percent: two int64_t */
	OPT_REDEEMED,	/* int: 0, 1, REDEEMED_NONE */
	OPT_VERIFY,	/* struct set_verify: all, sample, off, N, N% */
	OPT_AFTER,	/* keep, move:DIR, delete */
	OPT_MARKER,	/* char *, name of a file with {name} in it */
	OPT_COLUMNS,	/* code, redeemed, redeem_date: three char * */
	OPT_WORDS,	/* yes and no lists */
};

struct option {
	const char	*key;
	enum section	 section;
	enum option_type type;
	size_t		 offset;
	size_t		 offset2;	/* of the second field, if any */
	int64_t		 min, max;	/* OPT_INT, OPT_TIME, OPT_SIZE */
	const char	*choices;	/* OPT_CHOICE: "a b c" */
	const char	*dflt;		/* as it would be written; or NULL */
	const char	*only;		/* the type of provider that alone
					 * has it; NULL: all of them */
	bool		 flag;		/* also --key on the command line */
	bool		 input;		/* of a job: says how its files are
					   read and judged */
	const char	*help;
};

/*
 * option_rows(n): the table and its length, without what only some types of
 * providers have.
 */
const struct option *option_rows(size_t *);

/*
 * option_at(section, i, o): the i-th row of a section into *o, at the end those
 * that only some types of providers have; false past the last.
 */
bool	option_at(enum section, size_t, struct option *);

/*
 * option_is_key(o, written): whether a key as written is this row's:
 * "api_key_file" is of the secret api_key.
 */
bool	option_is_key(const struct option *, const char *);

/*
 * option_find(section, key): the row of the table for a key as written, or
 * NULL.
 */
const struct option *option_find(enum section, const char *);

/*
 * option_is_secret(section, key): the key of a secret without the ending that
 * says where it comes from.
 */
bool	option_is_secret(enum section, const char *);

/*
 * option_nearest(section, key, out): the known key most like it into out[64];
 * false when none is near.
 */
bool	option_nearest(enum section, const char *, char [64]);

/*
 * option_value_word(o, out): what stands for its value in a usage line, its
 * kind or "a|b|c", into out[64]; returns out.
 */
const char *option_value_word(const struct option *, char [64]);

/*
 * option_set(o, base, n, dir, e): set the field of *base from a node; dir is
 * what relative paths start from (NULL: as they are).  What was there is
 * freed.  ERR_CONFIG with the reason only; the caller adds the place.
 */
int	option_set(const struct option *, void *, const struct node *,
	    const char *, struct err *);

/*
 * option_set_text(o, base, text, e): likewise from a flag's value; lists are
 * separated by commas, maps written name=value,name=value.
 */
int	option_set_text(const struct option *, void *, const char *,
	    struct err *);

/*
 * option_defaults(section, base, e): every default into a zeroed *base; what
 * has none is not given: NULL, 0, REDEEMED_NONE.
 */
int	option_defaults(enum section, void *, struct err *);

/*
 * option_free(o, base): free what the field of *base owns.
 */
void	option_free(const struct option *, void *);

/*
 * option_release(section, base): free what the fields of *base own.
 */
void	option_release(enum section, void *);

#endif
