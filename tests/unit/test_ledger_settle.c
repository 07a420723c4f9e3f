/*
 * The ledger: runs that ended badly stay on the list of those that need a
 * person until they are settled or closed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_fixture.h"

/* The beginnings of the ids of a list. */
struct list {
	char	text[64];
};

static int
list_one(void *arg, const char *id, struct err *e)
{
	struct list *list = arg;
	size_t n = strlen(list->text);

	(void)e;
	snprintf(list->text + n, sizeof(list->text) - n, "%c", id[9]);
	return 0;
}

static void
check_list(struct fixture *f, struct ledger_filter filter, const char *want)
{
	struct list list = { .text = "" };

	check_ok(f, ledger_each_run(f->l, &filter, list_one, &list, &f->e));
	assert_string_equal(list.text, want);
}

static void
end_as(struct fixture *f, const char *id, enum run_state to, int code,
    const char *outcome, const char *word)
{
	struct ledger_run r;

	check_ok(f, ledger_run_get(f->l, id, &r, &f->e));
	r.state = to;
	r.exit = code;
	r.outcome = strdup(outcome);
	r.err_word = word != NULL ? strdup(word) : NULL;
	check_ok(f, ledger_run_end(f->l, &r, &f->e));
	ledger_run_release(&r);
}

/* Until its content was sent again with success, or a person closes it. */
static void
a_bad_end_stays_until_it_is_settled(void **state)
{
	static const struct ledger_filter bad = { .unsettled = true };
	struct fixture *f = *state;

	add_active(f, RUN_A, 1);
	add_active(f, RUN_B, 1);
	add_active(f, RUN_C, 1);
	end_as(f, RUN_A, RUN_FINISHED, 11, "partial", "task-failed");
	check_list(f, bad, "b");
	check_list(f, (struct ledger_filter){ .unsettled = true,
	    .job = "weekly" }, "");
	/* It only says that the other has the same. */
	end_as(f, RUN_B, RUN_CANCELLED, 11, "na", "repeat-failed");
	check_list(f, bad, "b");
	end_as(f, RUN_C, RUN_FINISHED, 0, "ok", NULL);
	check_list(f, bad, "");
}

static void
a_bad_end_can_be_closed(void **state)
{
	static const struct ledger_filter bad = { .unsettled = true };
	struct fixture *f = *state;
	struct ledger_run r;

	add_active(f, RUN_A, 1);
	check_refused(f, ledger_run_ack(f->l, RUN_A, "seen", &f->e),
	    ERR_USAGE);
	end_as(f, RUN_A, RUN_FINISHED, 12, "unconfirmed", "unconfirmed");
	check_list(f, bad, "b");
	check_ok(f, ledger_run_ack(f->l, RUN_A, ODD, &f->e));
	assert_string_equal(journal(f, RUN_A).what, "closed");
	reopen(f);
	check_list(f, bad, "");
	check_ok(f, ledger_run_get(f->l, RUN_A, &r, &f->e));
	assert_string_equal(r.ack, ODD);
	assert_int_equal(r.exit, 12);
	ledger_run_release(&r);
}

/* A run of the nightly job, with content of its own, that has ended. */
static void
end_content(struct fixture *f, const char *id, const char *content,
    int64_t rejected, int code)
{
	struct ledger_run r = new_run(id, "nightly");

	check_ok(f, ledger_run_add(f->l, &r, &f->e));
	r.content_id = text(content);
	r.rejected = rejected;
	r.exit = code;
	r.state = RUN_REJECTED;
	r.outcome = text("na");
	if (code != 65) {
		check_ok(f, ledger_prepared(f->l, &r, NULL, 0, &f->e));
		r.state = RUN_FINISHED;
		r.outcome = text("ok");
	}
	check_ok(f, ledger_run_end(f->l, &r, &f->e));
}

