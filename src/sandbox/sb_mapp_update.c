/*
 * coupon.updateDetails.
 *
 * What is hard: thirteen ways to refuse, and the vendor does not say which
 * one wins.  The order kept here is 428 667 685 683 646 647 648 649 644 477
 * 654 682; a wrong word in `compression` is seen before the file is fetched,
 * a word that does not fit the bytes after it.
 */
#include "sb_mapp.h"

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../base/clock.h"
#include "../base/err.h"
#include "../base/id.h"
#include "../base/log.h"
#include "../base/str.h"
#include "../base/tmpfile.h"
#include "../format/xml.h"
#include "banks.h"
#include "sandbox_internal.h"
#include "tasks.h"

#define CODES_MAX	(16u << 20)	/* bytes; a whole POST is not more */

/* One call, what it asks for, and the code it is answered with. */
struct update {
	struct sandbox		*s;
	const struct sb_mapp_call *call;
	long			 code;
	int64_t			 bank;
	struct bank_update	 update;
	struct pull_source	 src;
	enum unpack_kind	 kind;		/* as the call says */
	struct buf		 codes;		/* NUL-terminated, in a row */
	size_t			 ncodes;
	bool			 bad_date, bad_word;
};

static int
codes_split(struct update *u, const char *text, struct err *e)
{
	size_t n, trimmed;

	while (*text != '\0') {
		text += strspn(text, " \t\r\n");
		n = trimmed = strcspn(text, "\r\n");
		while (trimmed > 0 &&
		    isspace((unsigned char)text[trimmed - 1]))
			trimmed--;
		if (trimmed > 0) {
			if (buf_add(&u->codes, text, trimmed, e) == -1 ||
			    buf_add(&u->codes, "", 1, e) == -1)
				return -1;
			u->ncodes++;
		}
		text += n;
	}
	return 0;
}

/*
 * One element, several elements, or several lines in one: all three readings
 * of the vendor's example are taken.
 */
static int
read_codes(struct update *u, struct err *e)
{
	const struct xml_node *x;

	for (x = u->call->node->child; x != NULL; x = x->next)
		if ((str_ieq(x->name, "coupon_code") ||
		    str_ieq(x->name, "coupon_codes")) &&
		    codes_split(u, x->text, e) == -1)
			return -1;
	return 0;
}

static void
read_values(struct update *u)
{
	const struct sb_mapp_call *call = u->call;
	const char *text;
	struct date d;

	u->update.redeemed = -1;
	text = sb_mapp_argument(call, "redeemed");
	if (text != NULL && (strcmp(text, "0") == 0 ||
	    strcmp(text, "1") == 0))
		u->update.redeemed = text[0] - '0';
	else if (text != NULL)
		log_say(u->s->log, LOG_WARN, "redeemed is neither 0 nor 1,"
		    " ignored", LFF("value", text));
	text = sb_mapp_argument(call, "redeem_date");
	if (text == NULL) {
		text = sb_mapp_argument(call, "redeemed_date");
		if (text != NULL)
			log_say(u->s->log, LOG_WARN, "redeemed_date taken for"
			    " redeem_date", LFF("value", text));
	}
	if (text == NULL)
		return;
	if (date_parse(text, strlen(text), &d) == DATE_OK)
		date_format(&d, u->update.date);
	else
		u->bad_date = true;
}

static bool
is_one(const struct sb_mapp_call *call, const char *name)
{
	const char *text;

	text = sb_mapp_argument(call, name);
	return text != NULL && strcmp(text, "1") == 0;
}

static void
read_source(struct update *u)
{
	const struct sb_mapp_call *call = u->call;
	const char *word;

	u->src.data_url = sb_mapp_argument(call, "data_url");
	u->src.server = sb_mapp_argument(call, "ftp_server");
	u->src.user = sb_mapp_argument(call, "ftp_user_name");
	u->src.password = sb_mapp_argument(call, "ftp_user_pass");
	u->src.filename = sb_mapp_argument(call, "filename");
	u->src.sftp = is_one(call, "sftp");
	u->src.ssl = is_one(call, "ftp_ssl");
	word = sb_mapp_argument(call, "compression");
	if (word == NULL)
		return;
	if (word[0] == '.')
		word++;
	if (str_ieq(word, "zip"))
		u->kind = UNPACK_ZIP;
	else if (str_ieq(word, "gzip"))
		u->kind = UNPACK_GZIP;
	else
		u->bad_word = true;
}

/*
 * By the end of the path; a query or fragment of a URL does not count.
 */
static bool
extension_ok(const struct pull_source *src)
{
	static const char *const ok[] = { ".txt", ".csv", ".zip", ".gzip" };
	const char *path;
	size_t i, n, len, k;

	path = src->data_url != NULL ? src->data_url : src->filename;
	n = src->data_url != NULL ? strcspn(path, "?#") : strlen(path);
	k = sizeof(ok) / sizeof(ok[0]);
	if (src->data_url != NULL)
		k--;
	for (i = 0; i < k; i++) {
		len = strlen(ok[i]);
		if (n > len && strncasecmp(path + n - len, ok[i], len) == 0)
			return true;
	}
	return false;
}

/*
 * The refusals that need no look at the file; 0 for none.
 */
