/*
 * URLs of file servers, and the paths and names made from them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../transfer/signed.h"
#include "../../transfer/url.h"
#include "../../transfer/xfer_internal.h"

struct good {
	const char	*url, *scheme, *user, *host, *path, *query;
	uint16_t	 port;
	bool		 home;
};

static const struct good goods[] = {
	{ "http://h/", "http", NULL, "h", "/", NULL, 80, false },
	{ "HTTPS://h.example", "https", NULL, "h.example", "/", NULL, 443,
	    false },
	{ "https://h/a?sig=x%2Fy&b", "https", NULL, "h", "/a", "sig=x%2Fy&b",
	    443, false },
	{ "http://h?q", "http", NULL, "h", "/", "q", 80, false },
	{ "http://h/~/x", "http", NULL, "h", "/~/x", NULL, 80, false },
	{ "ftp://u@h/in", "ftp", "u", "h", "/in", NULL, 21, false },
	{ "ftpes://h:2121/~/in", "ftpes", NULL, "h", "/in", NULL, 2121, true },
	{ "ftps://h/~", "ftps", NULL, "h", "/", NULL, 990, true },
	{ "sftp://h/~//in", "sftp", NULL, "h", "/in", NULL, 22, true },
	{ "ftps://h/~bob/in", "ftps", NULL, "h", "/~bob/in", NULL, 990,
	    false },
	{ "sftp://pos@files.example.com:2222/drop", "sftp", "pos",
	    "files.example.com", "/drop", NULL, 2222, false },
	{ "sftp://a%40b.de@[2001:db8::1]:2222/~/", "sftp", "a@b.de",
	    "2001:db8::1", "/", NULL, 2222, true },
	{ "sftp://a@b@[::1]", "sftp", "a@b", "::1", "/", NULL, 22, false },
	{ "sftp://h/a%20b/%C3%A4%3f%23", "sftp", NULL, "h", "/a b/\xc3\xa4?#",
	    NULL, 22, false },
	{ "sftp://h:1/", "sftp", NULL, "h", "/", NULL, 1, false },
	{ "sftp://h:65535/", "sftp", NULL, "h", "/", NULL, 65535, false },
	{ "file:///srv/drop", "file", NULL, "", "/srv/drop", NULL, 0, false },
	{ "file://localhost/x", "file", NULL, "", "/x", NULL, 0, false },
	{ "null:", "null", NULL, "", "/", NULL, 0, false },
	{ "null://x/path", "null", NULL, "", "/path", NULL, 0, false },
};

static void
same(const char *a, const char *b)
{

	if (a == NULL || b == NULL)
		assert_true(a == b);
	else
		assert_string_equal(a, b);
}

static void
test_good(void **state)
{
	const struct good *g;
	struct xfer_url	 u;
	struct err	 e;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(goods) / sizeof(goods[0]); i++) {
		g = &goods[i];
		err_clear(&e);
		if (xfer_url_parse(g->url, &u, &e) == -1)
			fail_msg("%s: %s", g->url, e.msg);
		same(u.scheme, g->scheme);
		same(u.user, g->user);
		same(u.host, g->host);
		same(u.path, g->path);
		same(u.query, g->query);
		assert_int_equal(u.port, g->port);
		assert_int_equal(u.home, g->home);
		assert_int_equal(e.code, ERR_NONE);
		xfer_url_release(&u);
	}
}

/* Each is refused, and the sentence has the second string in it. */
static const char *const bads[][2] = {
	{ "", "http https ftp" },
	{ "files.example.com/drop", "http https ftp" },
	{ "gopher://h/", "http https ftp" },
	{ "sft://h/", "http https ftp" },
	{ "sftpx://h/", "http https ftp" },
	{ "sftp:h/", "two slashes" },
	{ "sftp:/h/", "two slashes" },
	{ "file:", "two slashes" },
	{ "sftp://", "no host" },
	{ "sftp:///drop", "no host" },
	{ "sftp://u@/drop", "no host" },
	{ "sftp://:22/drop", "no host" },
	{ "sftp://h_st.x y/", "no host name has" },
	{ "sftp://h%41/", "no host name has" },
	{ "sftp://h:/", "port" },
	{ "sftp://h:0/", "port" },
	{ "sftp://h:65536/", "port" },
	{ "sftp://h:22x/", "port" },
	{ "sftp://h:-1/", "port" },
	{ "sftp://[::1/", "IPv6" },
	{ "sftp://[h]/", "IPv6" },
	{ "sftp://[]/", "IPv6" },
	{ "sftp://[::1]x/", "\"]\"" },
	{ "sftp://u:geheim@h/", "upload_password_file" },
	{ "sftp://u:@h/", "upload_password_file" },
	{ "sftp://u:ge@heim@h/", "upload_password_file" },
	{ "sftp://h/a%2", "hexadecimal" },
	{ "sftp://h/a%", "hexadecimal" },
	{ "sftp://h/a%zz", "hexadecimal" },
	{ "sftp://h/a%00", "control" },
	{ "sftp://h/a%0d%0aDELE%20x", "control" },
	{ "sftp://u%0a@h/", "control" },
	{ "sftp://h/a\nb", "control" },
	{ "sftp://h/a\x7f", "control" },
	{ "sftp://h/a?b", "%3F" },
	{ "sftp://h/a#b", "%23" },
	{ "https://h/a?b#c", "#" },
	{ "file://otherhost/x", "three slashes" },
};

