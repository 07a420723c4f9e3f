/* Drives the machine of any provider with recorded answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "provider_fixture.h"

void
pvf_open(struct pvf *f, const char *type)
{
	char word[64];
	size_t i, k;

	memset(f, 0, sizeof(*f));
	err_clear(&f->err);
	f->prov = provider_find(type);
	assert_non_null(f->prov);
	f->account.url = "https://host.example/base";
	for (i = 0; f->prov->settings[i].key != NULL; i++) {
		if (!f->prov->settings[i].secret)
			continue;
		snprintf(word, sizeof(word), "%s", f->prov->settings[i].key);
		for (k = 0; word[k] != '\0'; k++)
			word[k] = (char)toupper((unsigned char)word[k]);
		f->secrets[i] = secret_new(word, strlen(word), &f->err);
		f->account.values[i].secret = f->secrets[i];
	}
	f->account.token = f->token = secret_new("t0k3n", 5, &f->err);
	f->ask.account = &f->account;
	f->ask.tasks = f->tasks;
}

void
pvf_close(struct pvf *f)
{
	size_t i;

	pv_step_release(&f->step);
	for (i = 0; i < PV_SETTINGS_MAX; i++)
		secret_free(f->secrets[i]);
	secret_free(f->token);
}

void
pvf_set(struct pvf *f, const char *key, const char *text)
{
	int place = provider_setting(f->prov, key);

	assert_true(place >= 0);
	f->account.values[place].text = text;
}

static int
pvf_next(struct pvf *f, const struct pv_event *ev)
{
	pv_step_release(&f->step);
	err_clear(&f->err);
	return provider_next(f->prov, &f->ask, &f->state, ev, &f->step,
	    &f->err);
}

int
pvf_ask(struct pvf *f, enum pv_verb verb, ...)
{
	const struct pv_event ev = { .kind = PV_BEGIN, .fd = -1,
	    .retry_after_ms = -1 };
	va_list ap;

	f->ask.verb = verb;
	f->ask.ntasks = 0;
	va_start(ap, verb);
	while (verb == PV_STATUS &&
	    (f->tasks[f->ask.ntasks] = va_arg(ap, const char *)) != NULL)
		assert_true(++f->ask.ntasks < PVF_TASKS);
	va_end(ap);
	memset(&f->state, 0, sizeof(f->state));
	return pvf_next(f, &ev);
}

int
pvf_bytes(struct pvf *f, long status, const char *p, size_t n)
{
	struct pv_event ev = { .kind = PV_ANSWER, .status = status, .len = n,
	    .fd = -1, .retry_after_ms = -1 };
	char *exact = malloc(n > 0 ? n : 1);
	int rc;

	assert_non_null(exact);
	memcpy(exact, p, n);
	ev.body = exact;
	rc = pvf_next(f, &ev);
	free(exact);
	return rc;
}

int
pvf_text(struct pvf *f, long status, const char *text)
{
	return pvf_bytes(f, status, text, strlen(text));
}

char *
pvf_golden(const struct pvf *f, const char *name, size_t *len)
{
	const char *src = getenv("srcdir");
	char path[4096], *p = malloc(1 << 20);
	FILE *in;

	snprintf(path, sizeof(path), "%s/tests/golden/provider/%s/%s",
	    src == NULL ? "." : src, f->prov->type, name);
	in = fopen(path, "rb");
	if (in == NULL || p == NULL)
		fail_msg("cannot open %s", path);
	*len = fread(p, 1, (1 << 20) - 1, in);
	fclose(in);
	p[*len] = '\0';
	return p;
}

const char *
pvf_header(const struct pvf *f, const char *name, char out[256])
{
	const struct pv_request *rq = &f->step.request;
	const struct pv_header *h;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < rq->nheaders; i++) {
		h = &rq->headers[i];
		if (strcmp(h->name, name) == 0)
			snprintf(out, 256, "%s%s", h->value != NULL ?
			    h->value : "", secret_bytes(h->made != NULL ?
			    h->made : h->secret));
	}
	return out;
}

const struct pv_task *
pvf_task(const struct pvf *f, const char *id)
{
	size_t i;

	assert_int_equal(f->step.what, PV_DONE);
	for (i = 0; i < f->step.result.ntasks; i++)
		if (strcmp(f->step.result.tasks[i].id, id) == 0)
			return &f->step.result.tasks[i];
	fail_msg("no task %s in the answer", id);
	return NULL;
}

void
pvf_failed(struct pvf *f, const char *word, const char *said)
{
	size_t i;

	assert_int_equal(f->step.what, PV_FAILED);
	assert_string_equal(err_row(&f->err)->word, word);
	if (strstr(f->err.msg, said) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", f->err.msg, said);
	for (i = 0; i < PV_SETTINGS_MAX; i++)
		assert_true(f->secrets[i] == NULL || strstr(f->err.msg,
		    secret_bytes(f->secrets[i])) == NULL);
	assert_null(strstr(f->err.msg, secret_bytes(f->token)));
}
