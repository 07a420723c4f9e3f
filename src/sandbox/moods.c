#include "moods.h"


#define XXH_INLINE_ALL
#include <xxhash.h>

void
moods_init(struct moods *m, uint64_t seed)
{
	static const unsigned lose[] = { 0, 0, 3, 20, 60, 100 };
	static const unsigned blur[] = { 0, 0, 0, 10, 40 };
	static const unsigned fail[] = { 0, 0, 0, 30 };
	uint64_t h = XXH3_64bits_withSeed("moods", 5, seed);

	*m = (struct moods){ .seed = seed };
	if (seed == 0)
		return;
	m->lose = lose[h % 6];
	m->blur = blur[h / 6 % 5];
	m->count = (enum mood_count)(h / 30 % 5);
	m->fail = fail[h / 150 % 4];
}

static unsigned
of_100(const struct moods *m, const char *text, uint64_t what)
{
	return (unsigned)(XXH3_64bits_withSeed(text, strlen(text),
	    m->seed * 3 + what) % 100);
}

bool
moods_lose(const struct moods *m, const char *code)
{
	return m->lose > 0 && of_100(m, code, 0) < m->lose;
}

bool
moods_fail(const struct moods *m, const char *day)
{
	return m->fail > 0 && of_100(m, day, 2) < m->fail;
}

enum mood_look
moods_look(const struct moods *m, const char *code)
{
	unsigned n = of_100(m, code, 1);

	if (n >= m->blur)
		return LOOK_TRUE;
	return (enum mood_look)(1 + n % (LOOK__MAX - 1));
}

bool
moods_count(const struct moods *m, struct apply_counts *c)
{
	uint64_t updated = c->updated;

	switch (m->count) {
	case COUNT_NONE:
		return false;
	case COUNT_ALL:
		c->updated = c->total;
		c->failed = 0;
		break;
	case COUNT_SWAPPED:
		c->updated = c->failed;
		c->failed = updated;
		break;
	case COUNT_ODD:
		c->updated += c->total;
		break;
	default:
		break;
	}
	return true;
}
