/*
 * The API of the stand-in: envelope, refusals in their order, inline updates
 * and the other methods.
 */
#include "test_sandbox_lib.h"

#define URL	"<data_url>http://127.0.0.1:1/codes.csv</data_url>"
#define FTP	"<ftp_server>127.0.0.1:1</ftp_server>"
#define LOGIN	"<ftp_user_name>u</ftp_user_name>"			\
		"<ftp_user_pass>p</ftp_user_pass>"
#define A1	"<coupon_code>A1</coupon_code>"

/* Each refusal, deserved as well as all that come after it in the order. */
static void
test_refusals(void **state)
{
	static const struct {
		long		 code;
		const char	*inner;
	} cases[] = {
		{ 428, A1 URL },
		{ 428, "<bank_id> </bank_id>" A1 },
		{ 667, "<bank_id>601</bank_id>" A1 URL },
		{ 667, "<bank_id>x</bank_id>" A1 },
		{ 685, SB_BANK A1 URL FTP },
		{ 685, SB_BANK A1 FTP },
		{ 683, SB_BANK "<redeem_date>x</redeem_date>" },
		{ 646, SB_BANK URL FTP },
		{ 647, SB_BANK FTP "<ftp_user_name>u</ftp_user_name>" },
		{ 647, SB_BANK FTP "<ftp_user_pass>p</ftp_user_pass>" },
		{ 648, SB_BANK FTP LOGIN "<compression>x</compression>" },
		{ 649, SB_BANK FTP LOGIN "<filename>a.gz</filename>" },
		{ 649, SB_BANK FTP LOGIN "<filename>/d.csv/a</filename>" },
		{ 649, SB_BANK "<data_url>http://h/a.gzip</data_url>"
		    "<compression>.gzip</compression>" },
		{ 649, SB_BANK "<data_url>http://h/a?x=a.csv</data_url>"
		    "<compression>x</compression>" },
		{ 644, SB_BANK URL "<compression>.rar</compression>"
		    "<redeem_date>x</redeem_date>" },
		{ 477, SB_BANK URL "<redeem_date>01.05.2016</redeem_date>" },
		{ 477, SB_BANK A1 "<redeemed_date>2026-02-30"
		    "</redeemed_date>" },
		{ 654, SB_BANK URL },
		{ 654, SB_BANK FTP LOGIN "<filename>a.gzip</filename>"
		    "<compression>gzip</compression>" },
		{ 654, SB_BANK FTP LOGIN "<sftp>1</sftp>"
		    "<filename>a.txt</filename>" },
		{ 654, SB_BANK FTP LOGIN "<ftp_ssl>1</ftp_ssl>"
		    "<filename>/d/a.csv</filename>" },
		{ 654, SB_BANK "<data_url>file:///etc/x.csv</data_url>" },
		{ 654, SB_BANK "<ftp_server>h/../x</ftp_server>" LOGIN
		    "<filename>a.csv</filename>" },
		{ 682, SB_BANK "<coupon_code>nope</coupon_code>" },
	};
	struct sb *sb = *state;
	char *inner;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(asprintf(&inner, SB_UPDATE "%s",
		    cases[i].inner) != -1);
		print_message("%ld %s\n", cases[i].code, cases[i].inner);
		assert_int_equal(sb_code(sb, inner), cases[i].code);
		free(inner);
	}
	assert_string_equal(sb_bank(sb), "A1,0,\nA2,0,\nA3,0,\nA4,0,\nA5,0,\n");
}

static void
test_missing(void **state)
{
	struct sb *sb = *state;
	const struct xml_node *item;

	item = sb_one(sb, SB_UPDATE);
	assert_string_equal(xml_text(item, "methodName"),
	    "coupon.updatedetails");
	assert_string_equal(xml_text(item, "error"), "1");
	assert_string_equal(xml_text(item, "responseText"),
	    "Missing variables");
	assert_string_equal(xml_text(xml_child(item, "responseData"),
	    "missing_vars"), "bank_id");
	assert_string_equal(xml_text(item, "totalRequests"), "1");
	assert_string_equal(xml_text(item, "totalCompleted"), "0");
}

static void
test_wrong_key(void **state)
{
	struct sb *sb = *state;
	const struct xml_node *item;

	assert_int_equal(sb_post(sb, "k", "1",
	    SB_CALL(SB_UPDATE SB_BANK A1) SB_CALL(SB_UPDATE SB_BANK A1)), 200);
	item = sb_item(sb, 0);
	assert_null(sb_item(sb, 1));
	assert_null(xml_child(item, "methodName"));
	assert_null(xml_child(item, "responseCode"));
	assert_string_equal(xml_text(item, "error"), "1");
	assert_string_equal(xml_text(item, "responseText"),
	    "Could not authenticate");
	assert_string_equal(xml_text(xml_child(item, "responseData"),
	    "responseCode"), "445");
	assert_string_equal(xml_text(item, "totalRequests"), "2");
	assert_non_null(strstr(sb->body.data, "<![CDATA[ 445 ]]>"));
	assert_null(strstr(sb_bank(sb), "A1,1"));
}

