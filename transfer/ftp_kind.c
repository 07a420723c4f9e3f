/*
 * What has a name on an FTP server: a file, a folder or a link.
 *
 * SIZE follows links, and so does MLST of some servers.  STAT with a path
 * answers with lines as of ls(1) on all that run on Unix, and shows a link as
 * one; where it shows nothing, the others are asked: Pure-FTPd tells of a link
 * that leads nowhere by MLST alone, ProFTPD by RNFR alone.  What they answer
 * is in src/doc/ftp-links.md.
 */
#include "ftp_internal.h"

#include "said.h"

/* What the lines of a reply tell. */
struct look {
	const char	*base;	/* the name without its folder */
	enum xfer_kind	 kind;
};

/* Does the text of n bytes end with the name, alone or behind its folder? */
static bool
ends_with_name(const char *p, size_t n, const char *base)
{
	size_t m = strlen(base);

	return n > m && memcmp(p + n - m, base, m) == 0 &&
	    (p[n - m - 1] == ' ' || p[n - m - 1] == '/');
}

/*
 * "lrwxrwxrwx 1 u g 7 Nov 30 11:50 a -> b", "-rw-r--r-- ... a"; of a folder
 * the lines are what is in it.
 */
static void
stat_line(void *arg, const char *p, size_t n)
{
	struct look *l = arg;
	const char *arrow;

	while (n > 0 && *p == ' ') {
		p++;
		n--;
	}
	if (n < 11 || strchr("-dlbcps", p[0]) == NULL ||
	    strspn(p + 1, "rwxsStT-") < 9 || l->kind == XFER_LINK)
		return;
	arrow = memmem(p, n, " -> ", 4);
	if (p[0] == 'l' && arrow != NULL &&
	    ends_with_name(p, (size_t)(arrow - p), l->base))
		l->kind = XFER_LINK;
	else if (l->kind == XFER_NOTHING)
		l->kind = p[0] == '-' && ends_with_name(p, n, l->base) ?
		    XFER_FILE : XFER_FOLDER;
}

/* " type=OS.unix=slink:;size=7; /in/a" (RFC 3659, section 7). */
static void
mlst_line(void *arg, const char *p, size_t n)
{
	struct look *l = arg;
	const char *type, *end;

	if ((type = memmem(p, n, "type=", 5)) == NULL ||
	    (end = memchr(type, ';', (size_t)(p + n - type))) == NULL)
		return;
	n = (size_t)(end - type);
	if (memmem(type, n, "link", 4) != NULL)
		l->kind = XFER_LINK;
	else if (memmem(type, n, "file", 4) != NULL)
		l->kind = XFER_FILE;
	else if (memmem(type, n, "dir", 3) != NULL)
		l->kind = XFER_FOLDER;
}

/* One command; -1 only when the connection is gone. */
static int
ask(struct xfer *x, const char *command, const char *name,
    void (*line)(void *, const char *, size_t), struct look *l,
    struct err *why)
{
	struct xcurl *c = x->priv;

	err_clear(why);
	if (ftp_begin(x, NULL, why) == -1 ||
	    ftp_command(x, command, name, why) == -1)
		return -1;
	if (ftp_send_lines(c, line, l, why) == 0)
		return 0;
	return c->rc == CURLE_OK ? 0 : -1;	/* a refusal is an answer */
}

static void
no_line(void *arg, const char *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
}

int
ftp_kind(struct xfer *x, const char *name, enum xfer_kind *out, struct err *e)
{
	const char *slash = strrchr(name, '/');
	struct look l = { slash != NULL ? slash + 1 : name, XFER_NOTHING };
	struct xcurl *c = x->priv;

	*out = XFER_UNKNOWN;
	/* To some servers these are a pattern of names. */
	if (strpbrk(name, "*?[]{}\\") != NULL)
		return 0;
	if (ask(x, "*STAT", name, stat_line, &l, e) == -1)
		return -1;
	if (c->reply < 400 && l.kind == XFER_NOTHING && !x->no_mlst) {
		if (ask(x, "*MLST", name, mlst_line, &l, e) == -1)
			return -1;
		x->no_mlst = c->reply / 10 == 50;
	} else if (c->reply >= 400 && said(c->said.text, SAID_MISSING)) {
		/*
		 * What can be renamed but is not there is a link that leads
		 * nowhere.  The next command must then be RNTO, or one of a
		 * new connection.
		 */
		if (ask(x, "*RNFR", name, no_line, &l, e) == -1)
			return -1;
		if (c->reply == 350) {
			l.kind = XFER_LINK;
			c->stale = true;
		}
	} else if (c->reply >= 400)
		l.kind = XFER_UNKNOWN;
	err_clear(e);
	*out = l.kind;
	return 0;
}
