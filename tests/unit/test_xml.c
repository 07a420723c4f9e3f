/*
 * XML: the attack files with the exact words of their refusal, the oddities
 * of real answers, and writing that never makes a broken call.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/base/io.h"
#include "../../src/base/limits.h"
#include "../../src/base/stop.h"
#include "../../src/format/xml.h"

/*
 * The file NAME of tests/golden/xml/; the caller frees.
 */
static char *
golden(const char *name, const char *ending, size_t *n)
{
	const char *srcdir;
	char path[512], *p;
	struct err e;

	srcdir = getenv("srcdir");
	snprintf(path, sizeof(path), "%s/tests/golden/xml/%s.%s",
	    srcdir == NULL ? "." : srcdir, name, ending);
	if (io_slurp(path, 1 << 20, &p, n, &e) == -1)
		fail_msg("%s", e.msg);
	return p;
}

static struct xml_node *
parse(const char *text)
{
	struct xml_node *x;
	struct err e;

	err_clear(&e);
	x = xml_parse(text, strlen(text), &e);
	if (x == NULL)
		fail_msg("%s", e.msg);
	return x;
}

static void
test_attacks_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum err_code code;
	} cases[] = {
		{ "control-byte", ERR_PROTOCOL },
		{ "control-reference", ERR_PROTOCOL },
		{ "dtd", ERR_PROTOCOL },
		{ "dtd-after-bom", ERR_PROTOCOL },
		{ "dtd-utf16", ERR_PROTOCOL },
		{ "duplicate-attribute", ERR_PROTOCOL },
		{ "entity-bomb", ERR_PROTOCOL },
		{ "html", ERR_PROTOCOL },
		{ "invalid-utf8", ERR_PROTOCOL },
		{ "invalid-utf8-overlong", ERR_PROTOCOL },
		{ "mismatch", ERR_PROTOCOL },
		{ "nesting", ERR_LIMIT },
		{ "nesting-huge", ERR_LIMIT },
		{ "nul-byte", ERR_PROTOCOL },
		{ "text", ERR_PROTOCOL },
		{ "two-roots", ERR_PROTOCOL },
		{ "unclosed", ERR_PROTOCOL },
		{ "undefined-entity", ERR_PROTOCOL },
		{ "xxe", ERR_PROTOCOL },
		{ "xxe-parameter", ERR_PROTOCOL },
	};
	char *text, *want;
	struct err e;
	size_t i, n, m;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = golden(cases[i].name, "xml", &n);
		want = golden(cases[i].name, "refused", &m);
		want[strcspn(want, "\n")] = '\0';
		err_clear(&e);
		if (xml_parse(text, n, &e) != NULL)
			fail_msg("%s was accepted", cases[i].name);
		assert_string_equal(e.msg, want);
		assert_int_equal(e.code, cases[i].code);
		free(text);
		free(want);
	}
}

/*
 * libxml2 would print its complaints on stderr.
 */
static void
test_refusals_print_nothing(void **state)
{
	char *text;
	struct err e;
	size_t n;
	int fd, saved;

	(void)state;
	fd = memfd_create("stderr", 0);
	saved = dup(STDERR_FILENO);
	assert_true(fd >= 0 && saved >= 0);
	text = golden("mismatch", "xml", &n);
	fflush(stderr);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	assert_null(xml_parse(text, n, &e));
	fflush(stderr);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	close(saved);
	close(fd);
	free(text);
}

