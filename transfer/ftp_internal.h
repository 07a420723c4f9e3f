/*
 * What the files of the ftp backend share.
 */
#ifndef TRANSFER_FTP_INTERNAL_H
#define TRANSFER_FTP_INTERNAL_H

#include "curl_internal.h"

/*
 * xcurl_watch_sockets(c): note the sockets of this call, and end those
 * for data so that the server can read all that was sent, which blocks for
 * final_ms at most.
 */
void	xcurl_watch_sockets(struct xcurl *);

/*
 * xcurl_ftp_line(c, p, n): a line of a reply, without its end.
 */
void	xcurl_ftp_line(struct xcurl *, const char *, size_t);

/*
 * ftp_begin(x, name, e): begin a call; with name NULL one of commands only.
 */
int	ftp_begin(struct xfer *, const char *, struct err *);

/*
 * ftp_command(x, command, name, e): add "COMMAND path"; xfer_path has refused
 * line ends.  A star before the command tells libcurl to go on after a
 * refusal; without it, it gives the connection up.  RNFR of a rename has none,
 * so that RNTO never follows a refused one.
 */
int	ftp_command(struct xfer *, const char *, const char *, struct err *);

/*
 * ftp_send(c, e): send the commands; the first refusal is the one that counts.
 */
int	ftp_send(struct xcurl *, struct err *);

/*
 * ftp_send_lines(c, f, arg, e): the same; f hears each line of the replies.
 */
int	ftp_send_lines(struct xcurl *, void (*)(void *, const char *, size_t),
	    void *, struct err *);

/*
 * ftp_kind(x, name, out, e): the kind slot.  No command of FTP tells links
 * from files on all servers, so up to three are tried.
 */
int	ftp_kind(struct xfer *, const char *, enum xfer_kind *, struct err *);

#endif
