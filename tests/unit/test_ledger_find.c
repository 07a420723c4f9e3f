/*
 * The ledger: how runs are found and listed, and what it remembers for later:
 * codes to look up, files and contents that went through, tasks.
 */
#include "ledger_fixture.h"

static void
check_found(struct fixture *f, const char *ref, const char *want)
{
	char id[ID_LEN + 1];

	check_ok(f, ledger_find(f->l, ref, id, &f->e));
	assert_string_equal(id, want);
}

static void
check_not_found(struct fixture *f, const char *ref, const char *says)
{
	char id[ID_LEN + 1];

	assert_int_equal(ledger_find(f->l, ref, id, &f->e), -1);
	assert_int_equal(f->e.code, ERR_REF);
	if (strstr(f->e.msg, says) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", f->e.msg, says);
	err_clear(&f->e);
}

static void
runs_are_found_by_prefix(void **state)
{
	struct fixture *f = *state;

	add_run(f, RUN_A, NULL);
	add_run(f, RUN_B, NULL);
	add_run(f, RUN_C, NULL);
	check_found(f, RUN_A, RUN_A);
	check_found(f, "0aaaaaaaab", RUN_A);
	check_found(f, "0aaaaaaaac", RUN_B);
	check_found(f, "0bbb", RUN_C);
	check_not_found(f, "0aaa", "2 runs");
	check_not_found(f, "0zzzz", "no run");
	check_not_found(f, RUN_A "0", RUN_A "0");
	check_not_found(f, "0bb", "4 characters");
	check_not_found(f, "", "4 characters");
	/* No pattern, no capitals, no letter that looks like a digit. */
	check_not_found(f, "%%%%", "%%%%");
	check_not_found(f, "____", "____");
	check_not_found(f, "0BBB", "0BBB");
	check_not_found(f, "0bbbl", "0bbbl");
	check_not_found(f, "' OR 1=1 --", "' OR 1=1 --");
}

static void
the_last_run_is_found(void **state)
{
	struct fixture *f = *state;

	check_not_found(f, "last", "no run");
	add_run(f, RUN_A, "nightly");
	add_run(f, RUN_B, "o'clock");
	add_run(f, RUN_C, NULL);
	check_found(f, "last", RUN_C);
	check_found(f, "last:nightly", RUN_A);
	check_found(f, "last:o'clock", RUN_B);
	check_not_found(f, "last:weekly", "weekly");
	check_not_found(f, "last:", "run");
	/* After the clock was set back ids are smaller than those before. */
	add_run(f, "00000000000000000000z", "nightly");
	check_found(f, "last", "00000000000000000000z");
	check_found(f, "last:nightly", "00000000000000000000z");
}

static void
short_ids_are_unique(void **state)
{
	struct fixture *f = *state;
	char out[ID_LEN + 1], near[ID_LEN + 1];

	add_run(f, RUN_C, NULL);
	assert_string_equal(ledger_short(f->l, RUN_C, out), "0bbbbbbbbdddd");
	add_run(f, RUN_A, NULL);
	add_run(f, RUN_B, NULL);
	assert_string_equal(ledger_short(f->l, RUN_A, out), "0aaaaaaaabbbb");
	assert_string_equal(ledger_short(f->l, RUN_B, out), "0aaaaaaaacccc");
	check_found(f, out, RUN_B);
	snprintf(near, sizeof(near), "%s", RUN_A);
	near[ID_LEN - 1] = 'z';
	add_run(f, near, NULL);
	assert_string_equal(ledger_short(f->l, near, out), near);
}

/* A command that was printed is pasted after the next run has begun. */
static void
short_ids_stay_unique(void **state)
{
	static const int64_t later[] = { 1, 900, 30000, 1000000 };
	char id[ID_LEN + 1], next[ID_LEN + 1], out[ID_LEN + 1];
	struct fixture *f = *state;
	struct err e;
	size_t i;

	err_clear(&e);
	assert_int_equal(id_new(1764500000000, id, &e), 0);
	add_run(f, id, NULL);
	ledger_short(f->l, id, out);
	for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		assert_int_equal(id_new(1764500000000 + later[i], next, &e),
		    0);
		add_run(f, next, NULL);
		check_found(f, out, id);
	}
}

/* The beginnings of the ids of a list. */
struct list {
	struct fixture	*f;
	char		 text[64];
	int		 limit;
};

