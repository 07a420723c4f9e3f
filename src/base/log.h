/*
 * Log: events with typed fields.  The kind of a field decides how it is
 * escaped or withheld.  Sinks: text, JSON lines, journal (text with a
 * <priority> prefix that systemd reads).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

struct log;

enum log_level { LOG_ERROR, LOG_WARN, LOG_NOTE, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON, LOG_JOURNAL };

/* LF_FOREIGN is for bytes from outside, LF_CODE for coupon codes. */
enum log_kind { LF_STR, LF_INT, LF_MS, LF_FOREIGN, LF_CODE };
enum log_codes { LOG_CODES_FULL, LOG_CODES_MASKED, LOG_CODES_NONE };

struct log_field {
	const char	*key;
	enum log_kind	 kind;
	const char	*str;	/* LF_STR, LF_FOREIGN, LF_CODE; NULL is null */
	int64_t		 num;	/* LF_INT, LF_MS */
};

#define LFS(k, v)	((struct log_field){ (k), LF_STR, (v), 0 })
#define LFI(k, v)	((struct log_field){ (k), LF_INT, NULL, (v) })
#define LFMS(k, v)	((struct log_field){ (k), LF_MS, NULL, (v) })
#define LFF(k, v)	((struct log_field){ (k), LF_FOREIGN, (v), 0 })
#define LFC(k, v)	((struct log_field){ (k), LF_CODE, (v), 0 })

/*
 * log_new(fd, format, level): events up to level go to fd, which stays the
 * caller's.  NULL when out of memory; every function here takes NULL and does
 * nothing.
 */
struct log *log_new(int, enum log_format, enum log_level);

/*
 * log_free(l): NULL is harmless.
 */
void	log_free(struct log *);

/*
 * log_set_codes(l, how): how LF_CODE fields are shown; masked at first.
 */
void	log_set_codes(struct log *, enum log_codes);

/*
 * log_set_run(l, id): every later event carries this run id; NULL ends it.
 * Borrowed until then.
 */
void	log_set_run(struct log *, const char *);

/*
 * log_on(l, level): whether such an event would be written.
 */
int	log_on(const struct log *, enum log_level);

/*
 * log_event(l, level, what, fields, n): one line.  what is a short constant
 * sentence without variables.  A failing write is ignored.
 */
void	log_event(struct log *, enum log_level, const char *,
	    const struct log_field *, size_t);

/* log_say(l, level, what, field, ...): log_event with the fields in place. */
#define log_say(l, level, what, ...)					\
	log_event((l), (level), (what),					\
	    (struct log_field []){ __VA_ARGS__ },			\
	    sizeof((struct log_field []){ __VA_ARGS__ }) /		\
	    sizeof(struct log_field))

/*
 * log_mask(code, how, out): a coupon code as it may be shown: whole, first 2
 * and last 2 characters around "***", or "***".  Into out[64]; returns out.
 */
const char *log_mask(const char *, enum log_codes, char [64]);

#endif
