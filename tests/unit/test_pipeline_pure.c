/*
 * The pipeline's decisions that need neither file nor server: when to try
 * again, how long something took, which names mean what.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/clock.h"
#include "../../src/base/log.h"
#include "../../src/config/settings.h"
#include "../../src/pipeline/account.h"
#include "../../src/pipeline/follow_refs.h"
#include "../../src/pipeline/journey.h"
#include "../../src/pipeline/retry.h"
#include "../../src/pipeline/samples.h"
#include "../../src/pipeline/say.h"
#include "../../src/pipeline/tasks.h"
#include "fake_clock.h"

#define CAP	300000

static void
pauses_grow_to_a_cap(void **state)
{
	static const int64_t tops[] = { 2000, 4000, 8000, 16000, 32000, 64000,
	    128000, 256000, CAP, CAP };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		uint32_t top = (uint32_t)tops[i];

		assert_int_equal(retry_wait((int)i + 1, 2000, 0, top), top);
		assert_int_equal(retry_wait((int)i + 1, 2000, 0, top + 1), 0);
		assert_int_equal(retry_wait((int)i + 1, 2000, 0, 7), 7);
	}
	/* Neither many tries nor a long first pause run over. */
	assert_in_range(retry_wait(INT32_MAX, 1, 0, UINT32_MAX), 0, CAP);
	assert_in_range(retry_wait(1, INT64_MAX, 0, UINT32_MAX), 0, CAP);
	assert_int_equal(retry_wait(3, 0, 0, 12345), 0);
}

static void
a_server_may_ask_for_a_pause(void **state)
{
	(void)state;
	assert_int_equal(retry_wait(1, 2000, 5000, 0), 5000);
	assert_int_equal(retry_wait(1, 2000, 500, 1500), 1500);
	assert_int_equal(retry_wait(1, 2000, -1, 0), 0);
	/* But not for years. */
	assert_int_equal(retry_wait(1, 2000, INT64_MAX, 0), NET_PAUSE_MAX_MS);
}

static void
check_duration(int64_t ms, const char *want)
{
	char out[32];

	assert_string_equal(duration_text(ms, out), want);
}

static void
durations_are_short(void **state)
{
	(void)state;
	check_duration(0, "0.0 s");
	check_duration(1849, "1.8 s");
	check_duration(59999, "59.9 s");
	check_duration(60000, "1 min 0 s");
	check_duration(252400, "4 min 12 s");
	check_duration(3599499, "59 min 59 s");
	check_duration(3599500, "1 h 0 min");
	check_duration(3600000, "1 h 0 min");
	check_duration(90061000, "25 h 1 min");
}

static void
pauses_between_questions(void **state)
{
	struct set_provider set = { .poll_first_ms = 1, .poll_cap_ms = 3 };
	struct provider prov = { .poll_first_ms = 10, .poll_floor_ms = 20,
	    .poll_cap_ms = 30 };
	struct fake_clock f;
	struct account a = { .set = &set, .prov = &prov, .clock = &f.clock };
	struct pace p;
	struct err e;

	(void)state;
	fake_clock_init(&f, 0);
	err_clear(&e);
	pace_start(&p, &a);
	assert_int_equal(pace_wait(&p, 0, 0, &e), 0);
	assert_int_equal(pace_wait(&p, 0, 0, &e), 0);
	assert_int_equal(pace_wait(&p, 0, 0, &e), 0);
	assert_int_equal(pace_wait(&p, 0, 0, &e), 0);
	assert_int_equal(f.slept[0], 1);
	assert_int_equal(f.slept[1], 2);
	assert_int_equal(f.slept[2], 3);
	assert_int_equal(f.slept[3], 3);
	/* As long as the server asks for, within reason. */
	assert_int_equal(pace_wait(&p, 0, 5000, &e), 0);
	assert_int_equal(f.slept[4], 5000);
	assert_int_equal(pace_wait(&p, 0, INT64_MAX, &e), 0);
	assert_int_equal(f.slept[5], NET_PAUSE_MAX_MS);
	/* Up to a deadline; one that has passed is not waited past. */
	assert_int_equal(pace_wait(&p, f.mono + 7, 5000, &e), 0);
	assert_int_equal(f.slept[6], 7);
	p.wait_ms = INT64_MAX / 2;
	assert_int_equal(pace_wait(&p, f.mono, INT64_MAX, &e), 0);
	assert_int_equal(f.slept[7], 0);
	/* The provider's own, not below its floor. */
	set.poll_first_ms = set.poll_cap_ms = 0;
	pace_start(&p, &a);
	assert_int_equal(p.wait_ms, 20);
	assert_int_equal(p.cap_ms, 30);
}