static int
list_one(void *arg, const char *id, struct err *e)
{
	struct list *list = arg;
	size_t n = strlen(list->text);

	snprintf(list->text + n, sizeof(list->text) - n, "%c", id[9]);
	/* The list was read before, so the ledger may change. */
	if (ledger_step(list->f->l, id, 0, "seen", NULL, e) == -1)
		return -1;
	if (--list->limit == 0)
		return err_set(e, ERR_SANITY, "enough");
	return 0;
}

static void
check_list(struct fixture *f, struct ledger_filter filter, const char *want)
{
	struct list list = { .f = f };

	check_ok(f, ledger_each_run(f->l, &filter, list_one, &list, &f->e));
	assert_string_equal(list.text, want);
}

static void
lists_are_filtered_and_ordered(void **state)
{
	struct fixture *f = *state;
	struct list list = { .f = f, .limit = 2 };

	check_list(f, (struct ledger_filter){ .job = NULL }, "");
	add_active(f, RUN_A, 1);
	add_run(f, RUN_B, "weekly");
	add_run(f, RUN_C, "nightly");
	check_list(f, (struct ledger_filter){ .job = NULL }, "bcd");
	check_list(f, (struct ledger_filter){ .newest_first = true }, "dcb");
	check_list(f, (struct ledger_filter){ .newest_first = true,
	    .limit = 2 }, "dc");
	check_list(f, (struct ledger_filter){ .job = "nightly" }, "bd");
	check_list(f, (struct ledger_filter){ .job = "night%" }, "");
	end_run(f, RUN_A, RUN_FINISHED, 0);
	end_run(f, RUN_B, RUN_REJECTED, 65);
	check_list(f, (struct ledger_filter){ .unfinished = true }, "d");
	check_ok(f, ledger_run_state(f->l, RUN_C, RUN_RECEIVED, RUN_HELD,
	    NULL, &f->e));
	check_list(f, (struct ledger_filter){ .unfinished = true,
	    .newest_first = true }, "d");
	check_refused(f, ledger_each_run(f->l,
	    &(struct ledger_filter){ .limit = 3 }, list_one, &list, &f->e),
	    ERR_SANITY);
	assert_string_equal(list.text, "bc");
}

static void
a_run_stays_untidy_until_it_is_tidied(void **state)
{
	struct fixture *f = *state;
	struct ledger_run r = new_run(RUN_A, "nightly"), out;

	add_active(f, RUN_A, 1);
	add_run(f, RUN_B, "nightly");
	check_list(f, (struct ledger_filter){ .untidy = true }, "");
	r.state = RUN_CANCELLED;
	r.untidy = true;
	check_ok(f, ledger_run_end(f->l, &r, &f->e));
	check_list(f, (struct ledger_filter){ .untidy = true }, "b");
	check_list(f, (struct ledger_filter){ .untidy = true,
	    .job = "weekly" }, "");
	check_ok(f, ledger_run_get(f->l, RUN_A, &out, &f->e));
	assert_true(out.untidy);
	ledger_run_release(&out);
	check_ok(f, ledger_run_tidied(f->l, RUN_A, &f->e));
	check_list(f, (struct ledger_filter){ .untidy = true }, "");
}

static struct ledger_sample
new_sample(const char *code)
{
	struct ledger_sample s = { .want_redeemed = 1,
	    .want_date = { 2026, 11, 20 }, .known_before = true,
	    .redeemed_before = 0, .redeemed_after = -1,
	    .date_before = { 2025, 1, 2 }, .asked_before = true };

	snprintf(s.code, sizeof(s.code), "%s", code);
	return s;
}

