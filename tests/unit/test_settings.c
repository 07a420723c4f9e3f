/*
 * Settings as values: what a job means for a check and an endpoint for a
 * connection.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/base/limits.h"
#include "../../src/config/config_internal.h"
#include "../../src/config/set.h"
#include "../../src/coupon/check.h"
#include "../../src/coupon/settings_internal.h"
#include "../../src/net/http.h"

static void
test_check_opts(void **state)
{
	char utc[] = "UTC", tab[] = "tab", semi[] = ";", two[] = ";;",
	    utf[] = "UTF-8", iso[] = "%Y-%m-%d", today[] = "today",
	    day[] = "2026-11-20", odd[] = "20.11.2026", zone[] = "No/Where";
	struct set_job job = { .check = { .timezone = utc, .encoding = utf,
	    .date_format = iso, .redeemed = REDEEMED_NONE, .min_code = 3 } };
	struct check_opts o;
	struct err e;

	(void)state;
	err_clear(&e);
	job.delimiter = tab;
	job.redeem_date = today;
	job.not_before = day;
	assert_int_equal(set_check_opts(&job, NULL, &o, &e), 0);
	assert_int_equal(o.delimiter, '\t');
	assert_int_equal(o.min_code, 3);
	assert_int_equal(o.redeemed, REDEEMED_NONE);
	assert_ptr_equal(o.timezone, utc);
	assert_null(o.encoding);
	assert_null(o.date_format);
	assert_int_equal(date_cmp(&o.redeem_date, &o.today), 0);
	assert_int_equal(o.not_before.day, 20);
	job.delimiter = semi;
	job.redeem_date = NULL;
	assert_int_equal(set_check_opts(&job, NULL, &o, &e), 0);
	assert_int_equal(o.delimiter, ';');
	assert_true(date_is_none(&o.redeem_date));
	job.delimiter = two;
	assert_int_equal(set_check_opts(&job, NULL, &o, &e), -1);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_string_equal(e.key, "delimiter");
	job.delimiter = semi;
	job.not_before = odd;
	assert_int_equal(set_check_opts(&job, NULL, &o, &e), -1);
	assert_string_equal(e.key, "not_before");
	job.not_before = NULL;
	job.check.timezone = zone;
	assert_int_equal(set_check_opts(&job, NULL, &o, &e), -1);
	assert_string_equal(e.key, "timezone");
}

/* Nothing that only the upload is logged in with goes to the pull side. */
static void
test_pull_target(void **state)
{
	const char *pins[] = { "SHA256:a", NULL };
	struct set_endpoint n = { .upload = { .url = "ftp://u/", .user = "u",
	    .identity_file = "id", .known_hosts = "kh", .streams = 2,
	    .tls = { .ca_file = "ca", .min = "1.3", .cert = "c", .key = "k",
	    .pins = pins }, .proxy = { .url = "http://p:1", .user = "p" },
	    .times = { .stall_ms = 7 } }, .pull = { .url = "ftp://v/" } };
	struct xfer_target t;

	(void)state;
	set_pull_target(&n, &t);
	assert_string_equal(t.url, "ftp://v/");
	assert_null(t.user);
	assert_null(t.identity_file);
	assert_null(t.tls.pins);
	assert_null(t.tls.cert);
	assert_null(t.tls.key);
	assert_null(t.host_keys);
	assert_string_equal(t.tls.ca_file, "ca");
	assert_string_equal(t.tls.min, "1.3");
	assert_string_equal(t.known_hosts, "kh");
	assert_string_equal(t.proxy.user, "p");
	assert_int_equal(t.streams, 2);
	assert_int_equal(t.times.stall_ms, 7);
	n.upload.host_keys = pins;
	n.pull.tls.ca_file = "other";
	n.pull.user = "v";
	set_pull_target(&n, &t);
	assert_ptr_equal(t.host_keys, pins);
	assert_string_equal(t.tls.ca_file, "other");
	assert_string_equal(t.user, "v");
	n.pull.host_keys = pins + 1;
	set_pull_target(&n, &t);
	assert_ptr_equal(t.host_keys, pins + 1);
}

/* What is not said means the same to the options and to those they are for. */
static void
test_defaults(void **state)
{
	struct set_endpoint n = { .name = NULL };
	struct set_provider p = { .name = NULL };
	struct set_job j = { .name = NULL };
	struct check_opts o, none = { .delimiter = '\0' };
	const struct xfer_times *t = &n.upload.times;
	struct date first = settings_first(&none);
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(option_defaults(SECT_ENDPOINT, &n, &e), 0);
	assert_int_equal(t->connect_ms, XFER_CONNECT_MS);
	assert_int_equal(t->reply_ms, XFER_REPLY_MS);
	assert_int_equal(t->final_ms, XFER_FINAL_MS);
	assert_int_equal(t->stall_ms, XFER_STALL_MS);
	assert_int_equal(n.stage.proof, XFER_BY_SIZE);
	assert_int_equal(option_defaults(SECT_PROVIDER, &p, &e), 0);
	assert_int_equal(p.call_ms, HTTP_TOTAL_MS);
	assert_int_equal(option_defaults(SECT_JOB, &j, &e), 0);
	assert_int_equal(j.check.redeemed, REDEEMED_NONE);
	assert_int_equal(set_check_opts(&j, NULL, &o, &e), 0);
	assert_int_equal(o.min_code, 1);
	assert_int_equal(o.max_code, LIM_CODE_BYTES);
	assert_int_equal(o.memory, CHECK_MEMORY);
	assert_int_equal(o.delimiter, ',');
	assert_null(o.encoding);
	assert_null(o.date_format);
	assert_int_equal(date_cmp(&o.not_before, &first), 0);
	/* The advice of a rule names it, too. */
	assert_non_null(strstr(rule_info(RULE_DATE_TOO_EARLY)->advice,
	    j.not_before));
	option_release(SECT_ENDPOINT, &n);
	option_release(SECT_PROVIDER, &p);
	option_release(SECT_JOB, &j);
}

static void
test_bank(void **state)
{
	char name[] = "Autumn";
	struct set_job j = { .bank_name = NULL };
	struct err e;

	(void)state;
	err_clear(&e);
	assert_int_equal(set_bank_check(&j, "600", "Spring", &e), 0);
	j.bank_name = name;
	assert_int_equal(set_bank_check(&j, "600", "Autumn", &e), 0);
	assert_int_equal(set_bank_check(&j, "600", "Spring", &e), -1);
	assert_int_equal(e.code, ERR_BANK);
	assert_string_equal(e.msg, "bank 600 is called \"Spring\", the "
	    "configuration expects \"Autumn\" (bank_name)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_opts),
		cmocka_unit_test(test_pull_target),
		cmocka_unit_test(test_defaults), cmocka_unit_test(test_bank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