static void
test_bad(void **state)
{
	struct xfer_url	 u;
	struct err	 e;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		err_clear(&e);
		if (xfer_url_parse(bads[i][0], &u, &e) == 0)
			fail_msg("%s was taken", bads[i][0]);
		xfer_url_release(&u);
		assert_int_equal(e.code, ERR_CONFIG);
		if (strstr(e.msg, bads[i][1]) == NULL)
			fail_msg("%s: %s", bads[i][0], e.msg);
		assert_null(strstr(e.msg, "geheim"));
	}
}

/* A slash in a password moves half of it into the port; it stays unsaid. */
static void
test_no_leak(void **state)
{
	struct xfer_url	 u;
	struct err	 e;

	(void)state;
	err_clear(&e);
	assert_int_equal(xfer_url_parse("sftp://u:geheim/x@h/", &u, &e), -1);
	xfer_url_release(&u);
	assert_null(strstr(e.msg, "geheim"));
}

static void
check_path(const char *url, const char *name, const char *want)
{
	struct xfer	 x = { 0 };
	struct err	 e;
	char		*path;

	err_clear(&e);
	assert_int_equal(xfer_url_parse(url, &x.url, &e), 0);
	path = xfer_path(&x, name, &e);
	same(path, want);
	if (want == NULL)
		assert_int_equal(e.code, ERR_CONFIG);
	free(path);
	xfer_url_release(&x.url);
}

static void
test_path(void **state)
{

	(void)state;
	check_path("sftp://h/drop", "a.zip", "/drop/a.zip");
	check_path("sftp://h/drop/", "a.zip", "/drop/a.zip");
	check_path("sftp://h/", "a.zip", "/a.zip");
	check_path("sftp://h", "a.zip", "/a.zip");
	check_path("sftp://h/drop/a.zip", "", "/drop/a.zip");
	check_path("sftp://h/~/drop", "a.zip", "drop/a.zip");
	check_path("sftp://h/~/", "a.zip", "a.zip");
	check_path("sftp://h/~", "a.zip", "a.zip");
	check_path("sftp://h/~/", "", ".");
	check_path("sftp://h/drop", "a b\xc3\xa4", "/drop/a b\xc3\xa4");
	check_path("sftp://h/drop", "in/.a", "/drop/in/.a");
	check_path("sftp://h/drop", "/in/.a", "/in/.a");
	check_path("sftp://h/~/drop", "/in/.a", "/in/.a");
	check_path("sftp://h/drop", "a//b", NULL);
	check_path("sftp://h/drop", "//b", NULL);
	check_path("sftp://h/drop", "a/", NULL);
	check_path("sftp://h/drop", "a/../b", NULL);
	check_path("sftp://h/drop", "../b", NULL);
	check_path("sftp://h/drop", "a/.", NULL);
	check_path("sftp://h/drop", "a\nb", NULL);
	check_path("sftp://h/drop", "a\r\nDELE b", NULL);
	check_path("sftp://h/drop", "..", NULL);
	check_path("sftp://h/drop", ".", NULL);
}

