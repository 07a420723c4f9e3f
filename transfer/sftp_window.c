/*
 * The window of requests in flight.
 *
 * It starts at 2 MiB, which is what OpenSSH's server grants a channel, and
 * grows only while it, and not the channel below, holds the transfer up.
 */
#include "sftp_window.h"

#include <string.h>

void
sftp_window_init(struct sftp_window *w)
{
	memset(w, 0, sizeof(*w));
	w->size = SFTP_WINDOW_MIN;
}

bool
sftp_window_room(struct sftp_window *w, uint32_t n)
{
	if (w->flight == 0 || w->flight + n <= w->size)
		return true;
	w->full = true;
	return false;
}

void
sftp_window_sent(struct sftp_window *w, uint32_t id, uint32_t n)
{
	w->flight += n;
	if (w->marked)
		return;
	w->mark = id;
	w->marked = true;
	w->full = w->blocked = false;
}

void
sftp_window_done(struct sftp_window *w, uint32_t id, uint32_t n)
{
	w->flight -= n;
	if (!w->marked || id != w->mark)
		return;
	w->marked = false;
	if (w->full && !w->blocked && w->size < SFTP_WINDOW_MAX)
		w->size *= 2;
}
