/* What all answers in JSON have in common. */
#include "json.h"

#include "../base/clock.h"
#include "../format/jsonx.h"

json_t *
json_error(const struct err *e)
{
	const struct err_info *i = err_row(e);

	if (e->code == ERR_NONE)
		return json_null();
	return json_pack("{s:s, s:i, s:o, s:s, s:s}", "word", i->word,
	    "exit", err_exit(e), "message", jsonx_str(e->msg), "advice",
	    i->advice, "retry", err_retry_name(i->retry));
}

json_t *
json_schema(const char *name, int code)
{
	return json_pack("{s:s, s:i}", "schema", name, "exit", code);
}

json_t *
json_time(int64_t ms)
{
	char when[21];

	return ms == 0 ? json_null() : json_string(clock_iso(ms, when));
}