/* Every night's file has the same name: the next one brings other rows. */
static void
another_night_settles_nothing(void **state)
{
	static const struct ledger_filter bad = { .unsettled = true };
	struct fixture *f = *state;

	end_content(f, RUN_A, "c1", 0, 65);
	end_content(f, RUN_B, "c2", 0, 0);
	check_list(f, bad, "b");
	end_content(f, RUN_C, "c1", 0, 0);
	check_list(f, bad, "");
}

/* The broken row is still to be sent when those beside it were. */
static void
rows_set_aside_stay_until_they_are_told_of(void **state)
{
	static const struct ledger_filter bad = { .unsettled = true };
	struct fixture *f = *state;

	end_content(f, RUN_A, "c1", 1, 65);
	end_content(f, RUN_B, "c1", 0, 0);
	check_list(f, bad, "b");
	end_content(f, RUN_C, "c1", 1, 3);
	check_list(f, bad, "d");
}

/* The newer one, with the same content, was faster. */
static void
a_late_bad_end_is_settled_at_once(void **state)
{
	static const struct ledger_filter bad = { .unsettled = true };
	struct fixture *f = *state;

	add_active(f, RUN_A, 1);
	add_active(f, RUN_B, 1);
	end_as(f, RUN_B, RUN_FINISHED, 0, "ok", NULL);
	end_as(f, RUN_A, RUN_FINISHED, 12, "unconfirmed", "unconfirmed");
	check_list(f, bad, "");
}

/* As the newest of them tells whether they are sent again. */
static void
closing_the_newest_closes_those_before(void **state)
{
	static const struct ledger_filter bad = { .unsettled = true };
	struct fixture *f = *state;

	add_active(f, RUN_A, 1);
	add_active(f, RUN_B, 1);
	add_active(f, RUN_C, 1);
	end_as(f, RUN_A, RUN_FINISHED, 3, "partial", "partial");
	end_as(f, RUN_B, RUN_FINISHED, 12, "unconfirmed", "unconfirmed");
	check_list(f, bad, "bc");
	/* Refused outright: nothing of it tells what came of the others. */
	end_as(f, RUN_C, RUN_FINISHED, 11, "none", "task-failed");
	check_ok(f, ledger_run_ack(f->l, RUN_C, "seen", &f->e));
	check_list(f, bad, "bc");
	check_ok(f, ledger_run_ack(f->l, RUN_B, "seen", &f->e));
	check_list(f, bad, "");
}

/* Closing one night's refusal of a file closes those of the nights before. */
static void
a_file_turned_down_each_night_is_closed_once(void **state)
{
	static const struct ledger_filter bad = { .unsettled = true };
	struct fixture *f = *state;
	struct ledger_run other = new_run("0cccccccceeeeeeeeeeee", "nightly");

	other.source.mtime_ns++;
	check_ok(f, ledger_run_add(f->l, &other, &f->e));
	other.exit = 65;
	other.state = RUN_REJECTED;
	other.outcome = text("na");
	check_ok(f, ledger_run_end(f->l, &other, &f->e));
	end_content(f, RUN_A, "c1", 1, 65);
	end_content(f, RUN_B, "c1", 1, 65);
	end_content(f, RUN_C, "c1", 1, 65);
	check_ok(f, ledger_run_ack(f->l, RUN_B, "seen", &f->e));
	check_list(f, bad, "ed");
	check_ok(f, ledger_run_ack(f->l, RUN_C, "seen", &f->e));
	check_list(f, bad, "e");
}

#define TEST(t) \
	cmocka_unit_test_setup_teardown(t, ledger_set_up, ledger_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_bad_end_stays_until_it_is_settled),
		TEST(a_bad_end_can_be_closed),
		TEST(another_night_settles_nothing),
		TEST(rows_set_aside_stay_until_they_are_told_of),
		TEST(a_late_bad_end_is_settled_at_once),
		TEST(closing_the_newest_closes_those_before),
		TEST(a_file_turned_down_each_night_is_closed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
