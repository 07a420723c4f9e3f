/*
 * Fault points: dying or failing on demand at a named place.
 *
 * Only a build with --enable-faults has them; tests use them to prove that a
 * run killed anywhere can be resumed.
 */
#include "fault.h"

#ifdef ENABLE_FAULTS

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "str.h"

struct fault_plan {
	const char	*name;
	size_t		 name_len;
	uint64_t	 at;	/* act the at-th time, counted from 1 */
	int		 kill;
};

/* One place is named by the plan, so one counter for the process will do. */
static atomic_uint_least64_t passed;

/*
 * Read "name:n=kill|fail"; 0, or -1 when there is no plan or a broken one.
 */
static int
fault_parse(const char *s, struct fault_plan *plan)
{
	const char *colon, *eq;

	if (s == NULL)
		return -1;
	colon = strchr(s, ':');
	eq = colon == NULL ? NULL : strchr(colon, '=');
	if (eq == NULL)
		return -1;
	plan->name = s;
	plan->name_len = (size_t)(colon - s);
	if (str_u64(colon + 1, (size_t)(eq - colon - 1), UINT32_MAX,
	    &plan->at) == -1)
		return -1;
	plan->kill = strcmp(eq + 1, "kill") == 0;
	return plan->kill || strcmp(eq + 1, "fail") == 0 ? 0 : -1;
}

int
fault_hit(const char *name)
{
	struct fault_plan plan;

	if (fault_parse(getenv("COUPONDROP_FAULT"), &plan) == -1)
		return 0;
	if (strlen(name) != plan.name_len ||
	    memcmp(name, plan.name, plan.name_len) != 0)
		return 0;
	if (atomic_fetch_add(&passed, 1) + 1 != plan.at)
		return 0;
	if (plan.kill) {
		kill(getpid(), SIGKILL);
		/* The signal may need a moment; nothing may happen in it. */
		for (;;)
			pause();
	}
	return 1;
}

#endif
