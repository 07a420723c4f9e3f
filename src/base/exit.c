/* Exit codes, the worst first. */
#include "exit.h"

#include <stddef.h>

#define INTERNAL	70

static const struct exit_info exits[] = {
	{ 128, EXIT_ERROR, "STOPPED" },
	{ 7, EXIT_ERROR, "UNKNOWN" },
	{ 9, EXIT_ERROR, "FAILED" },
	{ INTERNAL, EXIT_ERROR, "FAILED" },
	{ 11, EXIT_ERROR, "FAILED" },
	{ 12, EXIT_ERROR, "UNCONFIRMED" },
	{ 74, EXIT_ERROR, "FAILED" },
	{ 73, EXIT_ERROR, "FAILED" },
	{ 78, EXIT_ERROR, "FAILED" },
	{ 77, EXIT_ERROR, "FAILED" },
	{ 76, EXIT_ERROR, "FAILED" },
	{ 69, EXIT_ERROR, "FAILED" },
	{ 75, EXIT_ERROR, "FAILED" },
	{ 66, EXIT_ERROR, "FAILED" },
	{ 65, EXIT_ERROR, "FAILED" },
	{ 64, EXIT_ERROR, "FAILED" },
	{ 10, EXIT_ERROR, "FAILED" },
	{ 3, EXIT_WARNING, "ATTENTION" },
	{ 4, EXIT_WARNING, "STILL RUNNING" },
	{ 8, EXIT_ERROR, "IN USE" },
	/* Nothing to do is as good as done. */
	{ 5, EXIT_FINE, "NOTHING DONE" },
	{ 6, EXIT_FINE, "NOTHING DONE" },
	{ 0, EXIT_FINE, "OK" },
};

const struct exit_info *
exit_info(int code)
{
	size_t i;

	if (code > 128 && code < 256)
		return &exits[0];
	for (i = 1; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (exits[i].code == code)
			return &exits[i];
	return exit_info(INTERNAL);
}

int
exit_worst(int a, int b)
{
	return exit_info(b) < exit_info(a) ? b : a;
}

const char *
exit_severity_name(enum exit_severity s)
{
	static const char *const names[] = { "ok", "warning", "error" };

	return names[s];
}
