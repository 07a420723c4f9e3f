/* A scripted server to stage against. */
#ifndef TESTS_UNIT_STAGE_FIXTURE_H
#define TESTS_UNIT_STAGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../transfer/stage.h"
#include "../../transfer/xfer_internal.h"
#include "fake_clock.h"

#define TEMP	".f.zip.r1.part"
#define CONTENT	"twelve bytes"

/* What the server does at the n-th call of an operation. */
enum deed { NOTHING, DONE, HALF,
	TAKEN,		/* another gives its file that name just before */
};
struct fault {
	char		 op;	/* o p g s r n d h: open put get stat replace
				   rename remove hash; w a: put_new put_from */
	int		 nth;
	enum err_code	 code;	/* the answer; ERR_NONE: success */
	enum deed	 deed;	/* what happens over there all the same */
};

struct file {
	char	name[32];
	char	data[32];
	size_t	size;
	bool	there;
	enum xfer_kind kind;	/* XFER_UNKNOWN: a file */
};

struct server {
	struct file	 files[4];
	const struct fault *faults;
	int		 calls[128];
	bool		 connected;
	bool		 refused;	/* the last open failed: the handle
					   must not be used */
};

/* One staging against a scripted server. */
struct run {
	struct xfer		 x;
	struct fake_clock	 clock;
	struct server		 server;
	struct xfer_stage_opts	 opts;
	struct xfer_staged	 out;
	struct err		 e;
	const char		*content;
};

/*
 * file_of(s, name, make): the file of that name; with make a new one, if there
 * is none; else NULL.
 */
struct file *file_of(struct server *, const char *, bool);

/*
 * add_file(r, name, content): put a file there by hand.
 */
void	add_file(struct run *, const char *, const char *);

/*
 * prepare(r, faults): a connected server with no files that plays faults.
 */
void	prepare(struct run *, const struct fault *);

/*
 * can_append(r): the server can go on with a file.
 */
void	can_append(struct run *);

/*
 * can_rewrite(r): the server can go on inside a file, too.
 */
void	can_rewrite(struct run *);

/*
 * is_vague(r): the server says "not found" of what one may not see.
 */
void	is_vague(struct run *);

/*
 * has_links(r): the server tells links and folders from files.
 */
void	has_links(struct run *);

/*
 * can_hash(r): the server tells the SHA-256 of files.
 */
void	can_hash(struct run *);

/*
 * stage(r): stage r->content; what xfer_stage returns.
 */
int	stage(struct run *);

/*
 * unstage(r, proven): what xfer_unstage returns.
 */
int	unstage(struct run *, bool);

/*
 * has(r, name, want): the server has that content under name, or with NULL no
 * such file.
 */
void	has(struct run *, const char *, const char *);

/*
 * check_good(r, verified, direct): stage, and all must be well.
 */
void	check_good(struct run *, enum xfer_verified, bool);

/*
 * check_bad(r, code): stage, and it must fail with code.
 */
void	check_bad(struct run *, enum err_code);

#endif
