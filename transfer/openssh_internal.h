/*
 * What the files of the channel through the system's ssh program share.
 */
#ifndef TRANSFER_OPENSSH_INTERNAL_H
#define TRANSFER_OPENSSH_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../src/base/buf.h"
#include "../src/base/err.h"
#include "hostkey.h"
#include "ssh_internal.h"

struct xfer;

#define OPENSSH_WORDS	80	/* arguments, or variables */
#define OPENSSH_SOCKET	"COUPONDROP_SSH_SOCKET"	/* variable for the helper */
#define OPENSSH_KEEPER	"COUPONDROP_SSH_KEEPER"	/* and for the keeper */

/* Arguments or variables of a program, NULL-ended. */
struct openssh_list {
	char	*word[OPENSSH_WORDS + 1];
	size_t	 n;
};

/* What the command line of ssh depends on. */
struct openssh_plan {
	const struct xfer *x;
	const char	*user;
	const char	*self;	/* path of this program */
	const char	*agent;	/* $SSH_AUTH_SOCK, or NULL */
	int		 family; /* only host keys of this kind; -1: all */
	bool		 certs;	/* host certificates may be shown */
	bool		 asks;	/* it may ask for a secret */
	bool		 aes;	/* the processor helps with AES */
};

struct openssh {
	struct xfer	*x;
	struct openssh_plan plan;
	pid_t		 pid;	/* 0: not running */
	int		 fd;	/* its standard input and output */
	int		 said_fd; /* its standard error */
	int		 listener; /* to it helpers connect */
	int		 helper; /* a helper that has no answer yet */
	bool		 held;	/* its answer waits for our turn */
	int64_t		 ordered; /* monotonic ms of the question which kinds
				   of key to ask for; 0: not asked */
	char		 name[40]; /* of the listener; "": none */
	pid_t		 keeper; /* ends ssh when we are killed; 0: none */
	int		 life;	/* the keeper sees it closed when we end */
	char		 self[512];
	struct sshkey	 key;	/* of the identity file */
	struct buf	 said;	/* the end of its words */
	char		 between[200]; /* what the ssh of a host in between
					  asked last, escaped; "" */
	bool		 in;	/* logged in */
	bool		 gave_password, gave_passphrase;
	bool		 asked_again;	/* for a password that was given */
	struct hostkey_list *known;
	char		*known_path;
	enum xfer_hostkey verdict;
	struct err	 why;	/* our own reason for a refusal */
	int64_t		 until;	/* monotonic ms, while connecting */
};

/*
 * openssh_arguments(plan, out, e): the command line of ssh.  No secret is in
 * it.  ERR_NOMEM.  Free with openssh_list_free.
 */
int	openssh_arguments(const struct openssh_plan *, struct openssh_list *,
	    struct err *);

/*
 * openssh_variables(plan, socket, out, e): the environment of ssh: the few
 * variables it needs of ours, and where helpers find us.  ERR_NOMEM.
 */
int	openssh_variables(const struct openssh_plan *, const char *,
	    struct openssh_list *, struct err *);

/*
 * openssh_list_free(l): free its words.
 */
void	openssh_list_free(struct openssh_list *);

/*
 * openssh_explain(said, code, out, max): find in what ssh said the line that
 * tells why it ended: the error code it stands for (code when it is not
 * known), and the line, escaped, in max bytes at out, with those beside it
 * that say why or of which host; "" when it said nothing.
 */
enum err_code openssh_explain(const char *, enum err_code, char *, size_t);

/*
 * openssh_take_facts(said, x): cut the whole lines meant for debugging out of
 * what ssh said; banner and algorithms among them go to x.
 */
void	openssh_take_facts(struct buf *, struct xfer *);

/*
 * openssh_logged_in(said): whether ssh said that it is.
 */
bool	openssh_logged_in(const char *);

/*
 * openssh_met(said): whether what an ssh that gave up said is about a server
 * to which it had a connection.
 */
bool	openssh_met(const char *);

/*
 * openssh_listen(c, e): a socket for helpers, which has a name (c->name) but no
 * file.  ERR_CREATE.
 */
int	openssh_listen(struct openssh *, struct err *);

/*
 * openssh_keep(c): start a keeper for the ssh that runs.  Where the system
 * allows none, ssh outlives a kill of ours until it gives up by itself.
 */
void	openssh_keep(struct openssh *);

/*
 * openssh_keeper(): what the keeper does; its exit code.
 */
int	openssh_keeper(void);

/*
 * openssh_keep_end(c): the ssh has ended and was collected: so is its keeper.
 */
void	openssh_keep_end(struct openssh *);

/*
 * openssh_listen_end(c): end it; harmless when done.
 */
void	openssh_listen_end(struct openssh *);

/*
 * openssh_answer(c): let a helper in, and answer one that has asked.
 * Never blocks but in the target's ask_host_key.  A refusal of ours goes to
 * c->why.
 */
void	openssh_answer(struct openssh *);

#endif
