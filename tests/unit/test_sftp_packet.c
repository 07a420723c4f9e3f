/*
 * SFTP packets: layout to the byte, and bytes that lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../transfer/sftp_packet.h"

static void
request_layout(void **state)
{
	static const unsigned char want[] = {
		0, 0, 0, 26, 6, 0, 0, 1, 2, 0, 0, 0, 1, 'h',
		0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4,
	};
	struct sftp_request r = {
		.type = SFTP_WRITE, .nstr = 1, .nnum = 3, .payload = 4,
		.str = { { "h", 1 } }, .num = { 1, 2, 4 },
	};
	struct err e;
	struct buf b;

	(void)state;
	err_clear(&e);
	buf_init(&b, 1000);
	assert_int_equal(sftp_add_request(&b, 0x102, &r, &e), 0);
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(b.data, want, sizeof(want));
	buf_release(&b);
}

static void
request_without_strings(void **state)
{
	static const unsigned char want[] = { 0, 0, 0, 5, 1, 0, 0, 0, 3 };
	struct sftp_request r = { .type = SFTP_INIT };
	struct err e;
	struct buf b;

	(void)state;
	err_clear(&e);
	buf_init(&b, 1000);
	assert_int_equal(sftp_add_request(&b, 3, &r, &e), 0);
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(b.data, want, sizeof(want));
	buf_release(&b);
}

static void
request_too_long(void **state)
{
	struct sftp_request r = {
		.type = SFTP_WRITE, .payload = SFTP_PACKET_MAX,
	};
	struct err e;
	struct buf b;

	(void)state;
	err_clear(&e);
	buf_init(&b, SFTP_PACKET_MAX);
	assert_int_equal(sftp_add_request(&b, 1, &r, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

static void
split_waits_for_the_whole(void **state)
{
	static const unsigned char p[] = {
		0, 0, 0, 9, 101, 0, 0, 0, 7, 0, 0, 0, 2, 99,
	};
	struct sftp_reply r;
	struct err e;
	size_t n, used = 0;

	(void)state;
	err_clear(&e);
	for (n = 0; n < 13; n++)
		assert_int_equal(sftp_split(p, n, &r, &used, &e), 0);
	assert_int_equal(sftp_split(p, sizeof(p), &r, &used, &e), 1);
	assert_int_equal(used, 13);
	assert_int_equal(r.type, SFTP_STATUS);
	assert_int_equal(r.id, 7);
	assert_int_equal(r.body.n, 4);
}

static void
split_refuses_lengths(void **state)
{
	static const unsigned char bad[][5] = {
		{ 0, 0, 0, 0, 1 }, { 0, 0, 0, 4, 1 }, { 0, 4, 0, 1, 1 },
		{ 0xff, 0xff, 0xff, 0xff, 1 }, { 'W', 'e', 'l', 'c', 'o' },
	};
	struct sftp_reply r;
	struct err e;
	size_t i, used;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&e);
		assert_int_equal(sftp_split(bad[i], 5, &r, &used, &e), -1);
		assert_int_equal(e.code, ERR_PROTOCOL);
	}
}

static void
status_with_and_without_text(void **state)
{
	static const unsigned char full[] = {
		0, 0, 0, 4, 0, 0, 0, 2, 'n', 'o', 0, 0, 0, 0,
	};
	struct sftp_bytes b = { full, sizeof(full) };
	struct sftp_status st;

	(void)state;
	assert_int_equal(sftp_take_status(&b, &st), 0);
	assert_int_equal(st.code, SFTP_FAILURE);
	assert_int_equal(st.text.n, 2);
	b = (struct sftp_bytes){ full, 4 };
	assert_int_equal(sftp_take_status(&b, &st), 0);
	assert_int_equal(st.text.n, 0);
	b = (struct sftp_bytes){ full, 9 };	/* the text is cut off */
	assert_int_equal(sftp_take_status(&b, &st), 0);
	assert_int_equal(st.code, SFTP_FAILURE);
	assert_int_equal(st.text.n, 0);
	b = (struct sftp_bytes){ full, 3 };
	assert_int_equal(sftp_take_status(&b, &st), -1);
}