static long
update_check(const struct update *u)
{
	const struct pull_source *src = &u->src;
	bool file;

	file = src->data_url != NULL || src->server != NULL;
	if (u->ncodes > 0 && file)
		return 685;
	if (u->ncodes == 0 && !file)
		return 683;
	if (src->data_url != NULL && src->server != NULL)
		return 646;
	if (src->server != NULL && (src->user == NULL ||
	    src->password == NULL))
		return 647;
	if (src->server != NULL && src->filename == NULL)
		return 648;
	if (file && !extension_ok(src))
		return 649;
	if (file && u->bad_word)
		return 644;
	return u->bad_date ? 477 : 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * Pointers to the codes, equal ones side by side; malloc'd.
 */
static const char **
codes_sorted(const struct update *u, struct err *e)
{
	const char **list, *p;
	size_t i;

	list = calloc(u->ncodes, sizeof(*list));
	if (list == NULL) {
		err_nomem(e);
		return NULL;
	}
	p = u->codes.data;
	for (i = 0; i < u->ncodes; i++) {
		list[i] = p;
		p += strlen(p) + 1;
	}
	qsort(list, u->ncodes, sizeof(*list), by_text);
	return list;
}

/* Set each code of the call once, in one transaction, and count. */
static int
codes_apply(const struct update *u, struct apply_counts *c, struct err *e)
{
	struct sandbox *s = u->s;
	const char **list;
	size_t i;
	int r = 0;

	list = codes_sorted(u, e);
	if (list == NULL || banks_begin(s->banks, e) == -1) {
		free(list);
		return -1;
	}
	for (i = 0; i < u->ncodes && r != -1; i++) {
		r = 0;
		if ((i == 0 || strcmp(list[i], list[i - 1]) != 0) &&
		    !moods_lose(&s->moods, list[i]))
			r = banks_set(s->banks, u->bank, list[i], &u->update,
			    e);
		if (r == 1)
			c->updated++;
	}
	free(list);
	if (banks_end(s->banks, r != -1, e) == -1)
		r = -1;
	c->total = u->ncodes;
	c->failed = c->total - c->updated;
	return r == -1 ? -1 : 0;
}

static int
update_inline(struct update *u, struct buf *b, struct err *e)
{
	const struct moods *moods = &u->s->moods;
	struct apply_counts c = { 0, 0, 0 };

	if (codes_apply(u, &c, e) == -1)
		return -1;
	u->code = c.updated > 0 || moods->count != COUNT_TRUE ? 210 : 682;
	if ((moods_count(moods, &c) ?
	    answer_counts(b, u->call, u->code, &c, e) :
	    answer_code(b, u->call, u->code, e)) == -1)
		return -1;
	return u->code == 210;
}

/*
 * Fetch the file and look at it.  0 when it is good; 644, 654 or 682; -1.
 */
static int
update_fetch(const struct update *u, struct tmpfile *t, struct err *e)
{
	struct sandbox *s = u->s;
	enum apply_verdict verdict;
	struct err why;
	int64_t start;

	err_clear(&why);
	start = clock_mono(s->clock);
	if (pull_fetch(&s->pull, &u->src, t, &why) == -1) {
		log_say(s->log, LOG_WARN, "data file not fetched",
		    LFF("why", why.msg),
		    LFMS("took", clock_mono(s->clock) - start));
		return 654;
	}
	log_say(s->log, LOG_INFO, "data file fetched",
	    LFI("bytes", (int64_t)lseek(t->fd, 0, SEEK_CUR)),
	    LFMS("took", clock_mono(s->clock) - start));
	if (lseek(t->fd, 0, SEEK_SET) == -1)
		return err_sys(e, ERR_IO, errno, "cannot read the fetched"
		    " file");
	if (apply_look(t->fd, u->kind, &verdict, e) == -1)
		return -1;
	if (verdict == APPLY_COMPRESSION)
		return 644;
	return verdict == APPLY_NO_CODES ? 682 : 0;
}

/* Fetch the file, keep it under a name of its own and make it a task. */
static int
update_file(struct update *u, struct buf *b, struct err *e)
{
	const struct fault_plan *plan = &u->call->plan;
	struct bank_task task = { .bank = u->bank, .update = u->update,
	    .word = (char *)plan->word, .word_polls = plan->word_polls,
	    .hide_polls = plan->hide_polls, .fail = (char *)plan->fail };
	struct tmpfile t;
	char name[ID_LEN + 1], path[4096];
	int r;

	if (id_new(clock_wall(u->s->clock), name, e) == -1)
		return -1;
	snprintf(path, sizeof(path), "%s/%s", u->s->pull_dir, name);
	if (tmpfile_open(&t, path, 0600, e) == -1)
		return -1;
	task.file = name;
	r = update_fetch(u, &t, e);
	if (r == 0 && (tmpfile_commit(&t, e) == -1 ||
	    tasks_add(u->s->tasks, u->s->banks, &task, e) == -1)) {
		unlink(path);
		r = -1;
	}
	tmpfile_abort(&t);
	if (r == -1)
		return -1;
	u->code = r != 0 ? r : 210;
	if (r != 0)
		return answer_code(b, u->call, r, e);
	if (answer_open(b, u->call, 210, NULL, e) == -1 ||
	    answer_int(b, "task_id", task.id, e) == -1 ||
	    answer_close(b, u->call, e) == -1)
		return -1;
	return 1;
}

int
sb_mapp_update(struct sandbox *s, const struct sb_mapp_call *call,
    struct buf *b, long *code, struct err *e)
{
	struct update u = { .s = s, .call = call, .kind = UNPACK_PLAIN };
	int r;

	buf_init(&u.codes, CODES_MAX);
	r = sb_mapp_bank(s, call, &u.bank, e);
	if (r == 0)
		r = read_codes(&u, e);
	if (r == 0) {
		read_values(&u);
		read_source(&u);
		r = (int)update_check(&u);
	}
	if (r > 0) {
		u.code = r;
		r = answer_code(b, call, r, e);
	} else if (r == 0 && u.ncodes > 0) {
		r = update_inline(&u, b, e);
	} else if (r == 0) {
		r = update_file(&u, b, e);
	}
	*code = u.code;
	buf_release(&u.codes);
	return r;
}
