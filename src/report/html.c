/*
 * The result of checks as one HTML page: nothing is fetched, no script runs,
 * and it reads as well on paper.  All that comes from the file goes through
 * html_text.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/err.h"
#include "../base/str.h"
#include "../config/settings.h"
#include "../coupon/check.h"
#include "advice.h"
#include "check.h"
#include "html.h"

#define PLACES_MOST	200	/* of one rule; a page has to be read */
#define VALUE_SHOWN	64	/* bytes of a cell */
#define ADVICE_BYTES	2048	/* of one line of advice */

static const char style[] =
    ":root{--ink:#1c2430;--soft:#5b6675;--line:#d9dee5;--back:#fff;"
    "--tile:#f5f7fa;--bad:#b3261e;--warn:#a86500;--good:#1f7a4d;"
    "--bar:#2f6db5}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#e6eaf0;"
    "--soft:#9aa6b5;--line:#3a4351;--back:#161b22;--tile:#1f2630;"
    "--bad:#ff8a80;--warn:#f0b45a;--good:#6fd3a0;--bar:#7fb2ee}}\n"
    "*{box-sizing:border-box}\n"
    "body{font:15px/1.5 system-ui,'DejaVu Sans',sans-serif;"
    "color:var(--ink);background:var(--back);max-width:60rem;"
    "margin:2rem auto;padding:0 1.2rem}\n"
    "h1{font-size:1.5rem;margin:0 0 .2rem}\n"
    "h2{font-size:1.25rem;margin:2.2rem 0 .2rem;overflow-wrap:anywhere}\n"
    "h3{font-size:1rem;margin:1.8rem 0 .2rem}\n"
    "p{margin:.3rem 0}.soft{color:var(--soft)}\n"
    ".tiles{display:flex;flex-wrap:wrap;gap:.7rem;margin:1rem 0}\n"
    ".tile{background:var(--tile);border:1px solid var(--line);"
    "border-radius:6px;padding:.5rem .9rem;min-width:8rem}\n"
    ".tile b{display:block;font-size:1.45rem;line-height:1.2}\n"
    ".bad{color:var(--bad)}.warn{color:var(--warn)}"
    ".good{color:var(--good)}\n"
    ".verdict{border-left:4px solid;padding:.3rem .8rem;margin:1rem 0;"
    "font-weight:600}\n"
    ".mark{font-size:.75rem;font-weight:600;border:1px solid;"
    "border-radius:4px;padding:0 .35rem;margin-left:.4rem}\n"
    "figure{margin:1.4rem 0}figcaption{font-weight:600}\n"
    "svg{width:100%;height:auto;display:block;margin-top:.4rem;"
    "overflow:visible}\n"
    "svg text{fill:var(--ink);font:12px system-ui,'DejaVu Sans',"
    "sans-serif}\n"
    "svg .dim{fill:var(--soft)}svg .rule{stroke:var(--line)}\n"
    "svg .err{fill:var(--bad)}svg .wrn{fill:var(--warn)}"
    "svg .bar{fill:var(--bar)}\n"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0;"
    "font-size:.88rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.22rem .6rem;"
    "border-bottom:1px solid var(--line);overflow-wrap:anywhere}\n"
    "th{color:var(--soft);font-weight:600;white-space:nowrap}\n"
    "td.n,th.n{text-align:right;white-space:nowrap;overflow-wrap:normal}\n"
    "code,pre{font-family:ui-monospace,'DejaVu Sans Mono',monospace;"
    "white-space:pre-wrap;unicode-bidi:isolate}\n"
    "td code{background:var(--tile);padding:.05rem 0}"
    /* A code that is broken cannot be read out or searched for. */
    "td.v code{white-space:pre;overflow-wrap:normal}"
    "td mark{background:var(--bad);color:var(--back)}"
    "h2,td.path{unicode-bidi:isolate}\n"
    "pre{background:var(--tile);border:1px solid var(--line);"
    "border-radius:6px;padding:.6rem .9rem;margin:.4rem 0;"
    "font-size:.85rem;overflow-wrap:anywhere}\n"
    "a{color:var(--bar)}\n"
    "footer{margin-top:2.5rem;border-top:1px solid var(--line);"
    "padding-top:.6rem;color:var(--soft);font-size:.85rem}\n"
    "@media screen and (max-width:40rem){.places thead,"
    ".places td.n.byte,.places td.n.row{display:none}"
    ".places tr{display:block;border-bottom:1px solid var(--line)}"
    ".places td{display:block;border:0;text-align:left;"
    "padding:.1rem 0}.places td.v{overflow-x:auto;font-size:.8rem}"
    "svg text{font-size:19px}svg .odd{display:none}"
    ".tile{min-width:6rem;padding:.4rem .6rem}}\n"
    "@media print{body{margin:0;max-width:none;font-size:10.5pt}"
    "tr,figure,.tiles,pre{break-inside:avoid}"
    "h2,h3,h3~p{break-after:avoid}a{color:inherit}"
    "thead{display:table-header-group}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}\n";