static void
check_where(const char *url, const char *want)
{
	struct xfer_target t = { .url = url };
	struct xfer	*x;
	struct err	 e;
	char		 where[64];

	err_clear(&e);
	x = xfer_open(&t, NULL, &e);
	assert_non_null(x);
	assert_string_equal(xfer_where(x, where, sizeof(where)), want);
	xfer_close(x);
}

static void
test_where(void **state)
{

	(void)state;
	check_where("https://[::1]:8443/x", "[::1]:8443");
	check_where("http://h.example/x", "h.example:80");
	check_where("null:", "this machine");
}

static void
test_schemes(void **state)
{
	const struct xfer_scheme *s;
	const char	*list;
	size_t		 n;

	(void)state;
	list = xfer_schemes();
	for (s = xfer_scheme_table; s->name != NULL; s++) {
		n = strcspn(list, " ");
		assert_true(strlen(s->name) == n &&
		    strncmp(s->name, list, n) == 0);
		assert_non_null(s->ops);
		list += n + (list[n] == ' ');
	}
	assert_string_equal(list, "");
}

static void
test_open_refuses(void **state)
{
	struct xfer_target t = { .url = "https://h/", .tls.max = "1.1" };
	struct secret	*password;
	struct err	 e;

	(void)state;
	err_clear(&e);
	assert_null(xfer_open(&t, NULL, &e));
	assert_int_equal(e.code, ERR_CONFIG);
	t.tls.max = NULL;
	t.user = "a\r\nDELE b";
	err_clear(&e);
	assert_null(xfer_open(&t, NULL, &e));
	assert_int_equal(e.code, ERR_CONFIG);
	t.user = "a";
	err_clear(&e);
	t.password = password = secret_new("x\ny", 3, &e);
	assert_null(xfer_open(&t, NULL, &e));
	assert_int_equal(e.code, ERR_CONFIG);
	secret_free(password);
}

static void
test_proxy(void **state)
{
	static const char *const good[] = { "http://h", "http://h:3128",
	    "http://h:3128/", "socks5h://127.0.0.1:1080", "http://[::1]:8" };
	static const char *const bad[] = { "", "h:3128", "http://",
	    "http://u:p@h:1", "socks5h://u@h:1", "socks4://h:1",
	    "http://h:99999", "http://h/path", "http://h/?q", "http://h:1\n" };
	struct err	 e;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		err_clear(&e);
		assert_int_equal(xfer_proxy_check(good[i], &e), 0);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err_clear(&e);
		assert_int_equal(xfer_proxy_check(bad[i], &e), -1);
		assert_int_equal(e.code, ERR_CONFIG);
		assert_null(strstr(e.msg, "u:p"));
	}
}

/* How long an address is good, by what signs it. */
static void
test_signed(void **state)
{
	static const struct {
		const char	*query;
		int64_t		 until;	/* seconds */
	} rows[] = {
		{ NULL, 0 }, { "", 0 }, { "sig=x", 0 },
		{ "X-Amz-Algorithm=A&X-Amz-Date=20261130T100000Z&"
		    "X-Amz-Expires=900&X-Amz-Signature=x", 1796033700 },
		{ "x-amz-expires=1&x-amz-date=20261130T100000Z", 1796032801 },
		{ "X-Goog-Date=20261130T100000Z&X-Goog-Expires=60",
		    1796032860 },
		{ "AWSAccessKeyId=A&Expires=1796032800&Signature=x",
		    1796032800 },
		{ "sv=2024-11-04&se=2026-11-30T10%3A00%3A00Z&sig=x",
		    1796032800 },
		{ "se=2026-11-30T10:00Z", 1796032800 },
		{ "se=2026-11-30", 1795996800 },
		{ "use=2026-11-30", 0 }, { "se=soon", 0 }, { "Expires=", 0 },
		{ "Expires=99999999999999999999", 0 },
		{ "X-Amz-Date=20261130T100000Z", 0 },
		{ "X-Amz-Date=today&X-Amz-Expires=900", 0 },
	};
	size_t	i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (signed_until(rows[i].query) != rows[i].until * 1000)
			fail_msg("%s: %lld", rows[i].query,
			    (long long)signed_until(rows[i].query));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_no_leak),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_where),
		cmocka_unit_test(test_schemes),
		cmocka_unit_test(test_open_refuses),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
