/*
 * Drives the machine of Mapp Empower with recorded answers, for its tests.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mapp_fixture.h"

const enum pv_verb fix_verbs[FIX_VERBS] = { PV_BANKS, PV_LOOKUP,
    PV_SUBMIT_FILE, PV_SUBMIT_ROWS, PV_STATUS, PV_FIND };

static const char *const codes[] = { "OFF10", "OFF20", "OFF30" };

static struct secret *
secret_of(const char *s)
{
	struct secret *secret;
	struct err e;

	secret = secret_new(s, strlen(s), &e);
	assert_non_null(secret);
	return secret;
}

static void
rows_fill(struct fix *f)
{
	size_t i;

	for (i = 0; i < 3; i++) {
		f->rows[i].code = codes[i];
		f->rows[i].len = strlen(codes[i]);
		f->rows[i].redeemed = i == 1 ? -1 : 1;
		if (i != 1)
			f->rows[i].date = (struct date){ 2026, 11, 20 };
	}
}

void
fix_open(struct fix *f)
{
	memset(f, 0, sizeof(*f));
	f->prov = provider_find("mapp");
	assert_non_null(f->prov);
	f->key = secret_of(FIX_KEY);
	f->shared = secret_of(FIX_SECRET);
	f->password = secret_of(FIX_PASSWORD);
	f->account = (struct pv_account){
	    .url = "https://echo.example.com/api/xmlrpc/index.php",
	    .values = { { NULL, f->key }, { NULL, f->shared } } };
	f->pull = (struct pv_pull){ .scheme = "sftp",
	    .host = "files.example.com", .port = 2222,
	    .path = "/drop/a & b.zip", .user = "mapp",
	    .password = f->password, .compression = PACK_ZIP };
	rows_fill(f);
	f->tasks[0] = "92794";
	f->tasks[1] = "92795";
	f->ask = (struct pv_ask){ .account = &f->account, .bank = "600",
	    .pull = &f->pull, .redeemed = 1, .date = { 2026, 11, 20 },
	    .notification_email = "loyalty@example.com", .rows = f->rows,
	    .nrows = 3, .tasks = f->tasks, .ntasks = 2,
	    .from = { 2026, 11, 19 }, .to = { 2026, 11, 21 } };
	err_clear(&f->err);
}

void
fix_close(struct fix *f)
{
	pv_step_release(&f->step);
	secret_free(f->key);
	secret_free(f->shared);
	secret_free(f->password);
}

int
fix_setup(void **state)
{
	struct fix *f = malloc(sizeof(*f));

	if (f == NULL)
		return -1;
	fix_open(f);
	*state = f;
	return 0;
}

int
fix_teardown(void **state)
{
	fix_close(*state);
	free(*state);
	return 0;
}

bool
fix_submits(enum pv_verb verb)
{
	return verb == PV_SUBMIT_FILE || verb == PV_SUBMIT_ROWS;
}

int
fix_begin(struct fix *f, enum pv_verb verb)
{
	struct pv_event ev = { .kind = PV_BEGIN, .retry_after_ms = -1 };

	pv_step_release(&f->step);
	err_clear(&f->err);
	f->ask.verb = verb;
	return provider_next(f->prov, &f->ask, &f->state, &ev, &f->step,
	    &f->err);
}

int
fix_bytes(struct fix *f, long status, const char *p, size_t n)
{
	struct pv_event ev = { .kind = PV_ANSWER, .status = status,
	    .retry_after_ms = 7000, .len = n };
	char *exact;
	int rc;

	exact = malloc(n == 0 ? 1 : n);
	assert_non_null(exact);
	memcpy(exact, p, n);
	ev.body = exact;
	pv_step_release(&f->step);
	err_clear(&f->err);
	rc = provider_next(f->prov, &f->ask, &f->state, &ev, &f->step,
	    &f->err);
	free(exact);
	return rc;
}

int
fix_answer(struct fix *f, long status, const char *name)
{
	char *p;
	size_t n;
	int rc;

	p = fix_golden(name, &n);
	rc = fix_bytes(f, status, p, n);
	free(p);
	return rc;
}

int
fix_ask(struct fix *f, enum pv_verb verb, const char *name)
{
	assert_int_equal(fix_begin(f, verb), 0);
	assert_int_equal(f->step.what, PV_REQUEST);
	return fix_answer(f, 200, name);
}

static void
golden_path(char *out, size_t size, const char *name)
{
	const char *src = getenv("srcdir");

	snprintf(out, size, "%s/tests/golden/provider/mapp/%s",
	    src == NULL ? "." : src, name);
}

char *
fix_golden(const char *name, size_t *len)
{
	char path[4096], *p;
	size_t n;
	FILE *in;

	golden_path(path, sizeof(path), name);
	in = fopen(path, "rb");
	if (in == NULL)
		fail_msg("cannot open %s", path);
	p = malloc(1 << 20);
	assert_non_null(p);
	n = fread(p, 1, (1 << 20) - 1, in);
	fclose(in);
	p[n] = '\0';
	*len = n;
	return p;
}

static int
is_file(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

char **
fix_names(size_t *n)
{
	struct dirent **found;
	char path[4096], **names;
	int i, count;

	golden_path(path, sizeof(path), "");
	count = scandir(path, &found, is_file, alphasort);
	assert_true(count > 0);
	names = calloc((size_t)count, sizeof(*names));
	assert_non_null(names);
	for (i = 0; i < count; i++) {
		names[i] = strdup(found[i]->d_name);
		assert_non_null(names[i]);
		free(found[i]);
	}
	free(found);
	*n = (size_t)count;
	return names;
}

static unsigned
hex_digit(char c)
{
	const char *digits = "0123456789ABCDEF", *at;

	at = c == '\0' ? NULL : strchr(digits, c);
	if (at == NULL)
		fail_msg("\"%c\" is no digit of a coded byte", c);
	return at == NULL ? 0 : (unsigned)(at - digits);
}

char *
fix_document(struct fix *f)
{
	const char *p = f->step.request.body.data;
	size_t n = 0;
	char *out;

	assert_int_equal(strncmp(p, "data=", 5), 0);
	out = malloc(2 * f->step.request.body.len + 2);
	assert_non_null(out);
	for (p += 5; *p != '\0'; p++) {
		assert_null(strchr("&=+ <>", *p));
		if (*p == '%') {
			out[n++] = (char)(hex_digit(p[1]) << 4 |
			    hex_digit(p[2]));
			p += 2;
		} else {
			out[n++] = *p;
		}
		if (n > 1 && out[n - 2] == '>' && out[n - 1] == '<') {
			out[n - 1] = '\n';
			out[n++] = '<';
		}
	}
	out[n++] = '\n';
	out[n] = '\0';
	return out;
}

void
fix_request(struct fix *f, const char *name)
{
	char path[256], *want, *got;
	size_t n;

	assert_int_equal(f->step.what, PV_REQUEST);
	snprintf(path, sizeof(path), "../mapp-requests/%s", name);
	want = fix_golden(path, &n);
	got = fix_document(f);
	assert_string_equal(got, want);
	free(got);
	free(want);
}
