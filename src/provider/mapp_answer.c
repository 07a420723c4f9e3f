/*
 * Answers of Mapp Empower, from bytes to items and records.
 *
 * One <item> under the root answers one call; below that nothing can be
 * relied on (platforms.md "The answer"): values are padded, lists nest in
 * several ways, codes and counters sit in the item or in its responseData,
 * numbers of calls may be absent.  Names are compared without regard to case,
 * elements that are not known are passed over.
 */
#include "mapp_answer.h"

#include "../base/buf.h"
#include "../base/limits.h"
#include "mapp.h"

#define CODE_MAX	999999	/* documented codes have 3 digits */

struct below {
	const struct xml_node	*top;
	const char		*name;
	const struct xml_node	*found;
};

struct each {
	const char	*key;
	int		(*f)(void *, const struct mapp_record *);
	void		*arg;
};

static bool
has_text(const struct xml_node *n)
{
	return n != NULL && n->text[0] != '\0';
}

static int
below_visit(const struct xml_node *n, void *arg)
{
	struct below *b = arg;

	if (n == b->top || !has_text(n) || !str_ieq(n->name, b->name))
		return 0;
	b->found = n;
	return 1;
}

const struct xml_node *
mapp_below(const struct xml_node *top, const char *name)
{
	struct below b = { top, name, NULL };

	if (top != NULL)
		(void)xml_walk(top, below_visit, &b);
	return b.found;
}

const struct xml_node *
mapp_field(const struct mapp_item *it, const char *name)
{
	const struct xml_node *data, *found;

	found = xml_child(it->node, name);
	if (found != NULL)
		return found;
	data = xml_child(it->node, "responseData");
	found = xml_child(data, name);
	return found != NULL ? found :
	    xml_child(xml_child(data, "item"), name);
}

const struct xml_node *
mapp_missing(const struct mapp_item *it)
{
	const struct xml_node *vars = mapp_field(it, "missing_vars");

	return vars != NULL ? vars : mapp_below(it->node, "missing_vars");
}

static int64_t
number_of(const struct xml_node *n, uint64_t max)
{
	uint64_t v;

	if (n == NULL || str_u64(n->text, strlen(n->text), max, &v) == -1)
		return -1;
	return (int64_t)v;
}

int64_t
mapp_counter(const struct mapp_item *it, const char *name)
{
	return number_of(mapp_field(it, name), MAPP_COUNT_MAX);
}

struct words {
	struct buf	*out;
	struct err	*e;
};

static int
words_visit(const struct xml_node *n, void *arg)
{
	struct words *w = arg;

	if (!has_text(n))
		return 0;
	if (w->out->len > 0 && buf_adds(w->out, "; ", w->e) == -1)
		return -1;
	return buf_adds(w->out, n->text, w->e);
}

int
mapp_words(const struct xml_node *n, struct buf *b, struct err *e)
{
	struct words w = { b, e };

	return n == NULL ? 0 : xml_walk(n, words_visit, &w);
}

int
mapp_item_text(const struct mapp_item *it, char **out, struct err *e)
{
	struct buf b;
	int rc;

	*out = NULL;
	buf_init(&b, LIM_XML_BYTES);
	rc = mapp_words(mapp_field(it, "responseText"), &b, e);
	if (rc == 0 && b.len > 0) {
		*out = buf_take(&b, NULL);
		if (*out == NULL)
			rc = err_nomem(e);
	}
	buf_release(&b);
	return rc;
}

static size_t
count_children(const struct xml_node *parent, const char *name)
{
	const struct xml_node *n;
	size_t count = 0;

	for (n = parent->child; n != NULL; n = n->next)
		count += has_text(n) && str_ieq(n->name, name);
	return count;
}

