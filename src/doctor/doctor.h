/*
 * The doctor: what can be known about a job's platform and file server before
 * a night depends on it.
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "../base/err.h"
#include "../base/id.h"

struct ctx;
struct set_job;

#define DOCTOR_UNSET	INT64_MIN	/* a number that is not known */
#define DOCTOR_LINES	16	/* of advice for one side */
#define DOCTOR_TRANSFERS 8	/* timed, on one side */

/* A line for the configuration of the endpoint. */
struct doctor_line {
	char		*text;
	const char	*why;
	bool		 needed;	/* without it a run fails */
	bool		 dflt;		/* a default: take the key out */
};

/* A host key that the configuration has. */
struct doctor_pin {
	const char	*print;		/* borrowed from the configuration */
	char		 since[21];	/* first seen; "" if never */
};

/*
 * What one side of an endpoint was found to be.  Text is "", a word NULL and a
 * number DOCTOR_UNSET where nothing was found out.  What a server can do is
 * "yes" or the word of the error that it met.
 */
struct doctor_side {
	bool		 tried;
	const char	*untried;	/* why nothing could be tried, although
					   a run may get through; or NULL */
	struct err	 err;	/* why a run would fail; ERR_NONE */
	char		 where[300];	/* "host:port" */
	int64_t		 connect_ms;
	char		 server[160], syst[64], protocol[12], channel[40];
	int64_t		 connections;
	char		 features[400];	/* with spaces between */
	char		 data_connection[8];
	char		 host_key[52], host_key_type[40], host_key_since[21];
	char		 host_key_by[12]; /* pin, host_key, known_hosts */
	char		 stored[PATH_MAX]; /* the known_hosts it went to */
	char		 offered[52], offered_type[40], offered_since[21];
	char		 kex[80], key_alg[80], cipher[80], mac[80];
	char		 tls[64];
	int64_t		 tls_full, tls_resumed;
	char		 cert_subject[160], cert_issuer[160];
	char		 cert_from[21], cert_until[21], cert_pin[64];
	int64_t		 cert_days;
	int64_t		 clock_ahead_s;
	int64_t		 answer_ms, fetch_ms, bytes_per_s;
	int64_t		 free_bytes;
	int64_t		 write_bytes, read_bytes, open_files;
	const char	*put, *look_up, *read, *hash, *list, *replace,
			*replace_how, *set_time, *remove;
	int64_t		 write_only;	/* 1 or 0 */
	struct doctor_pin *pinned;	/* what a refused key was held to */
	size_t		 npinned;
	struct { int64_t bytes, ms; } transfers[DOCTOR_TRANSFERS];
	size_t		 ntransfers;
	struct doctor_line set[DOCTOR_LINES];
	size_t		 nset;
	char		*advice[DOCTOR_LINES];
	size_t		 nadvice;
};

enum doctor_kind {
	DOCTOR_TEXT,		/* char [] */
	DOCTOR_LIST,		/* char [], words with spaces between */
	DOCTOR_WORD,		/* const char * */
	DOCTOR_NUMBER, DOCTOR_YESNO /* int64_t */
};

/* A member of struct doctor_side that JSON and the doctor's memory have. */
struct doctor_field {
	const char	*key, *inner;	/* "ssh", "kex"; inner may be NULL */
	enum doctor_kind kind;
	size_t		 at;		/* offset in struct doctor_side */
	const char	*name;		/* to tell of a change; NULL: none */
	bool		 halved;	/* ... if it is less than half */
};

/* All of them, in the order of the JSON; the last has key NULL. */
extern const struct doctor_field doctor_fields[];

/*
 * doctor_side_json(side): an object with all of them, a new reference; JSON
 * null is what was not found out.  NULL when there is no memory.
 */
json_t	*doctor_side_json(const struct doctor_side *);

/* What is not as it was at an earlier visit. */
struct doctor_change {
	const char	*side;		/* "upload" or "pull" */
	const struct doctor_field *field;
	json_t		*was, *is;
	char		 seen[21];	/* when it was as it was */
};

/* One visit; strings without a comment are borrowed from the settings. */
struct doctor_report {
	const char	*job, *provider, *endpoint;	/* each may be NULL */
	struct err	 worst;		/* of all; ERR_NONE: a run would do */
	struct err	 settings;	/* of the job */
	struct err	 platform;
	int64_t		 login_ms;
	char		*bank_id, *bank_name;	/* ours */
	char		 at[21];	/* when, UTC */
	struct doctor_side upload, pull;
	const char	*pin;		/* as given, or NULL */
	bool		 pin_shown;	/* a server has that key */
	struct doctor_change *drift;
	size_t		 ndrift, drift_cap;
	char		 (*waiting)[ID_LEN + 1]; /* runs that have not ended */
	size_t		 nwaiting, waiting_cap;
};

/*
 * doctor_visit(ctx, job, pin, out, e): look whether a run could use the
 * settings of a job (config/ready.h), and examine its platform and file server
 * with three small transfers, keep what was found in
 * state_dir/doctor/ENDPOINT.json and compare it with what was kept.  pin is a
 * host key that a person was told ("SHA256:..."), or NULL.  What is wrong over
 * there is told in *out, and is no error.  The caller ends *out with
 * doctor_report_release, after failure too.  Blocks.
 */
int	doctor_visit(struct ctx *, const struct set_job *, const char *,
	    struct doctor_report *, struct err *);

/*
 * doctor_report_release(r): free what it holds.
 */
void	doctor_report_release(struct doctor_report *);

#endif
