/*
 * What an SFTP server told of itself, and one thing that only a visit wants
 * to know: whether it sets times (SETSTAT, draft section 6.9).
 */
#include "sftp_file.h"

#include "xfer_internal.h"

#define ATTR_TIMES	8u	/* flag: access and change time follow */

void
sftp_note_facts(const struct sftp *s, struct xfer_facts *f)
{
	static const struct {
		const char	*name;
		unsigned	 bit;
	} known[] = {
		{ "posix-rename", SFTP_EXT_POSIX_RENAME },
		{ "statvfs", SFTP_EXT_STATVFS },
		{ "fsync", SFTP_EXT_FSYNC },
		{ "limits", SFTP_EXT_LIMITS },
	};
	size_t i, n = 0;

	f->connections++;
	f->features[0] = '\0';
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if ((s->ext & known[i].bit) != 0)
			n += (size_t)snprintf(f->features + n,
			    sizeof(f->features) - n, "%s%s", n > 0 ? " " : "",
			    known[i].name);
}

void
sftp_learn_limits(struct sftp *s, struct xfer_facts *f)
{
	struct err ignored;

	err_clear(&ignored);
	if (s->broken || sftp_know_limits(s, &ignored) == -1)
		return;
	f->write_bytes = s->write_size;
	f->read_bytes = s->read_size;
	f->handles = s->handles;
}

int
sftp_time_set(struct sftp *s, const char *path, int64_t wall_ms,
    struct err *e)
{
	uint32_t at = (uint32_t)(wall_ms / 1000);
	struct sftp_request req = {
		.type = SFTP_SETSTAT, .nstr = 1, .nnum = 3,
		.str = { sftp_str(path) }, .num = { ATTR_TIMES, at, at },
	};

	return sftp_call_status(s, &req, s->times.reply_ms, "set its time",
	    e);
}
