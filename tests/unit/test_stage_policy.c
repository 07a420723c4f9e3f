/*
 * The staging recipe: what is there before, and what an earlier try left.
 */
#include "stage_fixture.h"

/* Stage well, by so many whole uploads and parts added to what is there. */
static void
check_sent(struct run *r, int whole, int added)
{
	check_good(r, XFER_VERIFIED_SIZE, false);
	assert_int_equal(r->server.calls['p'], whole);
	assert_int_equal(r->server.calls['a'], added);
}

/* What broke off is gone on with where its beginning is ours. */
static void
test_go_on(void **state)
{
	static const struct fault half[] = {
		{ 'p', 1, ERR_BROKEN, HALF }, { 0 } };
	static const struct fault damaged[] = {
		{ 'p', 1, ERR_BROKEN, HALF }, { 'g', 1, ERR_NONE, HALF },
		{ 0 } };
	static const struct fault unreadable[] = {
		{ 'p', 1, ERR_BROKEN, HALF }, { 'g', 0, ERR_DENIED, NOTHING },
		{ 0 } };
	struct run r;

	(void)state;
	prepare(&r, half);
	can_append(&r);
	check_sent(&r, 1, 1);
	prepare(&r, damaged);
	can_append(&r);
	check_sent(&r, 2, 0);
	prepare(&r, unreadable);
	can_append(&r);
	check_sent(&r, 2, 0);
}

/* A later try, with what the one before it left under the temporary name. */
static void
prepare_again(struct run *r, const char *left)
{
	prepare(r, NULL);
	can_append(r);
	r->opts.again = true;
	add_file(r, TEMP, left);
}

/* A later try goes on too, and only with what is ours. */
static void
test_go_on_later(void **state)
{
	struct run r;

	(void)state;
	prepare_again(&r, "twelve");
	check_sent(&r, 0, 1);
	prepare_again(&r, "twelfe");
	check_sent(&r, 1, 0);
	/* longer than ours: it cannot be ours */
	prepare_again(&r, CONTENT " and more");
	check_sent(&r, 1, 0);
}

/* Several connections leave holes: only what is before the first counts. */
static void
test_holes(void **state)
{
	struct run	 r;
	struct file	*f;

	(void)state;
	prepare_again(&r, "twelve?????");
	can_rewrite(&r);
	f = file_of(&r.server, TEMP, false);
	memset(f->data + 6, 0, 5);
	check_sent(&r, 0, 1);
	prepare_again(&r, "twelve?????");
	check_sent(&r, 1, 0);
}