static void
check_ref(const struct settings *set, const char *ref, const char *want)
{
	const struct set_provider *p;
	struct err e;

	err_clear(&e);
	p = ref_provider(set, ref, &e);
	if (want == NULL) {
		assert_null(p);
		assert_int_equal(e.code, ERR_REF);
	} else {
		assert_non_null(p);
		assert_string_equal(p->name, want);
	}
}

static void
references_name_a_provider(void **state)
{
	char one[] = "one", two[] = "two", other[] = "other";
	char mapp[] = "mapp", which[] = "which50", long_ref[200];
	struct set_provider list[] = { { .name = one, .type = mapp },
	    { .name = other, .type = which }, { .name = two, .type = mapp } };
	struct settings set = { .providers = list, .nproviders = 3 };

	(void)state;
	check_ref(&set, "one:92794", "one");
	check_ref(&set, "which50:1/2", "other");
	check_ref(&set, "mapp:92794", NULL);	/* two are of that type */
	set.nproviders = 2;
	check_ref(&set, "mapp:92794", "one");
	check_ref(&set, "nobody:1", NULL);
	check_ref(&set, "92794", NULL);
	check_ref(&set, "one:", NULL);
	check_ref(&set, ":92794", NULL);
	check_ref(&set, "", NULL);
	memset(long_ref, 'a', sizeof(long_ref));
	memcpy(long_ref + sizeof(long_ref) - 3, ":1", 3);
	check_ref(&set, long_ref, NULL);
}

static struct ledger_sample
sample(int want, int day, bool known, int redeemed, int seen_day)
{
	return (struct ledger_sample){ .code = "A1", .want_redeemed = want,
	    .want_date = { day > 0 ? 2026 : 0, day > 0 ? 11 : 0,
	    (int8_t)day }, .asked_before = true, .known_before = known,
	    .redeemed_before = redeemed,
	    .date_before = { seen_day > 0 ? 2026 : 0, seen_day > 0 ? 11 : 0,
	    (int8_t)seen_day } };
}

static void
a_code_carries_what_was_sent(void **state)
{
	static const struct {
		int	want, day;
		bool	known;
		int	redeemed, seen;
		bool	is;
	} t[] = {
		{ 1, 20, true, 1, 20, true }, { 1, 20, true, 1, 19, false },
		{ 1, 20, true, 0, 20, false }, { 1, 20, true, -1, 20, false },
		{ 1, 20, false, 1, 20, false }, { 1, 20, true, 1, 0, false },
		{ 1, 0, true, 1, 5, true }, { -1, 20, true, 0, 20, true },
		{ 0, 0, true, 0, 0, true },
	};
	struct ledger_sample s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		s = sample(t[i].want, t[i].day, t[i].known, t[i].redeemed,
		    t[i].seen);
		assert_int_equal(sample_already(&s), t[i].is);
		/* What was seen before says nothing of after. */
		assert_false(sample_applied(&s));
		s.asked_after = true;
		s.known_after = s.known_before;
		s.redeemed_after = s.redeemed_before;
		s.date_after = s.date_before;
		assert_int_equal(sample_applied(&s), t[i].is);
	}
	s = sample(1, 20, true, 1, 20);
	s.asked_before = false;
	assert_false(sample_already(&s));
}

static void
check_seconds(struct journey *j, const char *step, double want)
{
	double got = json_number_value(json_object_get(j->seconds, step));

	assert_true(got > want - 0.01 && got < want + 0.01);
}

/* Times of several attempts are added; the clock that counts never jumps. */
static void
seconds_add_up(void **state)
{
	struct fake_clock f;
	struct ctx c = { .clock = &f.clock };
	struct journey j = { .c = &c, .seconds = json_object() };

	(void)state;
	fake_clock_init(&f, 0);
	assert_int_equal(spent(&j, "pack", f.mono - 1200), 1200);
	check_seconds(&j, "pack", 1.2);
	f.wall -= 3600000;
	assert_int_equal(spent(&j, "pack", f.mono - 300), 300);
	check_seconds(&j, "pack", 1.5);
	assert_int_equal(spent(&j, "stage", f.mono), 0);
	check_seconds(&j, "stage", 0.0);
	json_decref(j.seconds);
}

