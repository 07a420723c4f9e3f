/* All errors there are: one list over the tables of base and of providers. */
#include "errors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/str.h"
#include "provider.h"

const struct err_info *
pv_error_at(size_t i)
{
	const struct err_info *row;
	const struct provider *p;
	size_t k;

	if (i < ERR__MAX - (ERR_NONE + 1))
		return err_info((enum err_code)(i + ERR_NONE + 1));
	i -= ERR__MAX - (ERR_NONE + 1);
	for (k = 0; (p = provider_at(k)) != NULL; k++) {
		for (row = p->errors; row->word != NULL; row++) {
			if (i-- == 0)
				return row;
		}
	}
	return NULL;
}

const struct err_info *
pv_error_find(const char *word)
{
	const struct err_info *row;
	size_t i;

	for (i = 0; (row = pv_error_at(i)) != NULL; i++) {
		if (str_ieq(row->word, word))
			return row;
	}
	return NULL;
}

const struct err_info *
pv_error_numbered(const char *code)
{
	const struct err_info *row;
	const struct provider *p;
	char word[64];
	size_t k;

	for (k = 0; (p = provider_at(k)) != NULL; k++) {
		snprintf(word, sizeof(word), "%s-%s", p->type, code);
		for (row = p->errors; row->word != NULL; row++) {
			if (strcmp(row->word, word) == 0)
				return row;
		}
	}
	return NULL;
}

int
pv_recall(struct err *e, const char *word, const char *fmt, ...)
{
	enum err_code code = err_find(word);
	char msg[sizeof(e->msg)];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(msg, sizeof(msg), fmt, ap) < 0)
		msg[0] = '\0';
	va_end(ap);
	if (code != ERR_NONE)
		return err_set(e, code, "%s", msg);
	err_set(e, ERR_REFUSED, "%s", msg);
	return err_own(e, pv_error_find(word));
}
