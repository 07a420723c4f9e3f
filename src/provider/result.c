/* What answers hold, as it is kept: ids and short texts. */
#include "result.h"

#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/err.h"

int
pv_task_copy(struct pv_task *to, const struct pv_task *from, struct err *e)
{
	*to = *from;
	to->text = to->error_file = NULL;
	return str_set(&to->text, from->text, e) == -1 ||
	    str_set(&to->error_file, from->error_file, e) == -1 ? -1 : 0;
}

void
pv_task_release(struct pv_task *t)
{
	free(t->text);
	free(t->error_file);
	t->text = t->error_file = NULL;
}

int
pv_short_text(char *out, size_t size, const char *text, struct err *e)
{
	struct buf b;
	size_t n;
	int rc;

	out[0] = '\0';
	if (text == NULL)
		return 0;
	buf_init(&b, 4 * size + 8);
	rc = buf_escape(&b, text, strlen(text), size, e);
	if (rc == 0) {
		n = b.len < size ? b.len : size - 1;
		/* Not in the middle of a character. */
		while (n < b.len && n > 0 && (b.data[n] & 0xc0) == 0x80)
			n--;
		memcpy(out, b.data, n);
		out[n] = '\0';
	}
	buf_release(&b);
	return rc;
}

int
pv_copy_id(char *out, size_t size, const char *id, const char *what,
    struct err *e)
{
	size_t i, n = strlen(id);

	for (i = 0; i < n; i++) {
		if (id[i] <= ' ' || id[i] > '~' || id[i] == ',')
			break;
	}
	if (i < n || n == 0 || n >= size)
		return err_set(e, ERR_PROTOCOL, "the answer has \"%.80s\" for "
		    "the number of a %s", id, what);
	memcpy(out, id, n + 1);
	return 0;
}