/* Each pause is slept, in the range of its try, until there are no more. */
static void
tries_and_their_pauses(void **state)
{
	struct err why, e;
	struct fake_clock f;
	struct retry r = { .clock = &f.clock, .most = 3, .first_ms = 4000 };
	int i;

	(void)state;
	fake_clock_init(&f, 0);
	err_clear(&why);
	err_clear(&e);
	err_set(&why, ERR_BROKEN, "the line broke");
	why.wait_ms = 2500;
	for (i = 0; i < 3; i++) {
		assert_int_equal(retry_next(&r, true, &why, &e), 0);
		assert_in_range(f.slept[i], 2500, 4000 << i);
	}
	assert_int_equal(retry_next(&r, true, &why, &e), -1);
	assert_string_equal(e.msg, "the line broke");
	assert_int_equal(f.sleeps, 3);
	assert_int_equal(f.mono, 1000 + f.slept[0] + f.slept[1] + f.slept[2]);
	/* What does not pass is not tried again. */
	r.failed = 0;
	err_clear(&e);
	assert_int_equal(retry_next(&r, false, &why, &e), -1);
	assert_int_equal(e.code, ERR_BROKEN);
	assert_int_equal(f.sleeps, 3);
}

/* What is said of the platform's totals is what they are. */
static void
totals_that_prove_nothing(void **state)
{
	static const struct {
		int64_t		 total, updated, failed;
		int		 exit;
		const char	*said;
	} t[] = {
		{ 5, 5, 0, 0, "" },
		{ 5, 3, 2, 3, "refused: 2 rows" },
		{ 5, 0, 5, 11, "no row was updated" },
		{ -1, -1, -1, 12, "gave no totals" },
		{ -1, 3, -1, 12, "totals are incomplete: 3 updated, no word "
		    "of how many failed, no word of how many in all" },
		{ 5, 4, 4, 12, "totals cannot be true: 4 updated, 4 failed, "
		    "5 in all" },
		{ 5, 9, 0, 12, "totals cannot be true: 9 updated, 0 failed, "
		    "5 in all" },
		{ 0, 0, 0, 12, "totals are of no row" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct followed f = { .ref = "mapp:7", .task = {
		    .state = TASK_DONE, .word = "COMPLETE",
		    .total = t[i].total, .updated = t[i].updated,
		    .failed = t[i].failed } };

		print_message("totals %zu\n", i);
		followed_end(&f);
		assert_int_equal(f.err.code == ERR_NONE ? 0 :
		    err_exit(&f.err), t[i].exit);
		assert_non_null(strstr(f.err.msg, t[i].said));
	}
}

/* A platform that is out for an evening, and one that asks for a long pause. */
static void
tries_go_on_for_an_evening(void **state)
{
	struct fake_clock f;
	struct err why, e;
	struct retry r = { .most = 1, .for_ms = 3 * 3600000LL,
	    .first_ms = 300000 };
	bool told = false;

	(void)state;
	fake_clock_init(&f, 0);
	f.mono = 1000;
	err_clear(&e);
	err_clear(&why);
	err_set(&why, ERR_UNAVAILABLE, "out for the evening");
	r.clock = &f.clock;
	r.told = &told;
	r.log = log_new(open("/dev/null", O_WRONLY), LOG_TEXT, LOG_WARN);
	why.wait_ms = 600000;
	while (retry_next(&r, true, &why, &e) == 0)
		assert_true(r.failed < 100);
	/* The last try is after the three hours, the next would be too late. */
	assert_int_equal(r.failed, 18);
	assert_int_equal(f.mono, 1000 + 18 * 600000);
	assert_int_equal(e.code, ERR_UNAVAILABLE);
	assert_true(told);
	/* What does not pass is not tried again. */
	r.failed = 0;
	assert_int_equal(retry_next(&r, false, &why, &e), -1);
	/* No server has us wait past the deadline; then there is no try. */
	r = (struct retry){ .most = 9, .for_ms = 3 * 3600000LL, .log = r.log,
	    .clock = &f.clock, .until = f.mono + 650000 };
	assert_int_equal(retry_next(&r, true, &why, &e), 0);
	assert_int_equal(f.mono, r.until - 50000);
	assert_int_equal(retry_next(&r, true, &why, &e), 0);
	assert_int_equal(f.mono, r.until);
	assert_int_equal(retry_next(&r, true, &why, &e), -1);
	/* Our own pauses are for what passes soon: as often as set. */
	why.wait_ms = 0;
	assert_int_equal(retry_next(&r, true, &why, &e), 0);
	assert_int_equal(f.mono, r.until);
	log_free(r.log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_grow_to_a_cap),
		cmocka_unit_test(a_server_may_ask_for_a_pause),
		cmocka_unit_test(durations_are_short),
		cmocka_unit_test(pauses_between_questions),
		cmocka_unit_test(references_name_a_provider),
		cmocka_unit_test(a_code_carries_what_was_sent),
		cmocka_unit_test(seconds_add_up),
		cmocka_unit_test(tries_and_their_pauses),
		cmocka_unit_test(tries_go_on_for_an_evening),
		cmocka_unit_test(totals_that_prove_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
