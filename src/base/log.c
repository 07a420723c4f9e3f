/*
 * Log: one event is one line and one write, so that lines of several
 * processes on one file do not mix.
 *
 * Values may come from anywhere: whatever they hold, a line stays one line,
 * keys cannot be forged, and JSON stays valid.
 */
#include "log.h"

#include "buf.h"
#include "clock.h"
#include "err.h"
#include "io.h"
#include "str.h"

#define LINE_MAX_BYTES	(64u << 10)
#define VALUE_MAX	2048	/* bytes of a value that are shown */

struct log {
	int		 fd;
	enum log_format	 format;
	enum log_level	 level;
	enum log_codes	 codes;
	const char	*run;	/* borrowed; NULL outside of runs */
};

static const struct {
	const char	*name;
	int		 priority;	/* sd-daemon(3) */
} levels[] = {
	[LOG_ERROR] = { "error", 3 },
	[LOG_WARN] = { "warn", 4 },
	[LOG_NOTE] = { "note", 5 },
	[LOG_INFO] = { "info", 6 },
	[LOG_DEBUG] = { "debug", 7 },
};

struct log *
log_new(int fd, enum log_format format, enum log_level level)
{
	struct log *l;

	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return NULL;
	l->fd = fd;
	l->format = format;
	l->level = level;
	l->codes = LOG_CODES_MASKED;
	return l;
}

void
log_free(struct log *l)
{
	free(l);
}

void
log_set_codes(struct log *l, enum log_codes how)
{
	if (l != NULL)
		l->codes = how;
}

void
log_set_run(struct log *l, const char *id)
{
	if (l != NULL)
		l->run = id;
}

int
log_on(const struct log *l, enum log_level level)
{
	return l != NULL && level <= l->level;
}

const char *
log_mask(const char *code, enum log_codes how, char out[64])
{
	size_t i, len;

	len = strlen(code);
	if (how == LOG_CODES_FULL)
		snprintf(out, 64, "%.60s%s", code, len > 60 ? "..." : "");
	/* Of a short code, four characters would give away too much. */
	else if (how == LOG_CODES_NONE || len < 8)
		snprintf(out, 64, "***");
	else
		snprintf(out, 64, "%.2s***%s", code, code + len - 2);
	/* A cut may have gone through a character. */
	for (i = 0; out[i] != '\0'; i++)
		if (!utf8_valid(out, strlen(out)) && (out[i] & 0x80) != 0)
			out[i] = '?';
	return out;
}

/*
 * A value of the text form: bare when it is one plain word, else quoted, with
 * backslash before quote and backslash.
 */
static int
text_value(struct buf *b, const char *s, struct err *e)
{
	size_t len, left, part;
	const char *p;

	for (p = s; *p > ' ' && *p <= '~' && strchr("\"\\=", *p) == NULL; p++)
		continue;
	len = strlen(s);
	if (len > 0 && *p == '\0' && len <= VALUE_MAX)
		return buf_add(b, s, len, e);
	if (buf_adds(b, "\"", e) == -1)
		return -1;
	left = VALUE_MAX;
	for (p = s; *p != '\0' && left > 0; p += part, left -= part) {
		part = 1;
		if (*p == '"' || *p == '\\') {
			if (buf_addf(b, e, "\\%c", *p) == -1)
				return -1;
			continue;
		}
		part = strcspn(p, "\"\\");
		if (buf_escape(b, p, part, left, e) == -1)
			return -1;
		if (part > left)
			return buf_adds(b, "\"", e);
	}
	return buf_adds(b, *p == '\0' ? "\"" : "...\"", e);
}

/*
 * A JSON string (RFC 8259, 7).  Bytes that are no UTF-8 become U+FFFD, and
 * what a terminal would not show is written as an escape.
 */