static void
test_limits(void **state)
{
	struct xml_node *x;
	struct err e;
	size_t i, n;
	char *p;

	(void)state;
	p = golden("deepest", "xml", &n);
	x = xml_parse(p, n, &e);
	assert_non_null(x);
	xml_free(x);
	free(p);

	p = malloc(LIM_XML_BYTES + 1);
	assert_non_null(p);
	memset(p, ' ', LIM_XML_BYTES + 1);
	memcpy(p, "<a/>", 4);
	assert_null(xml_parse(p, LIM_XML_BYTES + 1, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_string_equal(e.msg, "XML refused: 16777217 bytes, at most "
	    "16777216 are accepted");
	x = xml_parse(p, LIM_XML_BYTES, &e);
	assert_non_null(x);
	xml_free(x);

	/* One element more than may be: 16 bytes for each is the measure. */
	memcpy(p, "<r>", 3);
	for (i = 3, n = 1; n <= LIM_XML_BYTES / 16; i += 4, n++)
		memcpy(p + i, "<a/>", 4);
	memcpy(p + i, "</r>", 4);
	assert_null(xml_parse(p, i + 4, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_string_equal(e.msg, "XML refused: line 1: too many elements");
	memcpy(p + i - 4, "    ", 4);
	x = xml_parse(p, i + 4, &e);
	assert_non_null(x);
	xml_free(x);
	free(p);

	assert_null(xml_parse("", 0, &e));
	assert_string_equal(e.msg, "not well-formed XML: nothing there");
	assert_null(xml_parse("  \n", 3, &e));
	assert_int_equal(e.code, ERR_PROTOCOL);
}

/*
 * head, then n times one attribute with a name of its own, then tail.
 */
static void
with_attributes(struct buf *b, const char *head, size_t n, const char *tail)
{
	char one[32];
	struct err e;
	size_t i;

	assert_int_equal(buf_adds(b, head, &e), 0);
	for (i = 0; i < n; i++) {
		snprintf(one, sizeof(one), " a%zu='='", i);
		assert_int_equal(buf_adds(b, one, &e), 0);
	}
	assert_int_equal(buf_adds(b, tail, &e), 0);
}

static void
refused(const struct buf *b, const char *want)
{
	struct err e;

	err_clear(&e);
	assert_null(xml_parse(b->data, b->len, &e));
	assert_string_equal(e.msg, want);
	assert_int_equal(e.code, ERR_LIMIT);
}

/*
 * What costs the square of its size is refused before it is read.
 */
static void
test_attributes_are_bounded(void **state)
{
	struct xml_node *x;
	struct buf b;
	struct err e;
	size_t i;

	(void)state;
	buf_init(&b, LIM_XML_BYTES);
	with_attributes(&b, "<r><!-- = = -->\n<a", LIM_XML_ATTRS, "/>===</r>");
	x = xml_parse(b.data, b.len, &e);
	assert_non_null(x);
	assert_string_equal(x->text, "===");
	xml_free(x);
	buf_clear(&b);
	with_attributes(&b, "<r>\n<a b='>'", LIM_XML_ATTRS, "/></r>");
	refused(&b, "XML refused: line 2: more than 64 attributes in an "
	    "element");
	buf_clear(&b);
	with_attributes(&b, "<a", 160000, "/>");
	refused(&b, "XML refused: line 1: more than 65,536 bytes in a tag or "
	    "comment");
	buf_clear(&b);
	assert_int_equal(buf_adds(&b, "<r>", &e), 0);
	for (i = 0; i <= LIM_XML_ATTRS_ALL / LIM_XML_ATTRS; i++)
		with_attributes(&b, "<a", LIM_XML_ATTRS, "/>");
	assert_int_equal(buf_adds(&b, "</r>", &e), 0);
	refused(&b, "XML refused: line 1: more than 262,144 attributes");
	buf_release(&b);
}

/*
 * Tags, comments and instructions are bounded, texts are not; what cannot be
 * looked at without decoding it is bounded as a whole.
 */
static void
test_tags_are_bounded(void **state)
{
	static const struct {
		const char *head, *tail, *what;
	} cases[] = {
		{ "<a b='", "'/>", "in a tag or comment" },
		{ "<a ", "/>", "in a tag or comment" },
		{ "<a><!--", "--></a>", "in a tag or comment" },
		{ "<a><?b ", "?></a>", "in a tag or comment" },
		{ "<a><![CDATA[=", "]]></a>", NULL },
		{ "<a>=", "</a>", NULL },
		{ "<?xml version='1.0' encoding='UTF-7'?><a>", "</a>",
		    "in an encoding other than UTF-8" },
		{ "<?xml version='1.0' encoding='ISO-8859-15'?><a>", "</a>",
		    NULL },
		{ "\xff\xfe<", "", "in an encoding other than UTF-8" },
	};
	struct xml_node *x;
	char want[128];
	struct buf b;
	struct err e;
	size_t i, k;

	(void)state;
	buf_init(&b, LIM_XML_BYTES);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&b);
		assert_int_equal(buf_adds(&b, cases[i].head, &e), 0);
		for (k = 0; k < LIM_XML_TAG / 8; k++)
			assert_int_equal(buf_adds(&b, "  x  yy ", &e), 0);
		assert_int_equal(buf_adds(&b, cases[i].tail, &e), 0);
		snprintf(want, sizeof(want), "XML refused: line 1: more than "
		    "65,536 bytes %s", cases[i].what == NULL ? "" :
		    cases[i].what);
		if (cases[i].what != NULL) {
			refused(&b, want);
			continue;
		}
		x = xml_parse(b.data, b.len, &e);
		if (x == NULL)
			fail_msg("%s: %s", cases[i].head, e.msg);
		xml_free(x);
	}
	buf_release(&b);
}

static void
test_stop_is_seen(void **state)
{
	struct err e;

	(void)state;
	stop_install();
	stop_put(SIGTERM);
	assert_null(xml_parse("<a><b/></a>", 11, &e));
	assert_int_equal(e.code, ERR_STOPPED);
	assert_int_equal(stop_take(), SIGTERM);
}

static void
test_answer(void **state)
{
	struct xml_node *x, *item;

	(void)state;
	x = parse("<?xml version=\"1.0\"?>\n<methodResponse>\n <item>\n"
	    "  <methodName><![CDATA[ coupon.updatedetails\n ]]>"
	    "</methodName>\n  <responseCode> 210 </responseCode>\n"
	    "  <responseText>one &lt; two <b>bold</b> &amp; "
	    "three<!-- no --><?no?></responseText>\n"
	    "  <responseData/><empty></empty>\n </item>\n"
	    "</methodResponse>\n<!-- end -->\n");
	assert_string_equal(x->name, "methodResponse");
	assert_string_equal(x->text, "");
	assert_null(x->next);
	item = xml_child(x, "ITEM");
	assert_non_null(item);
	assert_string_equal(xml_text(item, "methodname"),
	    "coupon.updatedetails");
	assert_string_equal(xml_text(item, "responseCode"), "210");
	assert_string_equal(xml_text(item, "responseText"),
	    "one < two  & three");
	assert_string_equal(xml_text(xml_child(item, "responseText"), "b"),
	    "bold");
	assert_string_equal(xml_text(item, "responseData"), "");
	assert_string_equal(xml_text(item, "empty"), "");
	assert_null(xml_text(item, "responseNum"));
	assert_null(xml_text(NULL, "responseNum"));
	assert_null(xml_child(NULL, "item"));
	xml_free(x);
	xml_free(NULL);
}

static void
test_namespaces_and_encodings(void **state)
{
	struct xml_node *x;

	(void)state;
	x = parse("\xef\xbb\xbf<s:Envelope xmlns:s=\"urn:x\"><s:Body>ok"
	    "</s:Body></s:Envelope>");
	assert_string_equal(x->name, "Envelope");
	assert_string_equal(xml_text(x, "Body"), "ok");
	xml_free(x);
	/* A prefix that nobody declared is no reason to lose an answer. */
	x = parse("<a><soap:b>ok</soap:b></a>");
	assert_string_equal(xml_text(x, "soap:b"), "ok");
	xml_free(x);
	x = parse("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"
	    "<a>K\xf6ln</a>");
	assert_string_equal(x->text, "K\xc3\xb6ln");
	xml_free(x);
	x = parse("<a>&#228;&#x20AC;&quot;&apos;&gt;</a>");
	assert_string_equal(x->text, "\xc3\xa4\xe2\x82\xac\"'>");
	xml_free(x);
}

/*
 * Collect names; stop at the one called "stop".
 */
static int
collect(const struct xml_node *x, void *arg)
{
	struct buf *b = arg;
	struct err e;

	assert_int_equal(buf_adds(b, x->name, &e), 0);
	return strcmp(x->name, "stop") == 0 ? 42 : 0;
}

static void
test_walk(void **state)
{
	struct xml_node *x;
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	x = parse("<a><b><c/></b><d/></a>");
	assert_int_equal(xml_walk(x, collect, &b), 0);
	assert_string_equal(b.data, "abcd");
	xml_free(x);
	buf_clear(&b);
	x = parse("<a><b><stop/><c/></b><d/></a>");
	assert_int_equal(xml_walk(x, collect, &b), 42);
	assert_string_equal(b.data, "abstop");
	xml_free(x);
	buf_release(&b);
}

static void
test_write(void **state)
{
	static const char odd[] =
	    "a<b>&\"'\t\n\r]]> \xc3\xa4 \xf0\x9f\x8e\x9f \xc2\x85";
	struct xml_node *x;
	struct err e;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(xmlw_open(&b, "data", &e), 0);
	assert_int_equal(xmlw_str(&b, "bank_id", "600", &e), 0);
	assert_int_equal(xmlw_str(&b, "redeem_date", NULL, &e), 0);
	assert_int_equal(xmlw_str(&b, "empty", "", &e), 0);
	assert_int_equal(xmlw_text(&b, "code", "A<B&C>D\rE", 9, &e), 0);
	assert_int_equal(xmlw_close(&b, "data", &e), 0);
	assert_string_equal(b.data, "<data><bank_id>600</bank_id>"
	    "<empty></empty><code>A&lt;B&amp;C&gt;D&#13;E</code></data>");
	buf_clear(&b);
	assert_int_equal(xmlw_str(&b, "odd", odd, &e), 0);
	x = parse(b.data);
	assert_string_equal(x->text, odd);
	xml_free(x);
	buf_release(&b);
}

static void
test_write_refuses(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *why;
	} cases[] = {
		{ "ab\x01", 3, "the value of code has a character that XML "
		    "forbids at byte 2 (U+0001)" },
		{ "a\0b", 3, "the value of code has a character that XML "
		    "forbids at byte 1 (U+0000)" },
		{ "\xef\xbf\xbf", 3, "the value of code has a character that "
		    "XML forbids at byte 0 (U+FFFF)" },
		{ "K\xf6ln", 4,
		    "the value of code is not UTF-8 at byte 1 (0xf6)" },
		{ "\xed\xa0\x80", 3,
		    "the value of code is not UTF-8 at byte 0 (0xed)" },
		{ "cut \xe2\x82", 6,
		    "the value of code is not UTF-8 at byte 4 (0xe2)" },
	};
	struct err e;
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 40);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(xmlw_text(&b, "code", cases[i].text,
		    cases[i].n, &e), -1);
		assert_int_equal(e.code, ERR_PROTOCOL);
		assert_string_equal(e.msg, cases[i].why);
		assert_int_equal(b.len, 0);
	}
	assert_int_equal(xmlw_str(&b, "code", "&&&&&&&&", &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attacks_are_refused),
		cmocka_unit_test(test_refusals_print_nothing),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_attributes_are_bounded),
		cmocka_unit_test(test_tags_are_bounded),
		cmocka_unit_test(test_stop_is_seen),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_namespaces_and_encodings),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