static void
samples_come_back_in_order(void **state)
{
	struct fixture *f = *state;
	struct ledger_sample in[2] = { new_sample(ODD), new_sample("A-1") };
	struct ledger_sample *out;
	size_t n;

	add_run(f, RUN_A, NULL);	/* no part is needed for samples */
	in[1].want_redeemed = -1;
	memset(&in[1].want_date, 0, sizeof(in[1].want_date));
	in[1].asked_after = in[1].known_after = true;
	in[1].redeemed_after = 1;
	in[1].date_after = (struct date){ 2026, 11, 21 };
	check_ok(f, ledger_samples_add(f->l, RUN_A, 1, in, 2, &f->e));
	check_ok(f, ledger_samples_add(f->l, RUN_A, 2, in, 1, &f->e));
	reopen(f);
	check_ok(f, ledger_samples(f->l, RUN_A, 1, &out, &n, &f->e));
	assert_int_equal(n, 2);
	assert_string_equal(out[0].code, ODD);
	assert_int_equal(out[0].want_redeemed, 1);
	assert_int_equal(date_cmp(&out[0].want_date, &in[0].want_date), 0);
	assert_true(out[0].known_before && out[0].asked_before);
	assert_false(out[0].known_after || out[0].asked_after);
	assert_int_equal(out[0].redeemed_before, 0);
	assert_int_equal(out[0].redeemed_after, -1);
	assert_int_equal(date_cmp(&out[0].date_before, &in[0].date_before),
	    0);
	assert_true(date_is_none(&out[0].date_after));
	assert_string_equal(out[1].code, "A-1");
	assert_int_equal(out[1].want_redeemed, -1);
	assert_true(date_is_none(&out[1].want_date));
	assert_true(out[1].known_after && out[1].asked_after);
	assert_int_equal(out[1].redeemed_after, 1);
	assert_int_equal(date_cmp(&out[1].date_after, &in[1].date_after), 0);
	free(out);
}

static void
samples_are_replaced_and_forgotten(void **state)
{
	struct fixture *f = *state;
	struct ledger_sample in[2] = { new_sample("A"), new_sample("B") };
	struct ledger_sample *out;
	size_t n;

	add_run(f, RUN_A, NULL);
	add_run(f, RUN_B, NULL);
	check_ok(f, ledger_samples_add(f->l, RUN_A, 1, in, 2, &f->e));
	check_ok(f, ledger_samples_add(f->l, RUN_A, 1, in + 1, 1, &f->e));
	check_ok(f, ledger_samples_add(f->l, RUN_B, 1, in, 2, &f->e));
	check_ok(f, ledger_samples(f->l, RUN_A, 1, &out, &n, &f->e));
	assert_int_equal(n, 1);
	assert_string_equal(out[0].code, "B");
	free(out);
	check_ok(f, ledger_forget_samples(f->l, RUN_A, &f->e));
	check_ok(f, ledger_samples(f->l, RUN_A, 1, &out, &n, &f->e));
	assert_int_equal(n, 0);
	free(out);
	check_ok(f, ledger_samples(f->l, RUN_B, 1, &out, &n, &f->e));
	assert_int_equal(n, 2);
	free(out);
}

static void
check_source(struct fixture *f, const struct ledger_run *r, const char *want)
{
	char id[ID_LEN + 1];

	check_ok(f, ledger_source_done(f->l, &r->source, r->job, id, &f->e));
	assert_string_equal(id, want);
}

static void
a_finished_file_is_known(void **state)
{
	struct fixture *f = *state;
	struct ledger_run r = new_run(RUN_A, "nightly");

	add_active(f, RUN_A, 1);
	check_source(f, &r, "");
	end_run(f, RUN_A, RUN_FINISHED, 12);
	check_source(f, &r, RUN_A);
	r.source.dev++;
	check_source(f, &r, "");
	r = new_run(RUN_A, "nightly");
	r.source.ino++;
	check_source(f, &r, "");
	r = new_run(RUN_A, "nightly");
	r.source.size++;
	check_source(f, &r, "");
	r = new_run(RUN_A, "nightly");
	r.source.mtime_ns++;
	check_source(f, &r, "");
	r = new_run(RUN_A, "nightly");
	r.source.ctime_ns++;
	check_source(f, &r, "");
	r = new_run(RUN_A, "weekly");
	check_source(f, &r, "");
	r = new_run(RUN_A, NULL);
	check_source(f, &r, "");
	add_run(f, RUN_B, NULL);
	end_run(f, RUN_B, RUN_FINISHED, 0);
	check_source(f, &r, RUN_B);
}