static int
each_visit(const struct xml_node *parent, void *arg)
{
	const struct each *each = arg;
	struct mapp_record r = { parent, NULL, false };
	size_t count;
	int rc;

	count = count_children(parent, each->key);
	r.alone = count == 1;
	for (r.key = parent->child; count > 0 && r.key != NULL;
	    r.key = r.key->next) {
		if (!has_text(r.key) || !str_ieq(r.key->name, each->key))
			continue;
		rc = each->f(each->arg, &r);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int
mapp_records(const struct xml_node *root, const char *key,
    int (*f)(void *, const struct mapp_record *), void *arg)
{
	struct each each = { key, f, arg };

	return xml_walk(root, each_visit, &each);
}

const char *
mapp_record_text(const struct mapp_record *r, const char *name)
{
	const struct xml_node *n;

	if (r->alone)
		return xml_text(r->parent, name);
	/* Several in a row without a wrapper: up to the next one. */
	for (n = r->key->next; n != NULL; n = n->next) {
		if (str_ieq(n->name, r->key->name))
			break;
		if (str_ieq(n->name, name))
			return n->text;
	}
	return NULL;
}

static bool
is_error(const struct xml_node *item)
{
	const char *flag = xml_text(item, "error");

	return flag != NULL && flag[0] != '\0' && strcmp(flag, "0") != 0;
}

static int
item_fill(struct mapp_item *it, const struct xml_node *node, struct err *e)
{
	const struct xml_node *code;
	const char *text;
	struct buf words;
	int64_t num;
	int rc;

	it->node = node;
	num = number_of(xml_child(node, "responseNum"), CODE_MAX);
	it->num = num > 0 ? (uint64_t)num : 0;
	code = mapp_field(it, "responseCode");
	it->code = has_text(code) ? (long)number_of(code, CODE_MAX) : 0;
	it->error = is_error(node);
	buf_init(&words, LIM_XML_BYTES);
	rc = mapp_words(mapp_field(it, "responseText"), &words, e);
	text = words.data;
	/* The page of general errors shows this one without a code. */
	if (it->error && words.len == 0 && mapp_missing(it) != NULL)
		text = "Missing variables";
	it->row = mapp_judge(it->code, it->error, text);
	buf_release(&words);
	return rc;
}

static int
items_fill(struct mapp_answer *a, struct err *e)
{
	const struct xml_node *n;
	size_t count = 0;

	for (n = a->root->child; n != NULL; n = n->next)
		count += str_ieq(n->name, "item");
	if (count == 0)
		return err_set(e, ERR_PROTOCOL, "no call is answered in it");
	a->items = calloc(count, sizeof(*a->items));
	if (a->items == NULL)
		return err_nomem(e);
	for (n = a->root->child; n != NULL; n = n->next) {
		if (!str_ieq(n->name, "item"))
			continue;
		if (item_fill(&a->items[a->nitems], n, e) == -1)
			return -1;
		a->nitems++;
	}
	return 0;
}

/*
 * Answers echo the method in lower case; a refusal may name none
 * (platforms.md "General errors").
 */
static int
check_method(const struct mapp_answer *a, const char *method, struct err *e)
{
	const char *name;
	size_t i;

	for (i = 0; i < a->nitems; i++) {
		name = xml_text(a->items[i].node, "methodName");
		if (name == NULL || name[0] == '\0' || str_ieq(name, method) ||
		    mapp_refuses(&a->items[i]))
			continue;
		return err_set(e, ERR_PROTOCOL, "it answers the call %.64s",
		    name);
	}
	return 0;
}

/* What came instead: the first bytes tell a portal from a cut-off answer. */
static void
wrap_beginning(const char *method, const char *p, size_t n, struct err *e)
{
	struct err ignored;
	struct buf b;

	err_clear(&ignored);
	buf_init(&b, 1024);
	if (n > 0 && buf_escape(&b, p, n, 60, &ignored) == 0)
		err_wrap(e, "the answer of " MAPP_TITLE " to %s, which begins "
		    "with \"%s\", makes no sense", method, b.data);
	else
		err_wrap(e, "the answer of " MAPP_TITLE " to %s makes no "
		    "sense", method);
	buf_release(&b);
}

int
mapp_answer_parse(struct mapp_answer *a, const char *method, const char *p,
    size_t n, struct err *e)
{
	memset(a, 0, sizeof(*a));
	if (n == 0) {
		err_set(e, ERR_PROTOCOL, "it is empty");
		goto fail;
	}
	a->root = xml_parse(p, n, e);
	if (a->root == NULL)
		goto fail;
	if (!str_ieq(a->root->name, "methodResponse")) {
		err_set(e, ERR_PROTOCOL, "it is a document of type %.64s",
		    a->root->name);
		goto fail;
	}
	if (items_fill(a, e) == -1 || check_method(a, method, e) == -1)
		goto fail;
	return 0;
fail:
	if (e->code != ERR_NOMEM)
		wrap_beginning(method, p, n, e);
	return -1;
}

void
mapp_answer_release(struct mapp_answer *a)
{
	xml_free(a->root);
	free(a->items);
	memset(a, 0, sizeof(*a));
}

/* Whether the numbers of the items are those of calls, each at most once. */
static bool
numbers_fit(const struct mapp_answer *a, size_t ncalls, size_t *slot)
{
	size_t i, num;

	for (i = 0; i < a->nitems; i++) {
		num = (size_t)a->items[i].num;
		if (num == 0 || num > ncalls || slot[num - 1] != SIZE_MAX)
			return false;
		slot[num - 1] = i;
	}
	return true;
}

/*
 * Whether some call is answered twice while others have numbers of their own:
 * then order says nothing.  All with the same number, or none, is a platform
 * that does not number.
 */
static bool
numbers_contradict(const struct mapp_answer *a)
{
	bool repeated = false, differ = false;
	size_t i, k;

	for (i = 1; i < a->nitems; i++) {
		differ |= a->items[i].num != a->items[0].num;
		for (k = 0; k < i && !repeated; k++)
			repeated = a->items[i].num != 0 &&
			    a->items[i].num == a->items[k].num;
	}
	return repeated && differ;
}

/* Only the calls that exactly one item names. */
static void
numbers_once(const struct mapp_answer *a, size_t ncalls, size_t *slot)
{
	size_t i, k, num;

	for (i = 0; i < a->nitems; i++) {
		num = (size_t)a->items[i].num;
		if (num == 0 || num > ncalls)
			continue;
		for (k = 0; k < a->nitems; k++)
			if (k != i && a->items[k].num == a->items[i].num)
				break;
		if (k == a->nitems)
			slot[num - 1] = i;
	}
}

bool
mapp_correlate(const struct mapp_answer *a, size_t ncalls, size_t *slot)
{
	bool ordered, contradict = numbers_contradict(a);
	size_t i;

	for (i = 0; i < ncalls; i++)
		slot[i] = SIZE_MAX;
	if (!contradict && numbers_fit(a, ncalls, slot))
		return true;
	ordered = a->nitems == ncalls && !contradict;
	for (i = 0; i < ncalls; i++)
		slot[i] = ordered ? i : SIZE_MAX;
	if (contradict)
		numbers_once(a, ncalls, slot);
	return ordered;
}
