/*
 * Mapp Empower: what is sent, and what is refused before it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mapp_fixture.h"

static void
test_request_frame(void **state)
{
	struct fix *f = *state;
	size_t i;

	for (i = 0; i < FIX_VERBS; i++) {
		assert_int_equal(fix_begin(f, fix_verbs[i]), 0);
		assert_string_equal(f->step.request.method, "POST");
		assert_string_equal(f->step.request.url.data, f->account.url);
		assert_string_equal(f->step.request.headers[0].value,
		    "application/x-www-form-urlencoded");
		assert_int_equal(f->step.request.submits,
		    fix_submits(fix_verbs[i]));
		assert_true(f->step.request.body.wipe);
	}
}

static void
test_requests(void **state)
{
	static const char *const names[FIX_VERBS] = { "banks.xml", "lookup.xml",
	    "file-sftp.xml", "rows.xml", "status.xml", "find.xml" };
	struct fix *f = *state;
	size_t i;

	for (i = 0; i < FIX_VERBS; i++) {
		assert_int_equal(fix_begin(f, fix_verbs[i]), 0);
		fix_request(f, names[i]);
	}
}

static void
test_request_single(void **state)
{
	struct fix *f = *state;

	f->ask.nrows = 1;
	assert_int_equal(fix_begin(f, PV_SUBMIT_ROWS), 0);
	fix_request(f, "rows-single.xml");
}

static void
test_request_web(void **state)
{
	struct fix *f = *state;

	f->pull = (struct pv_pull){ .scheme = "https",
	    .url = "https://files.example.com:8443/drop/a.csv?x=1&y=2",
	    .port = 8443, .compression = PACK_GZIP };
	f->ask.redeemed = -1;
	memset(&f->ask.date, 0, sizeof(f->ask.date));
	f->ask.notification_email = NULL;
	assert_int_equal(fix_begin(f, PV_SUBMIT_FILE), 0);
	fix_request(f, "file-web.xml");
}

/* Which port and flag each scheme leads to. */
static void
test_request_servers(void **state)
{
	static const struct {
		const char *scheme, *host;
		uint16_t port;
		bool default_port;
		const char *server, *flag;
	} rows[] = {
		{ "sftp", "h", 22, true, "h", "sftp" },
		{ "sftp", "h", 22, false, "h", "sftp" },
		{ "SFTP", "h", 2222, false, "h:2222", "sftp" },
		{ "ftp", "h", 21, true, "h", NULL },
		{ "ftp", "h", 2121, false, "h:2121", NULL },
		{ "ftpes", "h", 21, true, "h", "ftp_ssl" },
		{ "ftpes", "h", 990, false, "h:990", "ftp_ssl" },
		{ "ftps", "h", 990, true, "h:990", "ftp_ssl" },
		{ "sftp", "2001:db8::7", 22, true, "2001:db8::7", "sftp" },
		{ "sftp", "2001:db8::7", 2222, false, "[2001:db8::7]:2222",
		    "sftp" },
		{ "ftp", "[::1]", 2121, false, "[::1]:2121", NULL },
	};
	struct fix *f = *state;
	char want[128], *got;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f->pull.scheme = rows[i].scheme;
		f->pull.host = rows[i].host;
		f->pull.port = rows[i].port;
		f->pull.default_port = rows[i].default_port;
		assert_int_equal(fix_begin(f, PV_SUBMIT_FILE), 0);
		got = fix_document(f);
		snprintf(want, sizeof(want), "<ftp_server>%s</ftp_server>\n",
		    rows[i].server);
		assert_non_null(strstr(got, want));
		assert_int_equal(strstr(got, "<sftp>1</sftp>") != NULL,
		    rows[i].flag != NULL && strcmp(rows[i].flag, "sftp") == 0);
		assert_int_equal(strstr(got, "<ftp_ssl>1</ftp_ssl>") != NULL,
		    rows[i].flag != NULL &&
		    strcmp(rows[i].flag, "ftp_ssl") == 0);
		free(got);
	}
}

/* An ask that cannot be sent fails with certainty and says why. */
static void
refuses_to_ask(struct fix *f, enum pv_verb verb, enum err_code code,
    const char *why)
{
	assert_int_equal(fix_begin(f, verb), -1);
	assert_int_equal(f->step.what, PV_FAILED);
	assert_true(f->step.certain);
	assert_int_equal(f->err.code, code);
	if (strstr(f->err.msg, why) == NULL)
		fail_msg("no \"%s\" in: %s", why, f->err.msg);
	assert_int_equal(f->step.request.body.len, 0);
}

static void
test_ask_incomplete(void **state)
{
	struct fix *f = *state;

	f->ask.bank = NULL;
	refuses_to_ask(f, PV_LOOKUP, ERR_CONFIG, "no coupon bank");
	f->ask.bank = "six";
	refuses_to_ask(f, PV_SUBMIT_ROWS, ERR_CONFIG, "\"six\"");
	f->ask.bank = "600";
	f->ask.nrows = 0;
	refuses_to_ask(f, PV_LOOKUP, ERR_INTERNAL, "nothing to ask");
	refuses_to_ask(f, PV_SUBMIT_ROWS, ERR_INTERNAL, "nothing to ask");
	f->ask.nrows = f->prov->lookup_max + 1;
	refuses_to_ask(f, PV_LOOKUP, ERR_INTERNAL, "101 codes");
	f->ask.ntasks = 0;
	refuses_to_ask(f, PV_STATUS, ERR_INTERNAL, "nothing to ask");
	f->ask.ntasks = 1001;
	refuses_to_ask(f, PV_STATUS, ERR_INTERNAL, "1001 tasks");
	f->ask.to = (struct date){ 0, 0, 0 };
	refuses_to_ask(f, PV_FIND, ERR_INTERNAL, "no days");
	f->ask.pull = NULL;
	refuses_to_ask(f, PV_SUBMIT_FILE, ERR_INTERNAL, "no staged file");
	f->account.url = "";
	refuses_to_ask(f, PV_BANKS, ERR_CONFIG, "no url");
}