static int
json_string(struct buf *b, const char *s, struct err *e)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i, len, n;
	uint32_t cp;
	int rc;

	n = strlen(s);
	rc = buf_adds(b, "\"", e);
	for (i = 0; i < n && i < VALUE_MAX && rc == 0; i += len) {
		len = utf8_next(p + i, n - i, &cp);
		if (len == 0) {
			len = 1;
			rc = buf_adds(b, "\\ufffd", e);
		} else if (cp == '"' || cp == '\\') {
			rc = buf_addf(b, e, "\\%c", (char)cp);
		} else if (!utf8_hidden(cp)) {
			rc = buf_add(b, p + i, len, e);
		} else if (cp < 0x10000) {
			rc = buf_addf(b, e, "\\u%04x", cp);
		} else {
			cp -= 0x10000;
			rc = buf_addf(b, e, "\\u%04x\\u%04x",
			    0xd800 + (cp >> 10), 0xdc00 + (cp & 0x3ff));
		}
	}
	if (rc == 0 && i < n)
		rc = buf_adds(b, "...", e);
	return rc == 0 ? buf_adds(b, "\"", e) : -1;
}

/*
 * The text of a field that is shown as a string, NULL for none.
 */
static const char *
field_text(const struct log *l, const struct log_field *f, char mask[64])
{
	if (f->kind == LF_CODE && f->str != NULL)
		return log_mask(f->str, l->codes, mask);
	return f->str;
}

static int
text_field(const struct log *l, struct buf *b, const struct log_field *f,
    struct err *e)
{
	char mask[64];
	const char *s;

	if (buf_addf(b, e, " %s=", f->key) == -1)
		return -1;
	if (f->kind == LF_INT || f->kind == LF_MS)
		return buf_addf(b, e, "%lld%s", (long long)f->num,
		    f->kind == LF_MS ? "ms" : "");
	s = field_text(l, f, mask);
	return s == NULL ? buf_adds(b, "-", e) : text_value(b, s, e);
}

static int
json_field(const struct log *l, struct buf *b, const struct log_field *f,
    struct err *e)
{
	char mask[64];
	const char *s;

	if (buf_addf(b, e, ",\"%s\":", f->key) == -1)
		return -1;
	if (f->kind == LF_INT || f->kind == LF_MS)
		return buf_addf(b, e, "%lld", (long long)f->num);
	s = field_text(l, f, mask);
	return s == NULL ? buf_adds(b, "null", e) : json_string(b, s, e);
}

static int
text_head(const struct log *l, struct buf *b, enum log_level level,
    const char *what, struct err *e)
{
	char stamp[21];

	/* The journal keeps the time itself. */
	if (l->format == LOG_JOURNAL) {
		if (buf_addf(b, e, "<%d>", levels[level].priority) == -1)
			return -1;
	} else if (buf_addf(b, e, "%s ",
	    clock_iso(clock_wall(&clock_system), stamp)) == -1) {
		return -1;
	}
	return buf_addf(b, e, "%-5s %s %s", levels[level].name,
	    l->run == NULL ? "-" : l->run, what);
}

static int
json_head(const struct log *l, struct buf *b, enum log_level level,
    const char *what, struct err *e)
{
	char stamp[21];

	if (buf_addf(b, e, "{\"time\":\"%s\",\"level\":\"%s\",",
	    clock_iso(clock_wall(&clock_system), stamp),
	    levels[level].name) == -1)
		return -1;
	if (l->run != NULL && (buf_adds(b, "\"run\":", e) == -1 ||
	    json_string(b, l->run, e) == -1 || buf_adds(b, ",", e) == -1))
		return -1;
	if (buf_adds(b, "\"event\":", e) == -1)
		return -1;
	return json_string(b, what, e);
}

void
log_event(struct log *l, enum log_level level, const char *what,
    const struct log_field *fields, size_t n)
{
	struct buf b;
	struct err e;
	size_t i;
	int json, rc;

	if (!log_on(l, level))
		return;
	json = l->format == LOG_JSON;
	buf_init(&b, LINE_MAX_BYTES);
	rc = json ? json_head(l, &b, level, what, &e) :
	    text_head(l, &b, level, what, &e);
	for (i = 0; rc == 0 && i < n; i++)
		rc = json ? json_field(l, &b, &fields[i], &e) :
		    text_field(l, &b, &fields[i], &e);
	if (rc == 0)
		rc = buf_adds(&b, json ? "}\n" : "\n", &e);
	/* A log that cannot be written is no reason to end a run. */
	if (rc == 0)
		(void)io_write_all(l->fd, b.data, b.len, &e);
	buf_release(&b);
}
