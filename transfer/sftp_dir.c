/*
 * Folders over SFTP: listing one, making one.
 */
#include "sftp_file.h"

#include <sys/stat.h>

#define NAME_BYTES	256	/* a longer file name is none of ours */

static int
open_folder(struct sftp *s, const char *path, struct sftp_handle *h,
    struct err *e)
{
	struct sftp_request req = {
		.type = SFTP_OPENDIR, .nstr = 1, .str = { sftp_str(path) },
	};
	struct sftp_status st;
	struct sftp_bytes id;
	struct sftp_reply r;

	if (sftp_call(s, &req, s->times.reply_ms, &r, e) == -1)
		return err_wrap(e, "open the folder");
	if (r.type == SFTP_STATUS && sftp_take_status(&r.body, &st) == 0 &&
	    st.code != SFTP_OK)
		return sftp_refused("open the folder", &st, e);
	if (r.type != SFTP_HANDLE || sftp_take_str(&r.body, &id) == -1 ||
	    id.n > sizeof(h->id))
		return sftp_odd(s, "open the folder", &r, e);
	memcpy(h->id, id.p, id.n);
	h->n = id.n;
	return 0;
}

/* One entry of a NAME reply: name, a line for people, attributes. */
static int
take_entry(struct sftp_bytes *b, xfer_entry f, void *arg, struct err *e)
{
	struct sftp_bytes name, line;
	struct sftp_attrs at;
	char text[NAME_BYTES];

	if (sftp_take_str(b, &name) == -1 || sftp_take_str(b, &line) == -1 ||
	    sftp_take_attrs(b, &at) == -1)
		return err_set(e, ERR_PROTOCOL, "the server's list of the "
		    "folder is cut off");
	if (name.n >= sizeof(text) || memchr(name.p, '\0', name.n) != NULL ||
	    (at.has_mode && S_ISDIR(at.mode)))
		return 0;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	return f(arg, text, at.has_size ? at.size : UINT64_MAX, e);
}

/* 1 after some entries, 0 at the end. */
static int
read_folder(struct sftp *s, const struct sftp_handle *h, xfer_entry f,
    void *arg, struct err *e)
{
	struct sftp_request req = {
		.type = SFTP_READDIR, .nstr = 1, .str = { { h->id, h->n } },
	};
	struct sftp_status st;
	struct sftp_reply r;
	uint32_t i, n;

	if (sftp_call(s, &req, s->times.reply_ms, &r, e) == -1)
		return err_wrap(e, "read the folder");
	if (r.type == SFTP_STATUS && sftp_take_status(&r.body, &st) == 0)
		return st.code == SFTP_EOF ? 0 :
		    sftp_refused("read the folder", &st, e);
	if (r.type != SFTP_NAME || sftp_take_u32(&r.body, &n) == -1)
		return sftp_odd(s, "read the folder", &r, e);
	for (i = 0; i < n; i++)
		if (take_entry(&r.body, f, arg, e) == -1)
			return -1;
	return 1;
}

int
sftp_dir_list(struct sftp *s, const char *path, xfer_entry f, void *arg,
    struct err *e)
{
	struct sftp_request close_it = { .type = SFTP_CLOSE, .nstr = 1 };
	struct sftp_handle h;
	struct err ignored;
	int rc;

	if (open_folder(s, path, &h, e) == -1)
		return -1;
	while ((rc = read_folder(s, &h, f, arg, e)) == 1)
		;
	close_it.str[0] = (struct sftp_bytes){ h.id, h.n };
	err_clear(&ignored);
	if (!s->broken)
		(void)sftp_call_status(s, &close_it, s->times.reply_ms,
		    "close the folder", &ignored);
	return rc;
}

int
sftp_dir_make(struct sftp *s, const char *path, struct err *e)
{
	struct sftp_request req = {
		.type = SFTP_MKDIR, .nstr = 1, .nnum = 1,
		.str = { sftp_str(path) },
	};

	return sftp_call_status(s, &req, s->times.reply_ms,
	    "make the folder", e);
}
