/* The table of tasks on a terminal. */
#include "live.h"

#include <stdlib.h>
#include <string.h>

#include "../base/str.h"
#include "../report/text.h"

struct place {
	int	rank;
	size_t	i;
};

/* What needs somebody comes before what goes on, and that before the done. */
static int
live_rank(const struct followed *f)
{
	if (f->err.code != ERR_NONE)
		return 0;
	switch (f->task.state) {
	case TASK_UNKNOWN:
		return 1;
	case TASK_QUEUED:
		return 2;
	case TASK_RUNNING:
		return 3;
	default:
		return 4;
	}
}

static int
place_order(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->i < y->i ? -1 : x->i > y->i;
}

/* One line, as long as it may be. */
static void
put_cut(FILE *f, char *line, size_t columns)
{
	size_t n = strlen(line);

	while (n > 0 && line[n - 1] == ' ')
		n--;
	if (n >= columns) {
		n = columns - 1;
		/* Not inside of a character of several bytes. */
		while (n > 0 && ((unsigned char)line[n] & 0xc0) == 0x80)
			n--;
	}
	fprintf(f, "%.*s\n", (int)n, line);
}

static int
live_line(FILE *f, const struct followed *t, size_t columns, struct err *e)
{
	char *line = NULL, n[2][32];
	size_t size;
	FILE *m = open_memstream(&line, &size);

	if (m == NULL)
		return err_nomem(e);
	text_column(m, t->ref, 24);
	fprintf(m, " %-8s ", task_state_name(t->task.state));
	text_column(m, t->task.word, 12);
	putc(' ', m);
	if (t->err.code != ERR_NONE)
		text_foreign(m, t->err.msg, strlen(t->err.msg), columns);
	else if (t->task.updated >= 0 && t->task.total >= 0)
		fprintf(m, "%s of %s updated", str_group(
		    (uint64_t)t->task.updated, n[0]), str_group(
		    (uint64_t)t->task.total, n[1]));
	if (fclose(m) != 0) {
		free(line);
		return err_nomem(e);
	}
	put_cut(f, line, columns);
	free(line);
	return 0;
}

int
live_table(FILE *f, const struct followed *refs, size_t n, size_t columns,
    size_t rows, struct err *e)
{
	struct place *p = calloc(n + 1, sizeof(*p));
	size_t i, most = rows > 1 ? rows - 1 : 1, shown;
	char more[80];
	int rc = 0;

	if (p == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++)
		p[i] = (struct place){ live_rank(&refs[i]), i };
	qsort(p, n, sizeof(*p), place_order);
	shown = n <= most ? n : most - 1;
	for (i = 0; rc == 0 && i < shown; i++)
		rc = live_line(f, &refs[p[i].i], columns, e);
	free(p);
	if (rc == -1 || shown == n)
		return rc == -1 ? -1 : (int)n;
	snprintf(more, sizeof(more), "and %zu more", n - shown);
	put_cut(f, more, columns);
	return (int)most;
}
