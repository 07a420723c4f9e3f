/*
 * The staging recipe against a scripted backend: each test says what the
 * server does wrong, and checks what is left over there.
 */
#include "stage_fixture.h"

static void
test_plain(void **state)
{
	struct run r;

	(void)state;
	prepare(&r, NULL);
	check_good(&r, XFER_VERIFIED_SIZE, false);
	assert_int_equal(r.server.calls['g'], 0);
	/* again over the same name */
	check_good(&r, XFER_VERIFIED_SIZE, false);
	prepare(&r, NULL);
	r.opts.proof = XFER_BY_READBACK;
	check_good(&r, XFER_VERIFIED_READBACK, false);
	prepare(&r, NULL);
	r.content = "";
	check_good(&r, XFER_VERIFIED_SIZE, false);
}

/* The server's own SHA-256 will do; without one the file is fetched. */
static void
test_hash(void **state)
{
	static const struct fault none[] = {
		{ 'h', 0, ERR_UNSUPPORTED, NOTHING }, { 0 } };
	static const struct fault wrong[] = { { 'h', 1, ERR_NONE, HALF },
		{ 0 } };
	static const struct fault breaks[] = { { 'h', 1, ERR_BROKEN, NOTHING },
		{ 0 } };
	struct run r;

	(void)state;
	prepare(&r, NULL);
	can_hash(&r);
	check_good(&r, XFER_VERIFIED_HASH, false);
	assert_int_equal(r.server.calls['g'], 0);
	prepare(&r, none);
	can_hash(&r);
	check_good(&r, XFER_VERIFIED_READBACK, false);
	prepare(&r, wrong);
	can_hash(&r);
	check_bad(&r, ERR_MISMATCH);
	has(&r, "f.zip", NULL);
	prepare(&r, breaks);
	can_hash(&r);
	check_good(&r, XFER_VERIFIED_HASH, false);
	assert_int_equal(r.server.calls['h'], 2);
	prepare(&r, NULL);
	can_hash(&r);
	r.opts.proof = XFER_BY_READBACK;
	check_good(&r, XFER_VERIFIED_READBACK, false);
	assert_int_equal(r.server.calls['h'], 0);
}

/* What an older attempt left under the temporary name is replaced. */
static void
test_old_temp(void **state)
{
	struct run	 r;
	struct file	*f;

	(void)state;
	prepare(&r, NULL);
	f = file_of(&r.server, TEMP, true);
	f->size = 20;
	check_good(&r, XFER_VERIFIED_SIZE, false);
}

static void
test_short_upload(void **state)
{
	static const struct fault lies[] = {
		{ 'p', 0, ERR_NONE, HALF }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, lies);
	check_bad(&r, ERR_MISMATCH);
	assert_non_null(strstr(r.e.msg, "6 bytes"));
	assert_non_null(strstr(r.e.msg, "12 were sent"));
	has(&r, "f.zip", NULL);
	has(&r, TEMP, NULL);
}

static void
test_damaged(void **state)
{
	static const struct fault damage[] = {
		{ 'g', 1, ERR_NONE, HALF }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, damage);
	r.opts.proof = XFER_BY_READBACK;
	check_bad(&r, ERR_MISMATCH);
	has(&r, "f.zip", NULL);
	has(&r, TEMP, NULL);
}

static void
test_refused(void **state)
{
	static const struct fault full[] = {
		{ 'p', 0, ERR_REMOTE_FULL, HALF }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, full);
	check_bad(&r, ERR_REMOTE_FULL);
	assert_int_equal(r.server.calls['o'], 0);
	has(&r, TEMP, NULL);
}

