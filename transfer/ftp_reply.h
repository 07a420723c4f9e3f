/*
 * Replies of FTP servers (RFC 959, section 4.2): their lines, and what a
 * refusal means.  How servers word what is in src/doc/ftp-replies.md.
 */
#ifndef TRANSFER_FTP_REPLY_H
#define TRANSFER_FTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

struct err;

#define FTP_REPLY_TEXT	800	/* bytes of a reply that are kept */

/* A reply, line by line. */
struct ftp_reply {
	long	code;		/* 0 until its last line is there */
	char	text[FTP_REPLY_TEXT]; /* "NNN words; words": the number once,
					 the words of all lines */
	size_t	len;
};

/* What a refusal was the answer to. */
struct ftp_asked {
	bool	tls;		/* the connection has, or is to have, TLS */
	bool	upload;		/* to send a file */
	const char *path;	/* what it was about: its words are not the
				   server's; NULL: nothing */
};

/*
 * ftp_reply_line(r, p, n): take in the next n bytes, a line without its end.
 * The first line of a reply forgets the one before.  The code when it was the
 * last line of a reply, else 0.
 */
long	ftp_reply_line(struct ftp_reply *, const char *, size_t);

/*
 * ftp_reply_explain(r, asked, e): the error that a reply of 400 and more is;
 * e->remote is its code.  Returns -1.  A 550 whose words say nothing is
 * ERR_NOTFOUND, or with upload ERR_DENIED.
 */
int	ftp_reply_explain(const struct ftp_reply *, const struct ftp_asked *,
	    struct err *);

#endif