/* n foreign bytes at p as HTML text, cut at max bytes. */
static void
html_text(FILE *f, const char *p, size_t n, size_t max)
{
	struct err ignored;
	struct buf b;
	size_t i;

	err_clear(&ignored);
	buf_init(&b, 8 * max + 64);
	if (buf_escape(&b, p, n, max, &ignored) == -1)
		buf_clear(&b);
	for (i = 0; i < b.len; i++) {
		switch (b.data[i]) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			putc(b.data[i], f);
			break;
		}
	}
	buf_release(&b);
}

static void
html_string(FILE *f, const char *s)
{
	html_text(f, s, strlen(s), 4096);
}

static void
html_path(FILE *f, const char *path)
{
	html_string(f, strcmp(path, "-") == 0 ? "standard input" : path);
}

void
html_head(FILE *f, size_t files, int64_t now_ms)
{
	char now[21];

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\""
	    "default-src 'none'; style-src 'unsafe-inline'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<title>Check of redeemed coupons</title>\n<style>\n", f);
	fputs(style, f);
	fprintf(f, "</style>\n</head>\n<body>\n"
	    "<h1>Check of redeemed coupons</h1>\n"
	    "<p class=\"soft\">Made by coupondrop %s at %s. Nothing has left "
	    "this machine.</p>\n", PACKAGE_VERSION,
	    clock_iso(now_ms, now));
	if (files > 1)
		fprintf(f, "<p><a href=\"#all\">All %zu files at a glance"
		    "</a></p>\n", files);
}

static void
html_tile(FILE *f, uint64_t n, const char *class, const char *what)
{
	char number[32];

	fprintf(f, "<div class=\"tile\"><b class=\"%s\">%s</b>%s</div>\n",
	    n > 0 ? class : "", str_group(n, number), what);
}

/* Where each row went, as a sum that a person can check. */
static void
html_tally(FILE *f, const struct check_result *r)
{
	char rows[64], n[3][32];

	if (r->rows == 0)
		return;
	fprintf(f, "<p class=\"tally\">%s = %s good + %s repeated + %s broken",
	    str_count(r->rows, "row", rows), str_group(r->valid, n[0]),
	    str_group(r->duplicates, n[1]), str_group(r->invalid, n[2]));
	if (r->skipped > 0)
		fprintf(f, "; of the good ones %s not redeemed",
		    str_group(r->skipped, n[0]));
	if (r->left_out > 0)
		fprintf(f, "; %s above the header left out",
		    str_count(r->left_out, "line", rows));
	fputs("</p>\n", f);
}

static void
html_numbers(FILE *f, size_t no, const char *path,
    const struct check_result *r, const struct set_job *job)
{
	char dialect[160], bytes[64];

	fprintf(f, "<section id=\"f%zu\">\n<h2>", no);
	html_path(f, path);
	fputs("</h2>\n<p class=\"soft\">", f);
	html_string(f, text_dialect(r, job, dialect, sizeof(dialect)));
	fprintf(f, "; %s</p>\n<div class=\"tiles\">\n",
	    str_count(r->bytes, "byte", bytes));
	html_tile(f, r->rows, "", r->rows == 1 ? "row" : "rows");
	html_tile(f, r->valid, "good", "good");
	if (r->duplicates > 0)
		html_tile(f, r->duplicates, "warn", "repeated, sent once");
	if (r->skipped > 0)
		html_tile(f, r->skipped, "", "of the good ones not redeemed");
	html_tile(f, r->invalid, "bad", "broken");
	if (r->left_out > 0)
		html_tile(f, r->left_out, "warn", "above the header, left "
		    "out");
	fputs("</div>\n", f);
	html_tally(f, r);
}

