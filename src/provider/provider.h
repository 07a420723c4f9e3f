/*
 * Providers: protocol machines without I/O.
 *
 * A provider is asked one thing at a time.  provider_next is called with the
 * ask, its state and what happened last, and says what to do next: send a
 * request, wait, or be done with a result.  The caller does the I/O, stores
 * the state after each step, and may come back after a restart.  One row per
 * provider in provider.c, one file per provider, recorded answers in
 * tests/golden/provider.
 */
#ifndef PROVIDER_PROVIDER_H
#define PROVIDER_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/secret.h"
#include "../base/str.h"

enum pv_verb {
	PV_BANKS,	/* list the banks this account can see */
	PV_LOOKUP,	/* state of up to 100 codes in a bank */
	PV_SUBMIT_FILE,	/* announce a staged file */
	PV_SUBMIT_ROWS,	/* send rows inside the call */
	PV_STATUS,	/* states of tasks by id */
	PV_FIND		/* tasks between two days, Pacific for Mapp */
};

enum task_state { TASK_QUEUED, TASK_RUNNING, TASK_DONE, TASK_FAILED,
	TASK_LOST, TASK_UNKNOWN };
enum outcome { OUTCOME_OK, OUTCOME_PARTIAL, OUTCOME_NONE,
	OUTCOME_UNCONFIRMED, OUTCOME_NA };

struct pv_account {
	const char		*url;
	const struct secret	*api_key, *shared_secret;
};

/* How the platform shall fetch a staged file. */
struct pv_pull {
	const char	*scheme;  /* http https ftp ftpes ftps sftp */
	const char	*host;
	uint16_t	 port;
	bool		 default_port;
	const char	*url;	  /* http(s): whole URL of the file */
	const char	*path;	  /* others: path of the file over there */
	const char	*user;
	const struct secret *password;
	int		 compression; /* 0 none, 1 zip, 2 gzip */
};

struct pv_row {
	const char	*code;
	size_t		 len;
	int		 redeemed;	/* 0, 1, -1 none */
	struct date	 date;		/* or none */
};

struct pv_ask {
	enum pv_verb		 verb;
	const struct pv_account	*account;
	const char		*bank;	/* id, as text */
	/* PV_SUBMIT_FILE */
	const struct pv_pull	*pull;
	int			 redeemed;	/* for all rows; -1: in file */
	struct date		 date;		/* or none */
	const char		*notification_email; /* or NULL */
	/* PV_SUBMIT_ROWS; PV_LOOKUP uses the codes only */
	const struct pv_row	*rows;
	size_t			 nrows;
	/* PV_STATUS */
	const char *const	*tasks;
	size_t			 ntasks;
	/* PV_FIND */
	struct date		 from, to;
};

enum pv_event_kind { PV_BEGIN, PV_ANSWER, PV_TIMER };

struct pv_event {
	enum pv_event_kind	 kind;
	long			 status;	/* HTTP */
	const char		*body;
	size_t			 len;
	int64_t			 retry_after_ms; /* -1: none */
};

/* What survives a restart; zeroed before PV_BEGIN. */
struct pv_state {
	unsigned char	version;
	unsigned char	phase;
	unsigned char	tries;
	unsigned char	flags;
};

struct pv_task {
	char		 id[64];
	char		 word[32];	/* the platform's own, escaped */
	char		 when[32];	/* its time stamp, as given; "" */
	enum task_state	 state;
	int64_t		 total, updated, failed; /* rows; -1: not said */
	char		*text;		/* free text, verbatim; or NULL */
};

struct pv_bank {
	char		 id[32];
	char		*name;
};

struct pv_coupon {
	size_t		 row;		/* index into the ask's rows */
	bool		 found;
	bool		 unread;	/* no answer that can be read */
	int		 redeemed;	/* 0, 1, -1: not said, or odd */
	struct date	 date;		/* or none */
};

struct pv_result {
	struct pv_task		*tasks;
	size_t			 ntasks;
	struct pv_bank		*banks;
	size_t			 nbanks;
	struct pv_coupon	*coupons; /* PV_LOOKUP: one per row asked */
	size_t			 ncoupons;
	/* submissions */
	char			 task[64];	/* "" when answered inline */
	int64_t			 total, updated, failed; /* rows; -1 */
	/* PV_SUBMIT_ROWS: per row 1 applied, 0 refused, -1 not said */
	signed char		*row_ok;
	size_t			 nrow_ok;
	char			*text;	/* responseText, verbatim; or NULL */
};

struct pv_request {
	const char	*method;	/* static */
	struct buf	 url;
	struct buf	 body;		/* wiped: may hold secrets */
	const char	*content_type;	/* static, or NULL */
	bool		 submits;	/* may change something over there */
};

enum pv_what { PV_REQUEST, PV_WAIT, PV_DONE, PV_FAILED };

struct pv_step {
	enum pv_what		 what;
	int64_t			 wait_ms;	/* PV_WAIT */
	struct pv_request	 request;	/* PV_REQUEST */
	struct pv_result	 result;	/* PV_DONE */
	/*
	 * PV_FAILED: certain means that nothing was changed over there by
	 * this ask (refused, not attempted); else the outcome is unknown.
	 */
	bool			 certain;
};

struct provider {
	const char	*type;		/* "mapp" */
	const char	*title;		/* "Mapp Empower" */
	const char	*sample_zone;	/* zone of its task dates */
	int64_t		 poll_first_ms, poll_floor_ms, poll_cap_ms;
	size_t		 lookup_max;	/* codes in one PV_LOOKUP */
	bool		 pulls_http, pulls_ftp;	/* which pull sides */
	int	(*next)(const struct pv_ask *, struct pv_state *,
		    const struct pv_event *, struct pv_step *, struct err *);
	/* its own share of pv_pull_check; NULL when there is none */
	int	(*pull_check)(const struct pv_pull *, struct err *);
};

/*
 * provider_find(type): the row, or NULL.
 */
const struct provider *provider_find(const char *);

/*
 * provider_at(i): the i-th row, NULL past the end; for lists.
 */
const struct provider *provider_at(size_t);

/*
 * provider_next(p, ask, state, event, step, e): the machine's next step into
 * *step, which the caller ends with pv_step_release.  Returns -1 for
 * PV_FAILED too, with the reason in e (ERR_MAPP_..., ERR_LOGIN,
 * ERR_PROTOCOL, ERR_UNAVAILABLE with wait_ms, ...).  Does no I/O.
 */
int	provider_next(const struct provider *, const struct pv_ask *,
	    struct pv_state *, const struct pv_event *, struct pv_step *,
	    struct err *);

/*
 * pv_step_release(s): free and zero what the step holds.
 */
void	pv_step_release(struct pv_step *);

/*
 * pv_pull_check(p, pull, e): whether the provider can fetch from there with
 * what is given; ERR_CONFIG with the missing piece: the ending of the name,
 * user and password, one source only, how a gzip is called.
 */
int	pv_pull_check(const struct provider *, const struct pv_pull *,
	    struct err *);

/*
 * words_state(word): the state for a platform's word, any case; TASK_UNKNOWN
 * for words that no vendor lists.
 */
enum task_state words_state(const char *);

/*
 * task_state_name(s): the word for a state of a task in the JSON.
 */
const char *task_state_name(enum task_state);

/*
 * outcome_name(o): the word for an outcome in the JSON.
 */
const char *outcome_name(enum outcome);

/*
 * outcome_of(total, updated, failed): from counters; OUTCOME_UNCONFIRMED
 * when they are not said or do not add up.
 */
enum outcome outcome_of(int64_t, int64_t, int64_t);

#endif