static void
attrs_follow_their_flags(void **state)
{
	static const unsigned char all[] = {
		0x80, 0, 0, 15,
		0, 0, 0, 1, 0, 0, 0, 9,		/* size */
		0, 0, 0, 1, 0, 0, 0, 2,		/* owner */
		0, 0, 0x41, 0xed,		/* mode */
		0, 0, 0, 1, 0, 0, 0, 2,		/* times */
		0, 0, 0, 1, 0, 0, 0, 1, 'n', 0, 0, 0, 0,
	};
	static const unsigned char no_size[] = { 0, 0, 0, 4, 0, 0, 1, 0 };
	struct sftp_bytes b = { all, sizeof(all) };
	struct sftp_attrs at;
	size_t n;

	(void)state;
	assert_int_equal(sftp_take_attrs(&b, &at), 0);
	assert_int_equal(b.n, 0);
	assert_true(at.has_size && at.has_mode);
	assert_true(at.size == ((uint64_t)1 << 32 | 9));
	assert_int_equal(at.mode, 040755);
	for (n = 0; n < sizeof(all); n++) {
		b = (struct sftp_bytes){ all, n };
		assert_int_equal(sftp_take_attrs(&b, &at), -1);
	}
	b = (struct sftp_bytes){ no_size, sizeof(no_size) };
	assert_int_equal(sftp_take_attrs(&b, &at), 0);
	assert_false(at.has_size);
	assert_int_equal(at.mode, 0400);
}

static void
extensions(void **state)
{
	static const char p[] = "\0\0\0\1x\0\0\0\0"
	    "\0\0\0\021fsync@openssh.com\0\0\0\0011";
	struct sftp_bytes b = { p, sizeof(p) - 1 };
	unsigned bits;

	(void)state;
	assert_int_equal(sftp_take_extensions(&b, &bits), 0);
	assert_int_equal(bits, SFTP_EXT_FSYNC);
	b = (struct sftp_bytes){ p, sizeof(p) - 2 };
	assert_int_equal(sftp_take_extensions(&b, &bits), -1);
	b = (struct sftp_bytes){ p, 0 };
	assert_int_equal(sftp_take_extensions(&b, &bits), 0);
	assert_int_equal(bits, 0);
}

static uint32_t
next_random(uint32_t *v)
{
	*v ^= *v << 13;
	*v ^= *v >> 17;
	*v ^= *v << 5;
	return *v;
}

/* Every take on every rest of one packet; the sanitizers watch the edges. */
static void
take_all(const struct sftp_reply *r)
{
	struct sftp_bytes b, s;
	struct sftp_status st;
	struct sftp_attrs at;
	unsigned bits;
	uint64_t v;

	b = r->body;
	(void)sftp_take_status(&b, &st);
	assert_true(st.text.n <= r->body.n || r->body.n < 4);
	b = r->body;
	(void)sftp_take_attrs(&b, &at);
	b = r->body;
	(void)sftp_take_extensions(&b, &bits);
	b = r->body;
	while (sftp_take_str(&b, &s) == 0)
		assert_true(s.n <= r->body.n);
	assert_int_equal(b.n, 0);
	b = r->body;
	while (sftp_take_u64(&b, &v) == 0)
		continue;
	assert_int_equal(b.n, 0);
}

static void
mutated_packets(void **state)
{
	static const unsigned char seed[] = {
		0, 0, 0, 43, 105, 0, 0, 0, 7, 0x80, 0, 0, 15, 0, 0, 0, 1, 0,
		0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 'n', 0, 0, 0, 4,
		'f', 's', 'y', 'n', 0, 0, 0, 0, 0,
	};
	uint32_t v = 2463534242u, round, hits = 0;
	unsigned char *p;
	struct sftp_reply r;
	struct err e;
	size_t n, used;

	(void)state;
	for (round = 0; round < 200000; round++) {
		n = next_random(&v) % (sizeof(seed) + 1);
		p = malloc(n + 1);	/* exact, so that a step too far
					   is seen */
		assert_non_null(p);
		memcpy(p, seed, n);
		if (n > 4)
			p[3] = (unsigned char)(n - 4);
		if (n != 0)
			p[next_random(&v) % n] ^= (unsigned char)(1u <<
			    next_random(&v) % 8);
		if (n > 9)
			p[9 + next_random(&v) % (n - 9)] =
			    (unsigned char)next_random(&v);
		p = realloc(p, n == 0 ? 1 : n);
		err_clear(&e);
		if (sftp_split(p, n, &r, &used, &e) == 1) {
			assert_true(used <= n);
			take_all(&r);
			hits++;
		}
		free(p);
	}
	assert_true(hits > 1000);
}

static void
code_names(void **state)
{
	(void)state;
	assert_string_equal(sftp_code_name(2), "NO_SUCH_FILE");
	assert_string_equal(sftp_code_name(15), "QUOTA_EXCEEDED");
	assert_string_equal(sftp_code_name(16), "code unknown to us");
	assert_string_equal(sftp_code_name(UINT32_MAX), "code unknown to us");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_layout),
		cmocka_unit_test(request_without_strings),
		cmocka_unit_test(request_too_long),
		cmocka_unit_test(split_waits_for_the_whole),
		cmocka_unit_test(split_refuses_lengths),
		cmocka_unit_test(status_with_and_without_text),
		cmocka_unit_test(attrs_follow_their_flags),
		cmocka_unit_test(extensions),
		cmocka_unit_test(mutated_packets),
		cmocka_unit_test(code_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
