/*
 * The states of runs and parts, the words for them, and which changes are
 * allowed.
 */
#ifndef LEDGER_STATES_H
#define LEDGER_STATES_H

#include <stdbool.h>

enum run_state { RUN_RECEIVED, RUN_REJECTED, RUN_ACTIVE, RUN_HELD,
	RUN_FINISHED, RUN_CANCELLED, RUN__MAX };

enum part_state { PART_PREPARED, PART_STAGING, PART_STAGED, PART_SUBMITTING,
	PART_UNKNOWN, PART_FOLLOWING, PART_LOST, PART_VERIFYING, PART_DONE,
	PART_FAILED, PART_CANCELLED, PART__MAX };

/*
 * run_state_name(s): the word for a state of a run in the JSON.
 */
const char *run_state_name(enum run_state);

/*
 * part_state_name(s): the word for a state of a part in the JSON.
 */
const char *part_state_name(enum part_state);

/*
 * part_may(from, to): whether the table of states allows this change of a part.
 */
bool	part_may(enum part_state, enum part_state);

/*
 * run_may(from, to): whether the table of states allows this change of a run.
 */
bool	run_may(enum run_state, enum run_state);

/*
 * part_is_final(s): done, failed or cancelled.
 */
bool	part_is_final(enum part_state);

/*
 * run_is_final(s): rejected, finished or cancelled.
 */
bool	run_is_final(enum run_state);

/* How well it is known that a staged file is what was packed. */
enum part_proof {
	PROOF_NONE,		/* nothing is there, as far as is known */
	PROOF_UNVERIFIED,	/* something may be there */
	PROOF_SIZE, PROOF_HASH, PROOF_READBACK
};

/* How the platform's side of a staged file was tried. */
enum part_rehearsed {
	REHEARSED_NOT,
	REHEARSED_FULL,		/* fetched, and compared whole */
	REHEARSED_SAMPLE,	/* by its size */
	REHEARSED_UNREACHABLE	/* not to be reached from here */
};

/* What shows how the rows of a batch ended; the later, the stronger. */
enum part_basis {
	BASIS_UNSET,		/* not judged yet */
	BASIS_NONE,
	BASIS_SAMPLE,		/* some were looked up */
	BASIS_COUNTERS,		/* the platform's answer for all */
	BASIS_VERIFY		/* all were looked up */
};

/*
 * part_proof_name(p): its word in the ledger and the JSON; NULL for PROOF_NONE.
 */
const char *part_proof_name(enum part_proof);

/*
 * part_proof_find(word): the proof whose word this is; PROOF_NONE for NULL, and
 * for a word that proves nothing here.
 */
enum part_proof part_proof_find(const char *);

/*
 * part_rehearsed_name(r): likewise; NULL for REHEARSED_NOT.
 */
const char *part_rehearsed_name(enum part_rehearsed);

/*
 * part_rehearsed_find(word): likewise; else REHEARSED_NOT.
 */
enum part_rehearsed part_rehearsed_find(const char *);

/*
 * part_basis_name(b): likewise; NULL for BASIS_UNSET.
 */
const char *part_basis_name(enum part_basis);

/*
 * part_basis_find(word): likewise; else BASIS_UNSET.
 */
enum part_basis part_basis_find(const char *);

#endif
