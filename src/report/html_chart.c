/*
 * The charts of the page: plain SVG, drawn in the colours of its style.
 */
#include <stdbool.h>

#include "../base/str.h"
#include "../coupon/check.h"
#include "check.h"
#include "html.h"

#define WIDTH		720	/* of a chart, in its own units */
#define LABEL		190	/* left of the bars by rule */
#define BAR		430	/* the longest of them */
#define LINE		24
#define LEFT		56	/* of the bars by day */
#define HEIGHT		150
#define TOP		14
#define BINS_MAX	92	/* days, months or years in one chart */

void
html_rules(FILE *f, const struct check_result *r)
{
	enum rule order[RULE__MAX];
	size_t i, n = text_order(r, order);
	uint64_t most = 1;
	char number[32];
	double width;
	int y;

	for (i = 0; i < n; i++)
		if (r->by_rule[order[i]] > most)
			most = r->by_rule[order[i]];
	fprintf(f, "<svg viewBox=\"0 0 %d %zu\" role=\"img\" "
	    "aria-label=\"Number of problems of each rule\">\n", WIDTH,
	    n * LINE + 4);
	for (i = 0; i < n; i++) {
		y = (int)i * LINE + 2;
		width = (double)r->by_rule[order[i]] / (double)most * BAR;
		str_group(r->by_rule[order[i]], number);
		fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s"
		    "</text><rect class=\"%s\" x=\"%d\" y=\"%d\" "
		    "width=\"%.1f\" height=\"%d\" rx=\"2\"><title>%s %s"
		    "</title></rect><text class=\"dim\" x=\"%.1f\" y=\"%d\">"
		    "%s</text>\n", LABEL - 10, y + 15,
		    rule_info(order[i])->id, text_is_error(r, order[i]) ?
		    "err" : "wrn", LABEL, y + 3, width < 2 ? 2 : width,
		    LINE - 8, number, rule_info(order[i])->id,
		    LABEL + (width < 2 ? 2 : width) + 8, y + 15, number);
	}
	fputs("</svg>\n", f);
}

/* Bars of the second chart: each a day, a month or a year. */
struct bins {
	uint64_t	rows[BINS_MAX];
	char		name[BINS_MAX][12];
	size_t		n;
	uint64_t	most;
	uint64_t	top;		/* of the scale */
	const char	*unit;
};

enum step { STEP_DAY, STEP_MONTH, STEP_YEAR };

/* The first day of the bin after the one that starts at d. */
static struct date
bin_next(enum step step, struct date d)
{
	if (step == STEP_DAY)
		return date_add(&d, 1);
	if (step == STEP_YEAR || d.month == 12) {
		d.year++;
		d.month = 1;
	} else
		d.month++;
	d.day = 1;
	return d;
}

/* The next of 1, 2, 4, 6, 10, 20, 40 and so on: a round scale. */
static uint64_t
round_up(uint64_t n)
{
	uint64_t power = 1;

	while (power < n / 10)
		power *= 10;
	for (;; power *= 10) {
		if (n <= power)
			return power;
		if (n <= 2 * power)
			return 2 * power;
		if (n <= 4 * power)
			return 4 * power;
		if (n <= 6 * power)
			return 6 * power;
	}
}

/* Sort the days into bins; false when there would be too many. */
static bool
bins_fill(struct bins *b, const struct check_result *r, enum step step)
{
	static const char *const units[] = { "day", "month", "year" };
	static const size_t lengths[] = { 10, 7, 4 };
	struct date at = r->days[0].day, next;
	char day[11];
	size_t i = 0;

	b->n = 0;
	b->most = 1;
	b->unit = units[step];
	if (step != STEP_DAY)
		at.day = 1;
	if (step == STEP_YEAR)
		at.month = 1;
	for (; i < r->ndays && b->n < BINS_MAX; at = next) {
		next = bin_next(step, at);
		date_format(&at, day);
		snprintf(b->name[b->n], sizeof(b->name[0]), "%.*s",
		    (int)lengths[step], day);
		b->rows[b->n] = 0;
		for (; i < r->ndays && date_cmp(&r->days[i].day, &next) < 0;
		    i++)
			b->rows[b->n] += r->days[i].rows;
		if (b->rows[b->n] > b->most)
			b->most = b->rows[b->n];
		b->n++;
	}
	b->top = round_up(b->most);
	return i == r->ndays;
}

static void
bins_scale(FILE *f, const struct bins *b)
{
	char number[32];
	uint64_t n;
	int i, y;

	for (i = 0; i <= 2; i++) {
		y = TOP + HEIGHT - HEIGHT * i / 2;
		fprintf(f, "<line class=\"rule\" x1=\"%d\" x2=\"%d\" "
		    "y1=\"%d\" y2=\"%d\"/>", LEFT, WIDTH, y, y);
		if (i == 1 && b->top < 2)
			continue;
		/* Room is scarce beside a chart: 500 k rather than 500,000. */
		n = b->top * (uint64_t)i / 2;
		if (b->top >= 1000000)
			snprintf(number, sizeof(number), "%g M",
			    (double)n / 1e6);
		else if (b->top >= 10000)
			snprintf(number, sizeof(number), "%g k",
			    (double)n / 1e3);
		else
			str_group(n, number);
		fprintf(f, "<text class=\"dim\" x=\"%d\" y=\"%d\" "
		    "text-anchor=\"end\">%s</text>\n", LEFT - 8, y + 4,
		    number);
	}
}

static void
bins_draw(FILE *f, const struct bins *b)
{
	double step = (double)(WIDTH - LEFT) / (double)b->n, x, high, width;
	size_t i, every = (b->n + 7) / 8;
	char number[32];

	fprintf(f, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\""
	    "Number of good rows of each %s\">\n", WIDTH, TOP + HEIGHT + 26,
	    b->unit);
	bins_scale(f, b);
	width = step * 0.8 > 60 ? 60 : step * 0.8;
	for (i = 0; i < b->n; i++) {
		x = LEFT + step * (double)i + step / 2;
		high = (double)b->rows[i] / (double)b->top * HEIGHT;
		if (b->rows[i] > 0)
			fprintf(f, "<rect class=\"bar\" x=\"%.1f\" "
			    "y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
			    "<title>%s: %s</title></rect>", x - width / 2,
			    TOP + HEIGHT - (high < 1 ? 1 : high), width,
			    high < 1 ? 1 : high, b->name[i],
			    str_group(b->rows[i], number));
		if (i % every == 0)
			fprintf(f, "<text class=\"dim%s\" x=\"%.1f\" "
			    "y=\"%d\" text-anchor=\"middle\">%s</text>\n",
			    i / every % 2 == 1 ? " odd" : "", x,
			    TOP + HEIGHT + 18, b->name[i]);
	}
	fputs("</svg>\n", f);
}

void
html_days(FILE *f, const struct check_result *r)
{
	struct bins b;

	if (bins_fill(&b, r, STEP_DAY) || bins_fill(&b, r, STEP_MONTH) ||
	    bins_fill(&b, r, STEP_YEAR))
		bins_draw(f, &b);
	else
		fputs("<p class=\"soft\">The dates are too far apart for a "
		    "chart.</p>\n", f);
}