/* The answer after the last byte is lost: what is there decides. */
static void
test_put_answer_lost(void **state)
{
	static const struct fault whole[] = {
		{ 'p', 1, ERR_BROKEN, DONE }, { 0 } };
	static const struct fault late[] = {
		{ 'p', 1, ERR_TIMEOUT, DONE }, { 0 } };
	static const struct fault unreadable[] = {
		{ 'p', 1, ERR_BROKEN, DONE }, { 'g', 0, ERR_DENIED, NOTHING },
		{ 0 } };
	static const struct fault half[] = {
		{ 'p', 1, ERR_BROKEN, HALF }, { 0 } };
	static const struct fault gone[] = {
		{ 'p', 1, ERR_BROKEN, DONE }, { 'o', 0, ERR_CONNECT, NOTHING },
		{ 0 } };
	struct run r;

	(void)state;
	prepare(&r, whole);
	check_good(&r, XFER_VERIFIED_READBACK, false);
	assert_int_equal(r.server.calls['o'], 1);
	assert_int_equal(r.server.calls['p'], 1);
	prepare(&r, late);
	check_good(&r, XFER_VERIFIED_READBACK, false);
	prepare(&r, unreadable);
	check_good(&r, XFER_VERIFIED_SIZE, false);
	assert_int_equal(r.server.calls['p'], 1);
	prepare(&r, half);
	check_bad(&r, ERR_BROKEN);
	has(&r, TEMP, NULL);
	prepare(&r, gone);
	check_bad(&r, ERR_BROKEN);
	has(&r, "f.zip", NULL);
}

/*
 * The server restarts at any step of an upload and refuses the first new
 * connection: the line broke, whatever was to be done next.
 */
static void
test_short_outage(void **state)
{
	static const char ops[] = "pasgr";
	struct fault	 faults[3] = { { 'p', 1, ERR_BROKEN, HALF },
			    { 'o', 1, ERR_CONNECT, NOTHING }, { 0 } };
	struct run	 r;
	int		 again, i, nth, hits = 0;

	(void)state;
	for (again = 0; again < 2; again++)
		for (i = 0; ops[i] != '\0'; i++)
			for (nth = 1;; nth++) {
				faults[0].op = ops[i];
				faults[0].nth = nth;
				prepare(&r, faults);
				can_append(&r);
				r.opts.again = again != 0;
				add_file(&r, TEMP, "twelve");
				if (stage(&r) == 0)
					break;
				if (err_exit(&r.e) != 75)
					fail_msg("%c %d: %s", ops[i], nth,
					    r.e.msg);
				assert_int_equal(r.server.calls['o'], 1);
				hits++;
			}
	assert_int_equal(hits, 11);
}