/* Which outcomes of a finished run say that its file was sent. */
static void
outcomes_tell_what_was_sent(void **state)
{
	static const struct {
		int		 exit;
		const char	*outcome;
		bool		 went;
	} rows[] = { { 0, "ok", true }, { 3, "partial", true },
	    { 11, "partial", true }, { 12, "unconfirmed", true },
	    { 70, "partial", true }, { 7, "unconfirmed", true },
	    { 11, "none", false }, { 70, "none", false }, { 5, "na", false },
	    { 0, NULL, false } };
	struct fixture *f = *state;
	struct ledger_run r, got;
	char id[ID_LEN + 1];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check_ok(f, id_new(1000 + (int64_t)i, id, &f->e));
		r = new_run(id, NULL);
		r.source.ino = 100 + (int64_t)i;
		r.content_id = text(id);
		check_ok(f, ledger_run_add(f->l, &r, &f->e));
		check_ok(f, ledger_prepared(f->l, &r, NULL, 0, &f->e));
		check_ok(f, ledger_run_get(f->l, id, &got, &f->e));
		got.state = RUN_FINISHED;
		got.exit = rows[i].exit;
		got.outcome = rows[i].outcome != NULL ?
		    strdup(rows[i].outcome) : NULL;
		check_ok(f, ledger_run_end(f->l, &got, &f->e));
		ledger_run_release(&got);
		check_source(f, &r, rows[i].went ? id : "");
	}
}

static int
note_id(void *arg, const char *id, struct err *e)
{
	char *all = arg;
	size_t n = strlen(all);

	(void)e;
	snprintf(all + n, 4 * (ID_LEN + 2) - n, "%s ", id);
	return 0;
}

static void
check_content(struct fixture *f, const char *content, bool unfinished,
    const char *want)
{
	struct ledger_filter filter = { .content = content,
	    .unfinished = unfinished };
	char all[4 * (ID_LEN + 2)] = "";

	check_ok(f, ledger_each_run(f->l, &filter, note_id, all, &f->e));
	assert_string_equal(all, want);
}

/* The newest first, whatever became of them. */
static void
the_same_content_is_found(void **state)
{
	struct fixture *f = *state;

	check_content(f, "c1", false, "");
	add_active(f, RUN_A, 1);
	add_active(f, RUN_B, 1);
	add_run(f, RUN_C, NULL);
	check_content(f, "c1", false, RUN_B " " RUN_A " ");
	check_content(f, "c2", false, "");
	end_run(f, RUN_B, RUN_CANCELLED, 0);
	check_content(f, "c1", false, RUN_B " " RUN_A " ");
	check_content(f, "c1", true, RUN_A " ");
}

static void
a_task_is_new_or_not(void **state)
{
	static const char *const before[] = { "10", "11", "10" };
	struct fixture *f = *state;
	struct ledger_part p = new_part(1);

	add_active(f, RUN_A, 2);
	add_active(f, RUN_B, 1);
	check_ok(f, ledger_baseline(f->l, RUN_A, 1, before, 3, &f->e));
	reopen(f);
	assert_int_equal(ledger_task_new(f->l, "empower", RUN_A, 1, "10",
	    &f->e), 0);
	assert_int_equal(ledger_task_new(f->l, "empower", RUN_A, 1, "12",
	    &f->e), 1);
	assert_int_equal(ledger_task_new(f->l, "empower", RUN_A, 2, "10",
	    &f->e), 1);
	check_ok(f, ledger_baseline(f->l, RUN_A, 1, before + 1, 1, &f->e));
	assert_int_equal(ledger_task_new(f->l, "empower", RUN_A, 1, "10",
	    &f->e), 1);

	/* A task of another part, of the same provider or of another. */
	p.task = text("12");
	check_ok(f, ledger_part_note(f->l, RUN_B, &p, &f->e));
	assert_int_equal(ledger_task_new(f->l, "empower", RUN_A, 1, "12",
	    &f->e), 0);
	assert_int_equal(ledger_task_new(f->l, "empower", RUN_B, 1, "12",
	    &f->e), 1);
	assert_int_equal(ledger_task_new(f->l, "uniware", RUN_A, 1, "12",
	    &f->e), 1);
}

