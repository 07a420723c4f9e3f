/*
 * What the files of src/sandbox share; only they and their tests include it.
 */
#ifndef SANDBOX_SANDBOX_INTERNAL_H
#define SANDBOX_SANDBOX_INTERNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "jobs.h"
#include "moods.h"
#include "pull.h"

struct banks;
struct clock;
struct err;
struct faults;
struct http_server;
struct log;
struct secret;
struct tasks;
struct tokens;
struct tz;

#define SANDBOX_BODY_MAX	(64u << 20)	/* bytes of a POST */
#define SANDBOX_ANSWER_MAX	(256u << 20)	/* bytes of an answer */

struct sandbox {
	struct log		*log;
	const struct clock	*clock;
	char			*dir, *stage_dir, *pull_dir, *db_path;
	char			*ca_file, *url;
	char			*stage_user;	/* or NULL: open */
	struct secret		*stage_password;
	struct secret		*api_key, *shared_secret;
	struct tz		*pacific;	/* zone of the dates of tasks */
	struct faults		*faults;
	struct moods		 moods;
	struct banks		*banks;
	struct tasks		*tasks;
	struct pull_opts	 pull;
	struct http_server	*http;
	struct jobs		*jobs;		/* with the lock of turn and
						   the rate */
	uint64_t		 turn;		/* lists that were shown */
	int64_t			 rate_from_ms;	/* calls of Capillary */
	unsigned		 rate_calls;
	int64_t			 started_ms;	/* wall clock */
	struct tokens		*tokens[JOB__MAX];
	int64_t			 token_life_ms[JOB__MAX];
};

/*
 * sandbox_join(out, dir, name, e): "dir/name", malloc'd, into *out.
 */
int	sandbox_join(char **, const char *, const char *, struct err *);

/*
 * sandbox_write_file(path, mode, bytes, n, e): a file that appears whole.
 * ERR_CREATE, ERR_IO, ERR_NOSPACE.
 */
int	sandbox_write_file(const char *, mode_t, const char *, size_t,
	    struct err *);

#endif