static void
test_unknown_method(void **state)
{
	struct sb *sb = *state;
	const struct xml_node *item;

	item = sb_one(sb, "<methodName>coupon.dropBank</methodName>");
	assert_string_equal(xml_text(item, "responseText"),
	    "Incorrect Action Specified");
	assert_string_equal(xml_text(item, "error"), "1");
	assert_null(xml_child(item, "responseCode"));
	item = sb_one(sb, SB_BANK);
	assert_string_equal(xml_text(item, "error"), "1");
}

/* Calls after a failure have no item with no_halt 0, and have one with 1. */
static void
test_no_halt(void **state)
{
	static const char calls[] =
	    SB_CALL(SB_UPDATE SB_BANK A1 "<redeemed>1</redeemed>")
	    SB_CALL(SB_UPDATE SB_BANK "<coupon_code>X</coupon_code>")
	    SB_CALL("<methodName>nonsense</methodName>")
	    SB_CALL(SB_UPDATE SB_BANK "<coupon_code>A2</coupon_code>"
	    "<redeemed>1</redeemed>");
	struct sb *sb = *state;

	assert_int_equal(sb_post(sb, "K", "0", calls), 200);
	assert_string_equal(xml_text(sb_item(sb, 0), "responseCode"), "210");
	assert_string_equal(xml_text(sb_item(sb, 1), "responseCode"), "682");
	assert_string_equal(xml_text(sb_item(sb, 1), "responseNum"), "2");
	assert_null(sb_item(sb, 2));
	assert_string_equal(sb_bank(sb), "A1,1,\nA2,0,\nA3,0,\nA4,0,\nA5,0,\n");

	assert_int_equal(sb_post(sb, "K", "1", calls), 200);
	assert_string_equal(xml_text(sb_item(sb, 2), "responseNum"), "3");
	assert_string_equal(xml_text(sb_item(sb, 2), "totalRequests"), "4");
	assert_string_equal(xml_text(sb_item(sb, 2), "totalCompleted"), "1");
	assert_string_equal(xml_text(sb_item(sb, 3), "responseCode"), "210");
	assert_string_equal(xml_text(sb_item(sb, 3), "responseNum"), "4");
	assert_non_null(strstr(sb_bank(sb), "A2,1,"));
}

/* Repeated elements, lines in one, the other spelling, repetitions. */
static void
test_inline(void **state)
{
	struct sb *sb = *state;
	const struct xml_node *item;

	item = sb_one(sb, "<methodName>COUPON.UPDATEDETAILS</methodName>"
	    SB_BANK A1 "<coupon_code>A2\n A3 \r\nnope\n\n</coupon_code>"
	    "<coupon_codes>A1</coupon_codes><redeemed>1</redeemed>"
	    "<redeemed_date>2026-11-20</redeemed_date>");
	assert_string_equal(xml_text(item, "methodName"),
	    "coupon.updatedetails");
	assert_string_equal(xml_text(item, "responseCode"), "210");
	assert_string_equal(xml_text(item, "responseText"),
	    "coupon code data successfully updated");
	assert_string_equal(xml_text(item, "updated"), "3");
	assert_string_equal(xml_text(item, "failed"), "2");
	assert_string_equal(xml_text(item, "total"), "5");
	assert_string_equal(sb_bank(sb), "A1,1,2026-11-20\nA2,1,2026-11-20\n"
	    "A3,1,2026-11-20\nA4,0,\nA5,0,\n");

	/* 0 gives it back; without `redeemed` only the date changes. */
	assert_int_equal(sb_code(sb, SB_UPDATE SB_BANK A1
	    "<redeemed>0</redeemed>"), 210);
	assert_int_equal(sb_code(sb, SB_UPDATE SB_BANK "<coupon_code>A2"
	    "</coupon_code><redeem_date>2026-11-21</redeem_date>"), 210);
	assert_string_equal(sb_bank(sb), "A1,0,\nA2,1,2026-11-21\n"
	    "A3,1,2026-11-20\nA4,0,\nA5,0,\n");
}

static void
test_list_banks(void **state)
{
	struct sb *sb = *state;
	struct sandbox_bank more = { .id = 7, .name = "Second" };
	const struct xml_node *item, *bank, *data;
	uint64_t n;

	assert_int_equal(sandbox_load(sb->s, &more, &n, &sb->e), 0);
	item = sb_one(sb, "<methodName>coupon.listBanks</methodName>");
	assert_null(xml_child(item, "responseNum"));
	assert_null(xml_child(item, "responseCode"));
	bank = xml_child(item, "item");
	data = xml_child(bank, "responseData");
	assert_string_equal(xml_text(data, "bank_id"), "7");
	bank = bank->next;
	data = xml_child(bank, "responseData");
	assert_string_equal(xml_text(bank, "responseCode"), "678");
	assert_string_equal(xml_text(data, "bank_id"), "600");
	assert_string_equal(xml_text(data, "bank_name"), "Autumn & Co");
	assert_null(bank->next);
}