static void
html_verdict(FILE *f, const struct check_result *r)
{
	char n[32];

	if (r->fatal)
		fputs("<p class=\"verdict bad\">The file cannot be used as "
		    "it is.", f);
	else if (r->systematic)
		fputs("<p class=\"verdict bad\">More than 1 % of the codes "
		    "look damaged by a spreadsheet: the export is to be "
		    "repeated.", f);
	else if (r->errors > 0)
		fprintf(f, "<p class=\"verdict bad\">%s row%s broken.",
		    str_group(r->invalid, n), r->invalid == 1 ? " is" :
		    "s are");
	else if (r->warnings > 0)
		fputs("<p class=\"verdict warn\">No row is broken; there are "
		    "things to look at.", f);
	else
		fputs("<p class=\"verdict good\">All is well.", f);
	fputs("</p>\n", f);
}

/* Whether what is wrong with a cell are some of its characters. */
static bool
marks_characters(enum rule rule)
{
	return rule == RULE_CODE_CHARSET || rule == RULE_CODE_SPACE ||
	    rule == RULE_CODE_LOOKALIKE || rule == RULE_CONTROL_CHAR ||
	    rule == RULE_ENCODING;
}

/*
 * A cell, with the characters marked that no code has: what is not visible
 * ASCII, and what is not among those that the job allows.
 */
static void
html_value(FILE *f, const struct finding *x, const char *alphabet)
{
	const char *p = x->value, *end = p + x->value_len, *from;
	bool marks = marks_characters(x->rule), odd;
	uint32_t cp;
	size_t n;

	if (x->value_len > VALUE_SHOWN)
		end = p + VALUE_SHOWN;
	/* Not in the middle of a character. */
	while (x->value_len > VALUE_SHOWN && end > p && (*end & 0xc0) == 0x80)
		end--;
	for (from = p; p < end; p += n) {
		n = utf8_next((const unsigned char *)p, (size_t)(end - p),
		    &cp);
		odd = n == 0 || cp <= ' ' || cp > '~' || (alphabet != NULL &&
		    x->rule == RULE_CODE_CHARSET && memmem(alphabet,
		    strlen(alphabet), p, n) == NULL);
		n = n == 0 ? 1 : n;
		if (!marks || !odd)
			continue;
		html_text(f, from, (size_t)(p - from), VALUE_SHOWN);
		fputs("<mark>", f);
		html_text(f, p, n, VALUE_SHOWN);
		fputs("</mark>", f);
		from = p + n;
	}
	html_text(f, from, (size_t)(end - from), VALUE_SHOWN);
	if (x->value_len > VALUE_SHOWN)
		fputs("...", f);
}

static void
html_finding(FILE *f, const struct finding *x, const struct set_job *job)
{
	fprintf(f, "<tr><td class=\"n\">%llu:%llu</td><td class=\"n row\">",
	    (unsigned long long)x->place.line,
	    (unsigned long long)x->place.column);
	if (x->place.record > 0)
		fprintf(f, "%llu", (unsigned long long)x->place.record);
	fprintf(f, "</td><td class=\"n byte\">%llu</td><td class=\"v\">"
	    "<code>", (unsigned long long)x->place.byte);
	if (x->value != NULL)
		html_value(f, x, job != NULL ? job->check.alphabet : NULL);
	fputs("</code></td><td class=\"what\">", f);
	html_string(f, x->message);
	if (x->fix != NULL) {
		fputs(" (<code>", f);
		html_text(f, x->fix, strlen(x->fix), VALUE_SHOWN);
		fputs("</code> would do)", f);
	}
	if (x->has_first)
		fprintf(f, "; first at %llu:%llu",
		    (unsigned long long)x->first.line,
		    (unsigned long long)x->first.column);
	if (x->first_file != NULL) {
		fputs(" of ", f);
		html_string(f, x->first_file);
	}
	fputs("</td></tr>\n", f);
}

static void
html_rule(FILE *f, const struct check_result *r, enum rule rule,
    const struct set_job *job)
{
	const struct rule_info *info = rule_info(rule);
	bool bad = text_is_error(r, rule);
	uint64_t shown = 0;
	char n[32];
	size_t i;

	fprintf(f, "<h3>%s <span class=\"mark %s\">%s</span> "
	    "<span class=\"soft\">%s</span></h3>\n<p>%s</p>\n"
	    "<p><b>What to do:</b> %s</p>\n", info->id, bad ? "bad" : "warn",
	    bad ? "error" : "warning", str_group(r->by_rule[rule], n),
	    info->meaning, info->advice);
	fputs("<table class=\"places\">\n<thead><tr><th class=\"n\">"
	    "line:column</th>"
	    "<th class=\"n row\">row</th><th class=\"n byte\">byte</th>"
	    "<th>value</th>"
	    "<th>problem</th></tr></thead>\n<tbody>\n", f);
	for (i = 0; i < r->nfindings && shown < PLACES_MOST; i++) {
		if (r->findings[i].rule != rule)
			continue;
		html_finding(f, &r->findings[i], job);
		shown++;
	}
	fputs("</tbody></table>\n", f);
	if (shown < r->by_rule[rule])
		fprintf(f, "<p class=\"soft\">%s more are not on this page: "
		    "<code>--report FILE.csv</code> lists them.</p>\n",
		    str_group(r->by_rule[rule] - shown, n));
}

