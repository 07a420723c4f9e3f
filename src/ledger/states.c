/*
 * The states of runs and parts, and which changes are allowed: data, so that
 * any other change can be refused.
 */
#include "states.h"

#include <string.h>

#define TO(s)	(1u << (s))

static const unsigned part_table[PART__MAX] = {
	[PART_PREPARED] = TO(PART_STAGING) | TO(PART_SUBMITTING) |
	    TO(PART_FAILED) | TO(PART_CANCELLED),
	[PART_STAGING] = TO(PART_STAGED) | TO(PART_PREPARED) |
	    TO(PART_FAILED) | TO(PART_CANCELLED),
	[PART_STAGED] = TO(PART_SUBMITTING) | TO(PART_PREPARED) |
	    TO(PART_FAILED) | TO(PART_CANCELLED),
	[PART_SUBMITTING] = TO(PART_FOLLOWING) | TO(PART_VERIFYING) |
	    TO(PART_DONE) |
	    TO(PART_STAGED) | TO(PART_PREPARED) | TO(PART_FAILED) |
	    TO(PART_UNKNOWN),
	[PART_UNKNOWN] = TO(PART_FOLLOWING) | TO(PART_VERIFYING) |
	    TO(PART_STAGED) |
	    TO(PART_PREPARED) | TO(PART_DONE) | TO(PART_FAILED) |
	    TO(PART_CANCELLED),
	[PART_FOLLOWING] = TO(PART_VERIFYING) | TO(PART_FAILED) |
	    TO(PART_LOST),
	[PART_LOST] = TO(PART_FOLLOWING) | TO(PART_VERIFYING) |
	    TO(PART_FAILED) | TO(PART_CANCELLED),
	/* Unknown again: the task was a guess, and the codes refute it. */
	[PART_VERIFYING] = TO(PART_DONE) | TO(PART_FAILED) |
	    TO(PART_UNKNOWN),
};

static const unsigned run_table[RUN__MAX] = {
	[RUN_RECEIVED] = TO(RUN_REJECTED) | TO(RUN_ACTIVE) | TO(RUN_HELD) |
	    TO(RUN_FINISHED) | TO(RUN_CANCELLED),
	[RUN_ACTIVE] = TO(RUN_HELD) | TO(RUN_FINISHED) | TO(RUN_CANCELLED),
	[RUN_HELD] = TO(RUN_RECEIVED) | TO(RUN_ACTIVE) | TO(RUN_FINISHED) |
	    TO(RUN_CANCELLED),
};

static const char *const part_names[PART__MAX] = {
	"prepared", "staging", "staged", "submitting", "unknown",
	"following", "lost", "verifying", "done", "failed", "cancelled",
};

static const char *const run_names[RUN__MAX] = {
	"received", "rejected", "active", "held", "finished", "cancelled",
};

bool
part_may(enum part_state from, enum part_state to)
{
	return from < PART__MAX && to < PART__MAX &&
	    (part_table[from] & TO(to)) != 0;
}

bool
run_may(enum run_state from, enum run_state to)
{
	return from < RUN__MAX && to < RUN__MAX &&
	    (run_table[from] & TO(to)) != 0;
}

bool
part_is_final(enum part_state s)
{
	return s == PART_DONE || s == PART_FAILED || s == PART_CANCELLED;
}

bool
run_is_final(enum run_state s)
{
	return s == RUN_REJECTED || s == RUN_FINISHED || s == RUN_CANCELLED;
}

const char *
part_state_name(enum part_state s)
{
	return s < PART__MAX ? part_names[s] : "?";
}

const char *
run_state_name(enum run_state s)
{
	return s < RUN__MAX ? run_names[s] : "?";
}

static const char *const proof_names[] = {
	[PROOF_UNVERIFIED] = "unverified", [PROOF_SIZE] = "size",
	[PROOF_HASH] = "hash", [PROOF_READBACK] = "readback",
};

static const char *const rehearsed_names[] = {
	[REHEARSED_FULL] = "full", [REHEARSED_SAMPLE] = "sample",
	[REHEARSED_UNREACHABLE] = "unreachable",
};

static const char *const basis_names[] = {
	[BASIS_NONE] = "none", [BASIS_SAMPLE] = "sample",
	[BASIS_COUNTERS] = "counters", [BASIS_VERIFY] = "verify",
};

/* The place of a word in a list that begins with none; 0 where it is not. */
static int
name_find(const char *const *names, int last, const char *word)
{
	for (; last > 0 && word != NULL; last--)
		if (strcmp(names[last], word) == 0)
			return last;
	return 0;
}

const char *
part_proof_name(enum part_proof p)
{
	return proof_names[p];
}

enum part_proof
part_proof_find(const char *word)
{
	return (enum part_proof)name_find(proof_names, PROOF_READBACK, word);
}

const char *
part_rehearsed_name(enum part_rehearsed r)
{
	return rehearsed_names[r];
}

enum part_rehearsed
part_rehearsed_find(const char *word)
{
	return (enum part_rehearsed)name_find(rehearsed_names,
	    REHEARSED_UNREACHABLE, word);
}

const char *
part_basis_name(enum part_basis b)
{
	return basis_names[b];
}

enum part_basis
part_basis_find(const char *word)
{
	return (enum part_basis)name_find(basis_names, BASIS_VERIFY, word);
}
