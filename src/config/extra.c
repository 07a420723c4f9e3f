/* Settings that only some types of providers have. */
#include "extra.h"

#include <stdlib.h>
#include <string.h>

#include "../provider/provider.h"

void
option_of_setting(const struct pv_setting *s, struct option *o)
{
	*o = (struct option){ .key = s->key, .section = SECT_PROVIDER,
	    .type = s->secret ? OPT_SECRET : OPT_STR, .choices = s->choices,
	    .offset = s->secret ? offsetof(struct set_extra, secret) :
	    offsetof(struct set_extra, text), .help = s->help };
}

const struct pv_setting *
extra_row(const char *written)
{
	const struct pv_setting *s;
	const struct provider *p;
	struct option o;
	size_t i;

	for (i = 0; (p = provider_at(i)) != NULL; i++)
		for (s = p->settings; s->key != NULL; s++) {
			option_of_setting(s, &o);
			if (option_is_key(&o, written))
				return s;
		}
	return NULL;
}

int
extra_set(struct set_provider *p, const struct pv_setting *row,
    const struct node *n, const char *dir, struct err *e)
{
	struct set_extra *more;
	struct option o;
	size_t i;

	for (i = 0; i < p->nextra && p->extra[i].row != row; i++)
		;
	if (i == p->nextra) {
		more = realloc(p->extra, (i + 1) * sizeof(*more));
		if (more == NULL)
			return err_nomem(e);
		p->extra = more;
		p->nextra++;
		memset(&more[i], 0, sizeof(*more));
		more[i].row = row;
	}
	option_of_setting(row, &o);
	return option_set(&o, &p->extra[i], n, dir, e);
}

void
extra_release(struct set_provider *p)
{
	struct option o;
	size_t i;

	for (i = 0; i < p->nextra; i++) {
		option_of_setting(p->extra[i].row, &o);
		option_free(&o, &p->extra[i]);
	}
	free(p->extra);
	p->extra = NULL;
	p->nextra = 0;
}