/* Of two parts without an answer, one new task fits the one that was first. */
static void
a_task_may_fit_two(void **state)
{
	static const char *const before[] = { "10" };
	struct fixture *f = *state;
	struct ledger_part p;

	add_active(f, RUN_A, 2);
	add_active(f, RUN_B, 1);
	check_ok(f, ledger_part_get(f->l, RUN_B, 1, &p, &f->e));
	p.intent_ms = 5000;
	check_ok(f, ledger_part_move(f->l, RUN_B, &p, PART_SUBMITTING, NULL,
	    &f->e));
	check_ok(f, ledger_baseline(f->l, RUN_B, 1, before, 1, &f->e));
	assert_int_equal(ledger_task_rival(f->l, "empower", RUN_A, 1, "11",
	    4000, &f->e), 1);
	/* It was there before the other was sent; another time, platform. */
	assert_int_equal(ledger_task_rival(f->l, "empower", RUN_A, 1, "10",
	    4000, &f->e), 0);
	assert_int_equal(ledger_task_rival(f->l, "empower", RUN_A, 1, "11",
	    6000, &f->e), 0);
	assert_int_equal(ledger_task_rival(f->l, "uniware", RUN_A, 1, "11",
	    4000, &f->e), 0);
	assert_int_equal(ledger_task_rival(f->l, "empower", RUN_B, 1, "11",
	    -4000, &f->e), 0);
	/* With an answer it is no rival any more. */
	p.task = strdup("12");
	check_ok(f, ledger_part_move(f->l, RUN_B, &p, PART_FOLLOWING, NULL,
	    &f->e));
	assert_int_equal(ledger_task_rival(f->l, "empower", RUN_A, 1, "11",
	    4000, &f->e), 0);
	ledger_part_release(&p);
}

struct places {
	size_t	n;
	int64_t	id;	/* of the last */
	char	url[40], user[20], temp_dir[20];
};

static int
see_place(void *arg, const struct ledger_place *p, struct err *e)
{
	struct places *s = arg;

	(void)e;
	s->n++;
	s->id = p->id;
	snprintf(s->url, sizeof(s->url), "%s", p->url);
	snprintf(s->user, sizeof(s->user), "%s",
	    p->user != NULL ? p->user : "none");
	snprintf(s->temp_dir, sizeof(s->temp_dir), "%s",
	    p->temp_dir != NULL ? p->temp_dir : "none");
	return 0;
}

static void
places_are_kept_until_they_are_gone(void **state)
{
	char end[] = "files", a[] = "sftp://h/a", b[] = "sftp://h/b";
	char user[] = "u", name[] = "f.zip";
	struct fixture *f = *state;
	struct ledger_place p = { .part = 1, .endpoint = end, .url = b,
	    .user = user, .name = name };
	struct places s = { 0 };

	add_run(f, RUN_A, NULL);
	add_run(f, RUN_B, NULL);
	memcpy(p.run, RUN_A, sizeof(p.run));
	check_ok(f, ledger_place_add(f->l, &p, &f->e));
	check_ok(f, ledger_place_add(f->l, &p, &f->e));	/* known already */
	p.url = a;
	p.user = NULL;
	check_ok(f, ledger_place_add(f->l, &p, &f->e));
	check_ok(f, ledger_place_add(f->l, &p, &f->e));
	memcpy(p.run, RUN_B, sizeof(p.run));
	check_ok(f, ledger_place_add(f->l, &p, &f->e));
	check_ok(f, ledger_each_place(f->l, RUN_A, see_place, &s, &f->e));
	assert_int_equal(s.n, 2);
	assert_string_equal(s.url, b);
	assert_string_equal(s.user, "u");
	assert_string_equal(s.temp_dir, "none");
	check_ok(f, ledger_place_gone(f->l, s.id, &f->e));
	memset(&s, 0, sizeof(s));
	check_ok(f, ledger_each_place(f->l, RUN_A, see_place, &s, &f->e));
	assert_int_equal(s.n, 1);
	assert_string_equal(s.user, "none");
	memset(&s, 0, sizeof(s));
	check_ok(f, ledger_each_place(f->l, NULL, see_place, &s, &f->e));
	assert_int_equal(s.n, 2);
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, ledger_set_up, ledger_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(runs_are_found_by_prefix),
		TEST(the_last_run_is_found),
		TEST(short_ids_are_unique),
		TEST(short_ids_stay_unique),
		TEST(lists_are_filtered_and_ordered),
		TEST(a_run_stays_untidy_until_it_is_tidied),
		TEST(samples_come_back_in_order),
		TEST(samples_are_replaced_and_forgotten),
		TEST(a_finished_file_is_known),
		TEST(outcomes_tell_what_was_sent),
		TEST(the_same_content_is_found),
		TEST(a_task_is_new_or_not),
		TEST(a_task_may_fit_two),
		TEST(places_are_kept_until_they_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