static void
test_rename_answer_lost(void **state)
{
	static const struct fault done[] = {
		{ 'r', 1, ERR_BROKEN, DONE }, { 0 } };
	static const struct fault not_done[] = {
		{ 'r', 1, ERR_BROKEN, NOTHING }, { 0 } };
	static const struct fault gateway[] = {
		{ 'r', 1, ERR_UNAVAILABLE, DONE }, { 0 } };
	static const struct fault second[] = {
		{ 'r', 1, ERR_NOTFOUND, DONE }, { 0 } };
	static const struct fault busy[] = {
		{ 'r', 0, ERR_UNAVAILABLE, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, done);
	check_good(&r, XFER_VERIFIED_SIZE, false);
	assert_int_equal(r.server.calls['r'], 1);
	prepare(&r, not_done);
	check_good(&r, XFER_VERIFIED_SIZE, false);
	assert_int_equal(r.server.calls['r'], 2);
	prepare(&r, gateway);
	check_good(&r, XFER_VERIFIED_SIZE, false);
	/* libcurl renamed twice, the first answer was lost */
	prepare(&r, second);
	check_good(&r, XFER_VERIFIED_SIZE, false);
	prepare(&r, busy);
	check_bad(&r, ERR_UNAVAILABLE);
	has(&r, TEMP, NULL);
}

/* An old file of the same size does not make a lost rename a success. */
static void
test_rename_not_done(void **state)
{
	static const struct fault lost[] = {
		{ 'r', 0, ERR_BROKEN, NOTHING }, { 0 } };
	static const struct fault for_good[] = {
		{ 'r', 1, ERR_BROKEN, NOTHING },
		{ 's', 2, ERR_BROKEN, NOTHING }, { 0 } };
	struct run	 r;
	struct file	*f;

	(void)state;
	prepare(&r, lost);
	f = file_of(&r.server, "f.zip", true);
	f->size = strlen(CONTENT);
	memset(f->data, 'o', f->size);
	check_bad(&r, ERR_BROKEN);
	has(&r, "f.zip", "oooooooooooo");
	prepare(&r, for_good);
	check_bad(&r, ERR_BROKEN);
	assert_int_equal(r.out.verified, XFER_VERIFIED_UNSURE);
	has(&r, TEMP, CONTENT);
}

/* Servers word it in three ways. */
static void
test_no_rename(void **state)
{
	static const enum err_code words[] = { ERR_UNSUPPORTED, ERR_DENIED,
	    ERR_NOTFOUND };
	struct fault	 none[] = { { 'r', 0, ERR_NONE, NOTHING }, { 0 } };
	struct run	 r;
	size_t		 i;

	(void)state;
	for (i = 0; i < 3; i++) {
		none[0].code = words[i];
		prepare(&r, none);
		check_good(&r, XFER_VERIFIED_SIZE, true);
		/* learnt: the next file goes straight to its name */
		check_good(&r, XFER_VERIFIED_SIZE, true);
		assert_int_equal(r.server.calls['r'], 1);
		assert_int_equal(r.server.calls['p'], 3);
		prepare(&r, none);
		r.opts.atomic = XFER_RENAME;
		check_bad(&r, words[i] == ERR_NOTFOUND ? ERR_DENIED :
		    words[i]);
		assert_non_null(strstr(r.e.msg, "atomic is \"rename\""));
		has(&r, "f.zip", NULL);
		has(&r, TEMP, NULL);
	}
}

/* Refused for a reason that holds for the final name, too: nothing learnt. */
static void
test_neither(void **state)
{
	static const struct fault refused[] = {
		{ 'r', 0, ERR_DENIED, NOTHING },
		{ 'p', 2, ERR_DENIED, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, refused);
	check_bad(&r, ERR_DENIED);
	assert_int_equal(r.out.verified, XFER_VERIFIED_NOT);
	assert_false(r.x.no_rename);
	has(&r, "f.zip", NULL);
	has(&r, TEMP, NULL);
}

/* A size that comes late is waited for, one that never comes is not. */
static void
test_stale(void **state)
{
	static const struct fault late[] = {
		{ 's', 1, ERR_NOTFOUND, NOTHING }, { 's', 2, ERR_NONE, HALF },
		{ 's', 4, ERR_NONE, HALF }, { 0 } };
	static const struct fault never[] = {
		{ 's', 0, ERR_NONE, HALF }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, late);
	r.x.times.stale_ms = 1000;
	check_good(&r, XFER_VERIFIED_SIZE, false);
	assert_int_equal(r.server.calls['s'], 5);
	/* Each nap is twice as long, from the first one of a name on. */
	assert_int_equal(r.clock.sleeps, 3);
	assert_int_equal(r.clock.slept[0], 50);
	assert_int_equal(r.clock.slept[1], 100);
	assert_int_equal(r.clock.slept[2], 50);
	/* The last look is before the time is over. */
	prepare(&r, never);
	r.x.times.stale_ms = 1000;
	check_bad(&r, ERR_MISMATCH);
	assert_int_equal(r.clock.sleeps, 4);
	assert_int_equal(r.clock.mono, 1000 + 50 + 100 + 200 + 400);
}

/*
 * A file that comes into sight only seconds after it was taken is not sent
 * again; what is never seen has an end, too.
 */
static void
test_unseen(void **state)
{
	static const struct fault late[] = {
		{ 's', 1, ERR_NOTFOUND, NOTHING },
		{ 's', 2, ERR_NOTFOUND, NOTHING },
		{ 's', 3, ERR_NOTFOUND, NOTHING },
		{ 's', 4, ERR_NOTFOUND, NOTHING },
		{ 's', 5, ERR_NOTFOUND, NOTHING },
		{ 's', 6, ERR_NOTFOUND, NOTHING },
		{ 's', 7, ERR_NOTFOUND, NOTHING }, { 0 } };
	static const struct fault never[] = {
		{ 's', 0, ERR_NOTFOUND, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, late);
	r.x.times.unseen_ms = XFER_UNSEEN_MS;
	check_good(&r, XFER_VERIFIED_SIZE, false);
	assert_int_equal(r.server.calls['p'], 1);
	assert_int_equal(r.clock.mono, 1000 + 50 + 100 + 200 + 400 + 800 +
	    1600 + 2000);
	prepare(&r, never);
	r.x.times.unseen_ms = XFER_UNSEEN_MS;
	check_bad(&r, ERR_NOTFOUND);
	assert_true(r.clock.mono <= 1000 + XFER_UNSEEN_MS);
}

/* A failed proof of the final name removes nothing. */
static void
test_final_stays(void **state)
{
	static const struct fault after[] = {
		{ 's', 2, ERR_NONE, HALF }, { 's', 3, ERR_NONE, HALF },
		{ 's', 4, ERR_NONE, HALF }, { 0 } };
	static const struct fault direct[] = {
		{ 'r', 0, ERR_UNSUPPORTED, NOTHING },
		{ 's', 3, ERR_DENIED, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, after);
	check_bad(&r, ERR_MISMATCH);
	has(&r, "f.zip", CONTENT);
	assert_non_null(strstr(r.e.msg, "not verified"));
	prepare(&r, direct);
	check_bad(&r, ERR_DENIED);
	has(&r, "f.zip", CONTENT);
	assert_int_equal(r.server.calls['d'], 1);
}

/* A server that tells no sizes is read back; one that gives nothing back is
 * believed by size. */
static void
test_other_proofs(void **state)
{
	static const struct fault no_size[] = {
		{ 's', 0, ERR_UNSUPPORTED, NOTHING }, { 0 } };
	static const struct fault no_get[] = {
		{ 'g', 0, ERR_UNSUPPORTED, NOTHING }, { 0 } };
	static const struct fault neither[] = {
		{ 's', 0, ERR_UNSUPPORTED, NOTHING },
		{ 'g', 0, ERR_UNSUPPORTED, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, no_size);
	check_good(&r, XFER_VERIFIED_READBACK, false);
	prepare(&r, no_get);
	r.opts.proof = XFER_BY_READBACK;
	check_good(&r, XFER_VERIFIED_SIZE, false);
	prepare(&r, neither);
	check_bad(&r, ERR_UNSUPPORTED);
}

/* The connection breaks while proving: asked again on a new one, once. */
static void
test_proof_broken(void **state)
{
	static const struct fault once[] = {
		{ 's', 1, ERR_BROKEN, NOTHING }, { 0 } };
	static const struct fault reading[] = {
		{ 'g', 1, ERR_TIMEOUT, NOTHING }, { 0 } };
	static const struct fault always[] = {
		{ 's', 0, ERR_BROKEN, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, once);
	check_good(&r, XFER_VERIFIED_SIZE, false);
	prepare(&r, reading);
	r.opts.proof = XFER_BY_READBACK;
	check_good(&r, XFER_VERIFIED_READBACK, false);
	prepare(&r, always);
	check_bad(&r, ERR_BROKEN);
	assert_int_equal(r.server.calls['o'], 1);
}

static void
test_names(void **state)
{
	struct run r;

	(void)state;
	prepare(&r, NULL);
	r.opts.name = "";
	check_bad(&r, ERR_CONFIG);
	r.opts.name = "a/b";
	check_bad(&r, ERR_CONFIG);
	r.opts.name = "a\nb";
	check_bad(&r, ERR_CONFIG);
	assert_int_equal(r.server.calls['p'], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_old_temp),
		cmocka_unit_test(test_short_upload),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_put_answer_lost),
		cmocka_unit_test(test_short_outage),
		cmocka_unit_test(test_rename_answer_lost),
		cmocka_unit_test(test_rename_not_done),
		cmocka_unit_test(test_no_rename),
		cmocka_unit_test(test_neither),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_final_stays),
		cmocka_unit_test(test_other_proofs),
		cmocka_unit_test(test_proof_broken),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
