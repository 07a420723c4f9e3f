/*
 * Renaming over a file that is there.
 *
 * RENAME of SFTP v3 must not replace a file, and not all servers have the
 * extension that does.  Where it takes three steps, the old file is moved
 * aside, never removed, until the new one has its name.  Hard is a connection
 * that breaks in between: what was begun is noted in the handle before each
 * step, and settled by what is there on the next connection.
 */
#include "sftp_file.h"

#include "../src/base/log.h"
#include "../src/base/str.h"
#include "names.h"
#include "xfer_internal.h"

/* RENAME, or its sister that replaces the target. */
static int
rename_path(struct sftp *s, bool posix, const char *from, const char *to,
    struct err *e)
{
	struct sftp_request req = {
		.type = SFTP_RENAME, .nstr = 2,
		.str = { sftp_str(from), sftp_str(to) },
	};

	if (posix) {
		req.type = SFTP_EXTENDED;
		req.nstr = 3;
		req.str[0] = sftp_str("posix-rename@openssh.com");
		req.str[1] = sftp_str(from);
		req.str[2] = sftp_str(to);
	}
	return sftp_call_status(s, &req, s->times.reply_ms, "rename it", e);
}

int
sftp_rename_path(struct xfer *x, struct sftp *s, const char *from,
    const char *to, struct err *e)
{
	(void)x;
	return rename_path(s, false, from, to, e);
}

static void
forget(struct xfer *x)
{
	free(x->old_path);
	free(x->replaced_path);
	x->old_path = x->replaced_path = NULL;
}

static void
remove_old(struct xfer *x, struct sftp *s)
{
	struct err ignored;

	err_clear(&ignored);
	if (sftp_remove_path(s, x->old_path, &ignored) == -1) {
		if (s->broken)
			return;
		if (ignored.code != ERR_NOTFOUND)
			log_say(s->log, LOG_WARN, "the replaced file is "
			    "still there", LFS("server", s->where),
			    LFF("file", x->old_path),
			    LFF("reason", ignored.msg));
	}
	forget(x);
}

/* After a failure: give the old file its name again, or say where it is. */
static void
bring_back(struct xfer *x, struct sftp *s, struct err *e)
{
	struct err ignored;

	err_clear(&ignored);
	if (s->broken)
		err_wrap(e, "the old file may be named %s now", x->old_path);
	else if (rename_path(s, false, x->old_path, x->replaced_path,
	    &ignored) == 0)
		forget(x);
	else
		err_wrap(e, "the old file is now named %s", x->old_path);
}

static int
replace(struct xfer *x, struct sftp *s, const char *from, const char *to,
    struct err *e)
{
	struct xfer_stat st;
	struct err refusal;

	x->facts.replaced = "one-step";
	if ((s->ext & SFTP_EXT_POSIX_RENAME) != 0) {
		if (rename_path(s, true, from, to, e) == 0)
			return 0;
		if (e->code != ERR_UNSUPPORTED)
			return -1;
		err_clear(e);
	}
	if (rename_path(s, false, from, to, e) == 0)
		return 0;
	if (s->broken || e->code == ERR_UNSUPPORTED ||
	    e->code == ERR_NOTFOUND)
		return -1;
	refusal = *e;
	x->facts.replaced = "steps";
	err_clear(e);
	/* The target may have been in the way: only if both names exist. */
	if (sftp_stat_path(s, from, &st, e) == -1 ||
	    sftp_stat_path(s, to, &st, e) == -1 || st.is_dir) {
		if (!s->broken)
			*e = refusal;
		return -1;
	}
	log_say(s->log, LOG_WARN, "this server cannot replace a file in one "
	    "step; for a moment neither the old nor the new one has the name",
	    LFS("server", s->where), LFF("file", to));
	/* Before the first step, note where the old file will be. */
	forget(x);
	if ((x->old_path = xfer_name_old(from, e)) == NULL ||
	    (x->replaced_path = str_dup(to, e)) == NULL) {
		forget(x);
		return -1;
	}
	if (rename_path(s, false, to, x->old_path, e) == -1) {
		if (!s->broken)
			forget(x);
		return err_wrap(e, "move the old file aside");
	}
	return rename_path(s, false, from, to, e);
}

int
sftp_replace_path(struct xfer *x, struct sftp *s, const char *from,
    const char *to, struct err *e)
{
	int r = replace(x, s, from, to, e);

	if (x->old_path != NULL && r == 0)
		remove_old(x, s);
	else if (x->old_path != NULL)
		bring_back(x, s, e);
	return r;
}

void
sftp_replace_settle(struct xfer *x, struct sftp *s)
{
	struct xfer_stat st;
	struct err ignored;

	err_clear(&ignored);
	if (x->old_path == NULL)
		return;
	if (sftp_stat_path(s, x->replaced_path, &st, &ignored) == 0)
		remove_old(x, s);
	else if (ignored.code == ERR_NOTFOUND &&
	    rename_path(s, false, x->old_path, x->replaced_path,
	    &ignored) == 0)
		forget(x);
}
