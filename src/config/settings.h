/*
 * Settings: what the configuration and the command line ask for, as plain
 * values that the option rows fill in.
 * Strings are owned by the struct that has them; NULL means not given.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../transfer/stage.h"
#include "../base/log.h"
#include "../base/secret.h"
#include "../base/str.h"
#include "../coupon/check.h"
#include "../coupon/layout.h"
#include "../format/pack.h"

struct pv_setting;

/* A setting that not every type of provider has. */
struct set_extra {
	const struct pv_setting	*row;		/* the first of its key */
	char			*text;
	struct secret_source	 secret;
};

/* `providers:` */
struct set_provider {
	char			*name;
	char			*type;
	char			*url;
	struct set_extra	*extra;		/* as written */
	size_t			 nextra;
	struct net_tls		 tls;		/* strings are ours */
	struct net_proxy	 proxy;		/* likewise */
	struct secret_source	 proxy_password;
	bool			 allow_http;	/* url may begin with http:// */
	int64_t			 poll_first_ms; /* 0: the provider's own */
	int64_t			 poll_cap_ms;	/* 0: the provider's own */
	int64_t			 lost_after;	/* answers without it */
	int64_t			 call_ms;	/* one call */
	int64_t			 rate;		/* calls a minute; 0: any */
	int64_t			 max_parallel;	/* calls at once; 0: any */
};

/*
 * `endpoints:`.  Both sides are one server as a rule, so that what is set for
 * the upload counts for the pull side, too.  Strings and lists in what is
 * another module's are ours; secrets are not read yet.
 */
struct set_endpoint {
	char			*name;
	struct xfer_target	 upload;
	struct xfer_target	 pull;	/* what differs there: url, user,
					   host_keys, tls.ca_file */
	struct secret_source	 upload_password, pull_password;
	struct secret_source	 passphrase, bearer, headers;
	struct secret_source	 proxy_password;
	struct xfer_stage_opts	 stage;	/* what is the same for every file */
	bool			 keep_staged;	/* leave it there */
};

enum set_rehearse { REHEARSE_FULL, REHEARSE_SAMPLE, REHEARSE_OFF };
#define VERIFY_ALL_MAX	200000	/* rows; 2,000 calls of 100 codes */

/* What is looked up of each batch, before and after. */
struct set_verify {
	enum { VERIFY_SAMPLE, VERIFY_ALL, VERIFY_OFF } kind;
	int64_t	rows;		/* of a sample; 0: the program's rule */
	int64_t	percent;	/* of a sample; 0: by rows */
};

enum set_missing { MISSING_STOP, MISSING_OMIT };
enum set_unknown { UNKNOWN_HOLD, UNKNOWN_RESUBMIT };
enum set_after { AFTER_KEEP, AFTER_MOVE, AFTER_DELETE };

/* `jobs:`, and what `run` takes as flags */
struct set_job {
	char			*name;		/* NULL: run without a job */
	char			*source;	/* path or glob */
	int64_t			 settle_ms;	/* how long a file of source
						   must stand still */
	char			*done_file;	/* with {name}; NULL: none */
	char			*provider;
	char			*endpoint;	/* NULL: inline */
	char			*bank;		/* id, digits */
	char			*bank_name;	/* expected; NULL: any */
	char			*notification_email;
	char			*schedule;	/* cron line; nothing here
						   starts runs by it */
	/* input */
	struct check_opts	 check;		/* as set: see set_check_opts;
						   its strings are ours */
	char			*delimiter;	/* one character, "tab" */
	char			*redeem_date;	/* date, "today", "yesterday" */
	char			*not_before;	/* likewise */
	enum set_missing	 missing_date;
	int64_t			 max_reject;	/* rows */
	int64_t			 max_reject_percent; /* -1: by rows */
	/* output */
	enum pack_kind		 packing;
	struct layout		 layout;
	int64_t			 max_parts;	/* of one file */
	int64_t			 inline_max;	/* rows of one file */
	int64_t			 batch;		/* rows of one call */
	/* the way */
	enum set_rehearse	 rehearse;
	struct set_verify	 verify;
	int64_t			 lag_ms;	/* a bank may be behind */
	int64_t			 max_failed_percent;
	int64_t			 deadline_ms;	/* following; 0: none */
	int64_t			 retries;	/* tries after the first */
	int64_t			 retry_first_ms; /* doubled each time */
	int64_t			 retry_for_ms;	/* at least; 0: by retries */
	enum set_unknown	 on_unknown;
	enum set_after		 after_done;
	char			*after_dir;	/* of AFTER_MOVE */
	enum log_codes		 show_codes;
	int			*ok_exits;	/* -1-ended; NULL: none */
	char			*plan;		/* JSON: flags given on the
						   command line, for resume */
	char			*retry_of;	/* run id; NULL: none */
};

struct settings {
	char			*state_dir;
	struct set_provider	*providers;
	size_t			 nproviders;
	struct set_endpoint	*endpoints;
	size_t			 nendpoints;
	struct set_job		*jobs;
	size_t			 njobs;
	char			 sha256[65];	/* of the files read; hex */
};

#endif