/* Written at once: no half file stays, and no old one is taken for ours. */
static void
test_direct_broken(void **state)
{
	static const struct fault half[] = {
		{ 'p', 1, ERR_BROKEN, HALF }, { 0 } };
	static const struct fault gone[] = {
		{ 'p', 1, ERR_BROKEN, HALF }, { 'o', 0, ERR_CONNECT, NOTHING },
		{ 0 } };
	static const struct fault lost[] = {
		{ 'p', 1, ERR_BROKEN, NOTHING }, { 0 } };
	static const struct fault unread[] = {
		{ 'p', 1, ERR_BROKEN, NOTHING },
		{ 'o', 0, ERR_CONNECT, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, half);
	r.opts.atomic = XFER_DIRECT;
	check_bad(&r, ERR_BROKEN);
	assert_int_equal(r.out.verified, XFER_VERIFIED_NOT);
	has(&r, "f.zip", NULL);
	prepare(&r, unread);
	r.opts.atomic = XFER_DIRECT;
	check_bad(&r, ERR_BROKEN);
	assert_int_equal(r.out.verified, XFER_VERIFIED_UNSURE);
	prepare(&r, gone);
	r.opts.atomic = XFER_DIRECT;
	check_bad(&r, ERR_BROKEN);
	assert_int_equal(r.out.verified, XFER_VERIFIED_UNSURE);
	/* a later try goes on with it, whatever on_exists says */
	r.server.faults = NULL;
	can_append(&r);
	r.server.connected = true;
	r.x.priv = &r.server;
	r.opts.again = true;
	r.opts.on_exists = XFER_FAIL;
	check_good(&r, XFER_VERIFIED_SIZE, true);
	assert_int_equal(r.server.calls['a'], 1);
	prepare(&r, lost);
	r.opts.atomic = XFER_DIRECT;
	add_file(&r, "f.zip", "twelve BYTES");
	check_bad(&r, ERR_BROKEN);
	assert_int_equal(r.out.verified, XFER_VERIFIED_NOT);
	has(&r, "f.zip", "twelve BYTES");
}

/* Another takes the name in this way just before we do. */
static void
prepare_race(struct run *r, enum xfer_atomic atomic, enum xfer_exists policy,
    const struct fault *taken)
{
	prepare(r, taken);
	r->opts.atomic = atomic;
	r->opts.on_exists = policy;
}

static void
check_race(enum xfer_atomic atomic, const struct fault *taken,
    const struct fault *twice)
{
	struct run r;

	prepare_race(&r, atomic, XFER_FAIL, taken);
	check_bad(&r, ERR_EXISTS);
	assert_int_equal(r.out.verified, XFER_VERIFIED_NOT);
	has(&r, "f.zip", "another!");
	has(&r, TEMP, NULL);
	prepare_race(&r, atomic, XFER_UNIQUE, taken);
	assert_int_equal(stage(&r), 0);
	assert_string_equal(r.out.name, "f-2.zip");
	has(&r, "f.zip", "another!");
	has(&r, "f-2.zip", CONTENT);
	has(&r, TEMP, NULL);
	prepare_race(&r, atomic, XFER_SKIP, taken);
	check_bad(&r, ERR_EXISTS);
	has(&r, "f.zip", "another!");
	has(&r, TEMP, NULL);
	/* it was us: libcurl sent it twice */
	prepare_race(&r, atomic, XFER_FAIL, twice);
	check_good(&r, XFER_VERIFIED_READBACK, atomic == XFER_DIRECT);
}

/* The name was free when we looked, and another took it. */
static void
test_race(void **state)
{
	static const struct fault renamed[] = {
		{ 'n', 1, ERR_NONE, TAKEN }, { 0 } };
	static const struct fault direct[] = {
		{ 'w', 1, ERR_NONE, TAKEN }, { 0 } };
	static const struct fault renamed_twice[] = {
		{ 'n', 1, ERR_EXISTS, DONE }, { 0 } };
	static const struct fault put_twice[] = {
		{ 'w', 1, ERR_EXISTS, DONE }, { 0 } };

	(void)state;
	check_race(XFER_AUTO, renamed, renamed_twice);
	check_race(XFER_DIRECT, direct, put_twice);
}

/* Killed after the rename: the name that was chosen is found again. */
static void
test_unique_again(void **state)
{
	struct run r;

	(void)state;
	prepare(&r, NULL);
	r.opts.on_exists = XFER_UNIQUE;
	r.opts.again = true;
	add_file(&r, "f.zip", "another!");
	add_file(&r, "f-2.zip", CONTENT);
	assert_int_equal(stage(&r), 0);
	assert_string_equal(r.out.name, "f-2.zip");
	assert_int_equal(r.server.calls['p'], 0);
}

/* What was never proven may be another's. */
static void
test_unstage(void **state)
{
	struct run r;

	(void)state;
	prepare(&r, NULL);
	add_file(&r, "f.zip", "another!");
	add_file(&r, TEMP, "twelve");
	r.opts.again = true;
	assert_int_equal(unstage(&r, false), 0);
	has(&r, "f.zip", "another!");
	has(&r, TEMP, NULL);
	assert_int_equal(unstage(&r, true), 0);
	has(&r, "f.zip", NULL);
	add_file(&r, "f.zip", "twelve");
	assert_int_equal(unstage(&r, false), 0);
	has(&r, "f.zip", NULL);
	add_file(&r, "f.zip", CONTENT);
	r.opts.again = false;
	assert_int_equal(unstage(&r, true), 0);
	has(&r, "f.zip", NULL);
	assert_int_equal(unstage(&r, true), 0);
}

static void
check_remove(const struct fault *faults, bool there, enum err_code code)
{
	struct run r;

	prepare(&r, faults);
	if (there)
		add_file(&r, "f.zip", CONTENT);
	assert_int_equal(xfer_remove(&r.x, "f.zip", &r.e),
	    code == ERR_NONE ? 0 : -1);
	assert_int_equal(r.e.code, code);
}

/* Gone is what a look proves gone; without a look the answer counts. */
static void
test_remove(void **state)
{
	static const struct fault lies[] = {
		{ 'd', 0, ERR_NONE, NOTHING }, { 0 } };
	static const struct fault late[] = {
		{ 's', 1, ERR_NONE, NOTHING }, { 0 } };
	static const struct fault missing[] = {
		{ 'd', 0, ERR_NOTFOUND, NOTHING }, { 0 } };
	static const struct fault denied[] = {
		{ 'd', 0, ERR_DENIED, NOTHING }, { 0 } };
	static const struct fault blind[] = {
		{ 'd', 0, ERR_DENIED, NOTHING },
		{ 's', 0, ERR_DENIED, NOTHING }, { 0 } };
	static const struct fault no_look[] = {
		{ 's', 0, ERR_DENIED, NOTHING }, { 0 } };
	static const struct fault broken[] = {
		{ 's', 0, ERR_BROKEN, NOTHING }, { 0 } };

	(void)state;
	check_remove(late, true, ERR_NONE);
	check_remove(late, false, ERR_NOTFOUND);
	check_remove(lies, true, ERR_PROTOCOL);
	check_remove(missing, true, ERR_DENIED);
	check_remove(missing, false, ERR_NOTFOUND);
	check_remove(denied, true, ERR_DENIED);
	check_remove(denied, false, ERR_NOTFOUND);
	check_remove(blind, true, ERR_DENIED);
	check_remove(blind, false, ERR_DENIED);
	check_remove(no_look, true, ERR_NONE);
	check_remove(broken, true, ERR_BROKEN);
}

/* After a try of unknown end: the final name is proven, not sent again. */
static void
test_again(void **state)
{
	struct run r;

	(void)state;
	prepare(&r, NULL);
	r.opts.again = true;
	r.opts.on_exists = XFER_FAIL;
	add_file(&r, "f.zip", CONTENT);
	check_good(&r, XFER_VERIFIED_READBACK, false);
	assert_int_equal(r.server.calls['p'], 0);
	prepare(&r, NULL);
	r.opts.again = true;
	add_file(&r, "f.zip", "twelve Bytes");
	check_good(&r, XFER_VERIFIED_SIZE, false);
	assert_int_equal(r.server.calls['p'], 1);
}

static void
test_unverified(void **state)
{
	static const struct fault lost[] = {
		{ 'r', 1, ERR_BROKEN, DONE }, { 'o', 0, ERR_CONNECT, NOTHING },
		{ 0 } };
	static const struct fault late[] = {
		{ 's', 2, ERR_DENIED, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, lost);
	check_bad(&r, ERR_BROKEN);
	assert_int_equal(r.out.verified, XFER_VERIFIED_UNSURE);
	has(&r, "f.zip", CONTENT);
	prepare(&r, late);
	check_bad(&r, ERR_DENIED);
	assert_int_equal(r.out.verified, XFER_VERIFIED_UNSURE);
	has(&r, "f.zip", CONTENT);
}

static void
test_exists(void **state)
{
	struct run r;

	(void)state;
	prepare(&r, NULL);
	r.opts.on_exists = XFER_FAIL;
	check_good(&r, XFER_VERIFIED_SIZE, false);
	check_bad(&r, ERR_EXISTS);
	assert_int_equal(r.out.verified, XFER_VERIFIED_NOT);
	assert_int_equal(r.server.calls['p'], 1);
	r.opts.on_exists = XFER_SKIP;
	check_good(&r, XFER_VERIFIED_READBACK, false);
	assert_int_equal(r.server.calls['p'], 1);
	file_of(&r.server, "f.zip", false)->data[3] ^= 1;
	check_bad(&r, ERR_EXISTS);
	assert_int_equal(r.server.calls['p'], 1);
	r.opts.on_exists = XFER_UNIQUE;
	assert_int_equal(stage(&r), 0);
	assert_string_equal(r.out.name, "f-2.zip");
	has(&r, "f-2.zip", CONTENT);
	assert_int_equal(stage(&r), 0);
	assert_string_equal(r.out.name, "f-3.zip");
}

static void
test_atomic(void **state)
{
	static const struct fault none[] = {
		{ 'r', 0, ERR_UNSUPPORTED, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, none);
	r.opts.atomic = XFER_RENAME;
	check_bad(&r, ERR_UNSUPPORTED);
	has(&r, "f.zip", NULL);
	has(&r, TEMP, NULL);
	prepare(&r, NULL);
	r.opts.atomic = XFER_DIRECT;
	check_good(&r, XFER_VERIFIED_SIZE, true);
	assert_int_equal(r.server.calls['r'], 0);
}

static void
test_folder_and_marker(void **state)
{
	static const struct fault no_marker[] = {
		{ 'p', 2, ERR_DENIED, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, NULL);
	r.opts.temp_dir = "in";
	r.opts.marker = ".done";
	check_good(&r, XFER_VERIFIED_SIZE, false);
	has(&r, "in/" TEMP, NULL);
	has(&r, "f.zip.done", "");
	prepare(&r, no_marker);
	r.opts.marker = ".done";
	check_bad(&r, ERR_DENIED);
	has(&r, "f.zip", CONTENT);
	assert_int_equal(r.out.verified, XFER_VERIFIED_UNSURE);
	prepare(&r, NULL);
	r.opts.temp_dir = "in/";
	check_bad(&r, ERR_CONFIG);
}

/* A signed address takes a PUT and may allow no look. */
static void
test_in_place(void **state)
{
	static const struct fault blind[] = {
		{ 's', 0, ERR_DENIED, NOTHING }, { 0 } };
	static const struct fault short_one[] = {
		{ 'p', 0, ERR_NONE, HALF }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, blind);
	r.opts.in_place = true;
	assert_int_equal(stage(&r), 0);
	assert_int_equal(r.out.verified, XFER_VERIFIED_UNSURE);
	has(&r, "", CONTENT);
	prepare(&r, NULL);
	r.opts.in_place = true;
	assert_int_equal(stage(&r), 0);
	assert_int_equal(r.out.verified, XFER_VERIFIED_SIZE);
	prepare(&r, short_one);
	r.opts.in_place = true;
	check_bad(&r, ERR_MISMATCH);
	has(&r, "", "twelve");
	r.opts.on_exists = XFER_FAIL;
	check_bad(&r, ERR_CONFIG);
}

/* Where nobody may look, the caller's own proof has to do. */
static void
test_believe(void **state)
{
	static const struct fault blind[] = {
		{ 's', 0, ERR_DENIED, NOTHING }, { 0 } };
	static const struct fault no_rename[] = {
		{ 's', 0, ERR_DENIED, NOTHING },
		{ 'r', 0, ERR_DENIED, NOTHING }, { 0 } };
	static const struct fault lost[] = {
		{ 's', 0, ERR_NOTFOUND, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, blind);
	check_bad(&r, ERR_DENIED);
	has(&r, "f.zip", NULL);
	prepare(&r, blind);
	r.opts.believe = true;
	check_good(&r, XFER_VERIFIED_UNSURE, false);
	prepare(&r, no_rename);
	r.opts.believe = true;
	r.opts.atomic = XFER_RENAME;
	check_bad(&r, ERR_DENIED);
	assert_int_equal(r.out.verified, XFER_VERIFIED_NOT);
	has(&r, TEMP, NULL);
	prepare(&r, lost);
	r.opts.believe = true;
	check_bad(&r, ERR_NOTFOUND);
	prepare(&r, NULL);
	r.opts.believe = true;
	check_good(&r, XFER_VERIFIED_SIZE, false);
}

/* "Not found" right after "I have it": the folder shows nothing to us. */
static void
test_write_only(void **state)
{
	static const struct fault unseen[] = {
		{ 's', 0, ERR_NOTFOUND, NOTHING }, { 0 } };
	static const struct fault dark[] = {
		{ 's', 0, ERR_NOTFOUND, NOTHING },
		{ 'g', 0, ERR_NOTFOUND, NOTHING }, { 0 } };
	static const struct fault stuck[] = {
		{ 's', 0, ERR_NOTFOUND, NOTHING },
		{ 'r', 0, ERR_NOTFOUND, NOTHING }, { 0 } };
	struct run r;

	(void)state;
	prepare(&r, dark);
	is_vague(&r);
	r.opts.believe = true;
	check_good(&r, XFER_VERIFIED_UNSURE, false);
	prepare(&r, stuck);
	is_vague(&r);
	r.opts.believe = true;
	check_good(&r, XFER_VERIFIED_UNSURE, true);
	prepare(&r, unseen);
	is_vague(&r);
	check_good(&r, XFER_VERIFIED_READBACK, false);
	prepare(&r, dark);
	is_vague(&r);
	check_bad(&r, ERR_DENIED);
	assert_non_null(strstr(r.e.msg, "rehearse: full"));
}

static void
prepare_link(struct run *r, const char *name, enum xfer_kind kind)
{

	prepare(r, NULL);
	has_links(r);
	add_file(r, name, "of others");
	file_of(&r->server, name, false)->kind = kind;
}

/* What a link leads to is not ours, whatever has to be done. */
static void
test_links(void **state)
{
	static const char *const names[] = { "f.zip", TEMP };
	struct run	 r;
	size_t		 i;

	(void)state;
	for (i = 0; i < 4; i++) {
		prepare_link(&r, names[i % 2], i < 2 ? XFER_LINK :
		    XFER_FOLDER);
		check_bad(&r, ERR_EXISTS);
		assert_non_null(strstr(r.e.msg, i < 2 ? "is a link at h:1" :
		    "is a folder at h:1"));
		assert_int_equal(r.out.verified, XFER_VERIFIED_NOT);
		assert_int_equal(r.server.calls['p'], 0);
		/* nor is it taken away with what is */
		r.opts.again = true;
		assert_int_equal(unstage(&r, true), 0);
		assert_int_equal(unstage(&r, false), 0);
		has(&r, names[i % 2], "of others");
	}
	prepare_link(&r, "f.zip", XFER_LINK);
	r.opts.on_exists = XFER_UNIQUE;
	r.opts.again = true;
	assert_int_equal(stage(&r), 0);
	assert_string_equal(r.out.name, "f-2.zip");
	has(&r, "f.zip", "of others");
	prepare_link(&r, "f.zip.ok", XFER_LINK);
	r.opts.marker = ".ok";
	check_bad(&r, ERR_EXISTS);
	assert_int_equal(r.out.verified, XFER_VERIFIED_UNSURE);
	has(&r, "f.zip.ok", "of others");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_go_on),
		cmocka_unit_test(test_go_on_later),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_holes),
		cmocka_unit_test(test_direct_broken),
		cmocka_unit_test(test_race),
		cmocka_unit_test(test_unique_again),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_unstage),
		cmocka_unit_test(test_unverified),
		cmocka_unit_test(test_exists),
		cmocka_unit_test(test_atomic),
		cmocka_unit_test(test_folder_and_marker),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_believe),
		cmocka_unit_test(test_write_only),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