/* What a person would see in a terminal, line by line. */
static void
html_advice(FILE *f, const struct text_opts *o, const char *path)
{
	char *text = NULL, *line, *rest;
	size_t n;
	FILE *to;

	to = open_memstream(&text, &n);
	if (to == NULL)
		return;
	advice_text(to, o->advice, o->call, path);
	fclose(to);
	fputs("<pre>", f);
	for (rest = text; (line = strsep(&rest, "\n")) != NULL;) {
		/* The first line is empty. */
		if (line == text || rest == NULL)
			continue;
		html_text(f, line, strlen(line), ADVICE_BYTES);
		putc('\n', f);
	}
	fputs("</pre>\n", f);
	free(text);
}

void
html_file(FILE *f, size_t no, const char *path, const struct check_result *r,
    const struct text_opts *o)
{
	enum rule order[RULE__MAX];
	size_t i, n;

	html_numbers(f, no, path, r, o->job);
	html_verdict(f, r);
	if (o->advice != NULL)
		html_advice(f, o, path);
	n = text_order(r, order);
	if (n > 0) {
		fputs("<figure><figcaption>Problems by rule</figcaption>\n",
		    f);
		html_rules(f, r);
		fputs("</figure>\n", f);
	}
	if (r->ndays > 0) {
		fputs("<figure><figcaption>Good rows by redemption date"
		    "</figcaption>\n", f);
		html_days(f, r);
		fputs("</figure>\n", f);
	}
	for (i = 0; i < n; i++)
		html_rule(f, r, order[i], o->job);
	fputs("</section>\n", f);
}

void
html_fail(FILE *f, size_t no, const char *path, const struct err *why)
{
	fprintf(f, "<section id=\"f%zu\">\n<h2>", no);
	html_path(f, path);
	fputs("</h2>\n<p class=\"verdict bad\">This file could not be "
	    "checked: ", f);
	html_string(f, why->msg);
	fputs(".</p>\n</section>\n", f);
}

static void
html_line(FILE *f, size_t no, const struct html_line *l)
{
	static const char *const words[] = {
		[HTML_GOOD] = "good", [HTML_WARN] = "to look at",
		[HTML_BAD] = "broken rows", [HTML_FATAL] = "cannot be used",
		[HTML_UNREAD] = "could not be checked",
	};
	static const char *const classes[] = {
		[HTML_GOOD] = "good", [HTML_WARN] = "warn",
		[HTML_BAD] = "bad", [HTML_FATAL] = "bad",
		[HTML_UNREAD] = "bad",
	};
	char a[32], b[32], c[32];

	fprintf(f, "<tr><td class=\"path\"><a href=\"#f%zu\">", no);
	html_path(f, l->path);
	fprintf(f, "</a></td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
	    "<td class=\"n\">%s</td><td class=\"%s\">%s</td></tr>\n",
	    str_group(l->rows, a), str_group(l->valid, b),
	    str_group(l->invalid, c), classes[l->verdict],
	    words[l->verdict]);
}

void
html_lines(FILE *f, const struct html_line *lines, size_t n)
{
	size_t i;

	if (n < 2)
		return;
	fputs("<section id=\"all\">\n<h2>All files</h2>\n<table>\n<thead>"
	    "<tr><th>file</th><th class=\"n\">rows</th><th class=\"n\">good"
	    "</th><th class=\"n\">broken</th><th></th></tr></thead>\n"
	    "<tbody>\n", f);
	for (i = 0; i < n; i++)
		html_line(f, i + 1, &lines[i]);
	fputs("</tbody></table>\n</section>\n", f);
}

void
html_end(FILE *f)
{
	fputs("<footer>Lines, columns and rows count from 1, bytes from 0; "
	    "columns and bytes count the bytes of the unpacked file. A row "
	    "with a warning only is good.</footer>\n</body>\n</html>\n", f);
}