/* Secrets that cannot be sent are named, never shown. */
static void
test_ask_secrets(void **state)
{
	struct fix *f = *state;
	struct secret *bad;
	struct err e;

	bad = secret_new("geheim\x01", 7, &e);
	assert_non_null(bad);
	f->account.values[1].secret = bad;
	refuses_to_ask(f, PV_BANKS, ERR_SECRET, "the shared secret holds");
	assert_null(strstr(f->err.msg, "geheim"));
	f->account.values[1].secret = f->shared;
	f->account.values[0].secret = NULL;
	refuses_to_ask(f, PV_BANKS, ERR_SECRET, "the API key is empty");
	f->account.values[0].secret = f->key;
	f->pull.password = NULL;
	refuses_to_ask(f, PV_SUBMIT_FILE, ERR_SECRET,
	    "the password of the pull side is empty");
	f->rows[2].code = "OFF\xff";
	f->rows[2].len = 4;
	refuses_to_ask(f, PV_SUBMIT_ROWS, ERR_PROTOCOL, "coupon.update");
	secret_free(bad);
}

static void
test_pull_check(void **state)
{
	static const struct {
		const char *scheme, *url, *host, *path, *user;
		uint16_t port;
		bool password;
		enum pack_kind compression;
		const char *why;	/* NULL: it can fetch */
	} rows[] = {
		{ "sftp", NULL, "h", "/a.zip", "u", 22, true, PACK_ZIP, NULL },
		{ "ftps", NULL, "h", "/a.CSV", "u", 990, true, PACK_NONE,
		    NULL },
		{ "ftp", NULL, "h", "a.txt", "u", 21, true, PACK_GZIP, NULL },
		{ "ftpes", NULL, "h", "a.gzip", "u", 21, true, PACK_GZIP,
		    NULL },
		{ "https", "https://h/a.zip", NULL, NULL, NULL, 443, false,
		    PACK_ZIP, NULL },
		{ "http", "http://h/a.csv?t=b.zip", NULL, NULL, NULL, 80,
		    false, PACK_GZIP, NULL },
		{ NULL, NULL, "h", "/a.zip", "u", 22, true, PACK_ZIP,
		    "no address" },
		{ "file", NULL, "h", "/a.zip", "u", 22, true, PACK_ZIP,
		    "over \"file\"" },
		{ "sftp", NULL, "", "/a.zip", "u", 22, true, PACK_ZIP,
		    "no host" },
		{ "sftp", NULL, "h", "/a.zip", "u", 0, true, PACK_ZIP,
		    "no port" },
		{ "sftp", NULL, "h", NULL, "u", 22, true, PACK_ZIP,
		    "no path" },
		{ "sftp", NULL, "h", "/a.zip", "", 22, true, PACK_ZIP,
		    "pull_user" },
		{ "sftp", NULL, "h", "/a.zip", "u", 22, false, PACK_ZIP,
		    "pull_password_file" },
		{ "sftp", NULL, "h", "/a.csv", "u", 22, true, PACK_ZIP,
		    "ends in .zip" },
		{ "sftp", NULL, "h", ".zip", "u", 22, true, PACK_ZIP,
		    "ends in .zip" },
		{ "sftp", NULL, "h", "/a.gz", "u", 22, true, PACK_GZIP,
		    ".csv, .txt or .gzip" },
		{ "sftp", NULL, "h", "/a.zip", "u", 22, true, PACK_NONE,
		    "not packed only under a name that ends in .csv or" },
		{ "https", "https://h/a.gzip", NULL, NULL, NULL, 443, false,
		    PACK_GZIP, "ends in .csv or .txt" },
		{ "https", "https://h/get?f=a.zip", NULL, NULL, NULL, 443,
		    false, PACK_ZIP, "ends in .zip" },
		{ "https", "https://h/a b.zip", NULL, NULL, NULL, 443, false,
		    PACK_ZIP, "byte 12" },
		{ "https", "", NULL, NULL, NULL, 443, false, PACK_ZIP,
		    "no address of the file" },
		{ "https", "https://h/a.zip", NULL, NULL, "u", 443, true,
		    PACK_ZIP, "cannot log in" },
		{ "https", "https://u:geheim@h/a.zip", NULL, NULL, NULL, 443,
		    false, PACK_ZIP, "cannot log in" },
	};
	struct fix *f = *state;
	struct pv_pull pull;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pull = (struct pv_pull){ .scheme = rows[i].scheme,
		    .url = rows[i].url, .host = rows[i].host,
		    .path = rows[i].path, .user = rows[i].user,
		    .port = rows[i].port, .compression = rows[i].compression,
		    .password = rows[i].password ? f->password : NULL };
		err_clear(&f->err);
		rc = pv_pull_check(f->prov, &pull, &f->err);
		assert_int_equal(rc, rows[i].why == NULL ? 0 : -1);
		if (rows[i].why == NULL)
			continue;
		assert_int_equal(f->err.code, ERR_CONFIG);
		if (strstr(f->err.msg, rows[i].why) == NULL)
			fail_msg("row %zu: %s", i, f->err.msg);
		assert_null(strstr(f->err.msg, "geheim"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FIX_TEST(test_request_frame),
		FIX_TEST(test_requests),
		FIX_TEST(test_request_single),
		FIX_TEST(test_request_web),
		FIX_TEST(test_request_servers),
		FIX_TEST(test_ask_incomplete),
		FIX_TEST(test_ask_secrets),
		FIX_TEST(test_pull_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