static void
test_details(void **state)
{
	static const char ask[] = "<methodName>coupon.getDetails</methodName>";
	struct sb *sb = *state;
	const struct xml_node *c;
	char *inner;

	assert_int_equal(sb_code(sb, SB_UPDATE SB_BANK A1
	    "<redeemed>1</redeemed><redeem_date>2026-11-20</redeem_date>"),
	    210);
	assert_true(asprintf(&inner, "%s" SB_BANK A1, ask) != -1);
	c = xml_child(xml_child(sb_one(sb, inner), "responseData"), "item");
	assert_string_equal(xml_text(c, "coupon_code"), "A1");
	assert_string_equal(xml_text(c, "redeemed"), "1");
	assert_string_equal(xml_text(c, "redeem_date"), "2026-11-20");
	assert_string_equal(xml_text(c, "date_added"), "1");
	assert_null(c->next);
	free(inner);

	c = sb_one(sb, "<methodName>coupon.getDetails</methodName>" SB_BANK
	    "<coupon_code>nope</coupon_code>");
	assert_null(xml_child(c, "error"));
	assert_null(xml_child(xml_child(c, "responseData"), "item"));

	c = sb_one(sb, "<methodName>coupon.getDetails</methodName>" SB_BANK
	    "<redeemed>0</redeemed>");
	assert_string_equal(xml_text(c, "responseText"),
	    "4 coupons retrieved");
	c = sb_one(sb, "<methodName>coupon.getDetails</methodName>" SB_BANK
	    "<date_added_end>2001-01-01</date_added_end>");
	assert_string_equal(xml_text(c, "responseText"),
	    "0 coupons retrieved");
	assert_int_equal(sb_code(sb, "<methodName>coupon.getDetails"
	    "</methodName><bank_id>9</bank_id>"), 667);
	assert_int_equal(sb_code(sb, "<methodName>coupon.getDetails"
	    "</methodName>" SB_BANK "<date_added_start>x"
	    "</date_added_start>"), 674);
}

static void
test_add(void **state)
{
	struct sb *sb = *state;
	const struct xml_node *item;

	item = sb_one(sb, "<methodName>coupon.addCoupons</methodName>" SB_BANK
	    "<coupon_codes>B1\r\nA1\nB2\n"
	    "12345678901234567890123456789012345678901\n"
	    "1234567890123456789012345678901234567890</coupon_codes>");
	assert_string_equal(xml_text(item, "responseCode"), "666");
	assert_string_equal(xml_text(item, "inserted"), "3");
	assert_string_equal(xml_text(item, "duplicates"), "1");
	assert_string_equal(xml_text(item, "failed"), "1");
	assert_string_equal(xml_text(item, "total"), "5");
	assert_int_equal(sb_code(sb, "<methodName>coupon.addCoupons"
	    "</methodName>" SB_BANK "<coupon_codes>A1</coupon_codes>"), 668);
	item = sb_one(sb, "<methodName>coupon.addCoupons</methodName>"
	    SB_BANK);
	assert_string_equal(xml_text(xml_child(item, "responseData"),
	    "missing_vars"), "coupon_codes");
}

/* The bare document is taken, a form without it and broken XML are not. */
static void
test_bodies(void **state)
{
	static const char bare[] = "\n<api><authentication><api_key>K"
	    "</api_key><shared_secret>S</shared_secret></authentication>"
	    "<data><methodCall><methodName>coupon.listBanks</methodName>"
	    "</methodCall></data></api>";
	static const char *const broken[] = {
		"data=%3Capi%3E", "x=1&data=", "a=b", "", "<api>",
		"data=%3Cother%2F%3E",
	};
	struct sb *sb = *state;
	size_t i;

	assert_int_equal(sb_http(sb, "POST", "/api/xmlrpc/index.php", NULL,
	    bare, sizeof(bare) - 1), 200);
	assert_non_null(strstr(sb->body.data, "Autumn &amp; Co"));
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		assert_int_equal(sb_http(sb, "POST", "/api/xmlrpc/index.php",
		    NULL, broken[i], strlen(broken[i])), 200);
		assert_non_null(strstr(sb->body.data, "<error>1</error>"));
	}
	assert_int_equal(sb_post(sb, "K", "0", ""), 200);
	assert_non_null(strstr(sb->body.data, "methodCall</missing_vars>"));
	assert_int_equal(sb_http(sb, "GET", "/api/xmlrpc/index.php", NULL,
	    NULL, 0), 405);
	assert_int_equal(sb_http(sb, "GET", "/sandbox/bank/601", NULL, NULL,
	    0), 404);
	assert_int_equal(sb_http(sb, "GET", "/elsewhere", NULL, NULL, 0),
	    404);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)	cmocka_unit_test_setup_teardown(f, sb_setup_started, \
			    sb_teardown)
		T(test_refusals), T(test_missing), T(test_wrong_key),
		T(test_unknown_method), T(test_no_halt), T(test_inline),
		T(test_list_banks), T(test_details), T(test_add),
		T(test_bodies),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
