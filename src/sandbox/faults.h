/*
 * Declared faults: rules from a file that say which call goes wrong and how.
 */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct faults;

/* All that shall go wrong with one call; text borrowed from the rules. */
struct fault_plan {
	int64_t		 delay_ms;	/* before the answer; 0: none */
	bool		 reset;		/* cut the connection, no answer */
	bool		 reset_after;	/* but do what was asked first */
	int64_t		 truncate_at;	/* bytes of the answer; -1: whole */
	int		 status;	/* HTTP status, nothing done; 0: none */
	int64_t		 retry_after_s;	/* with status; -1: none */
	long		 code;		/* forced response code; 0: none */
	/* for a platform that speaks JSON */
	const char	*body;		/* the whole answer, or NULL */
	int		 body_status;	/* HTTP status with it */
	bool		 expire;	/* no token given out so far is taken */
	/* for the task that the call makes */
	const char	*word;		/* odd status word, or NULL */
	int64_t		 word_polls;	/* so often; -1: always */
	const char	*fail;		/* end in ERROR with this text */
	int64_t		 hide_polls;	/* not listed so often; -1: never */
};

/*
 * faults_load(path, e): the rules of a file; none for NULL.  ERR_INPUT,
 * ERR_CONFIG naming the rule.  Free with faults_free.
 */
struct faults *faults_load(const char *, struct err *);

/*
 * faults_free(f): NULL is harmless.
 */
void	faults_free(struct faults *);

/*
 * fault_plan_init(p): nothing goes wrong.
 */
void	fault_plan_init(struct fault_plan *);

/*
 * faults_take(f, subject, plan): a call of this method ("coupon.listBanks",
 * "stage.PUT", "capillary.status") happens: count it and add to *plan what
 * shall go wrong.  For several threads.
 */
void	faults_take(struct faults *, const char *, struct fault_plan *);

#endif
