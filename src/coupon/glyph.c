/*
 * Characters that are not what they seem: letters of other scripts that look
 * like ASCII, and blanks that nobody sees.
 */
#include "glyph_internal.h"

#include "../base/str.h"

/* Runs of code points and the ASCII they look like; ' ' is for none. */
static const struct {
	uint32_t	 first;
	const char	*ascii;
	const char	*script;
} looks[] = {
	{ 0x0391, "AB  EZH IK MN O P  TY X", "Greek" },
	{ 0x03bf, "o", "Greek" },
	{ 0x0405, "S", "Cyrillic" },
	{ 0x0406, "I J", "Cyrillic" },
	{ 0x0410, "A B  E 3  K MHO PCTY X", "Cyrillic" },
	{ 0x0430, "a    e        o pc y x", "Cyrillic" },
	{ 0x0455, "si j", "Cyrillic" },
	{ 0x04ae, "Y", "Cyrillic" },
	{ 0x04c0, "I", "Cyrillic" },
	{ 0x0131, "i", "Turkish" },
	{ 0x2010, "------", "typographic" },
	{ 0x2212, "-", "mathematical" },
	{ 0x2160, "I   V    X  LCDM", "Roman numeral" },
};

char
glyph_like(uint32_t cp, const char **script)
{
	size_t i;
	char c;

	if (cp >= 0xff01 && cp <= 0xff5e) {
		*script = "full-width";
		return (char)(cp - 0xff01 + '!');
	}
	for (i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		if (cp < looks[i].first ||
		    cp - looks[i].first >= strlen(looks[i].ascii))
			continue;
		c = looks[i].ascii[cp - looks[i].first];
		if (c == ' ')
			return '\0';
		*script = looks[i].script;
		return c;
	}
	return '\0';
}

const char *
glyph_name(uint32_t cp)
{
	static const struct {
		uint32_t	 cp;
		const char	*name;
	} names[] = {
		{ 0x0009, "tab" }, { 0x000a, "line break" },
		{ 0x000d, "line break" }, { 0x00a0, "no-break space" },
		{ 0x00ab, "quotation mark" }, { 0x00ad, "soft hyphen" },
		{ 0x00b4, "acute accent" }, { 0x00bb, "quotation mark" },
		{ 0x2007, "figure space" }, { 0x2009, "thin space" },
		{ 0x200b, "zero-width space" },
		{ 0x200c, "zero-width non-joiner" },
		{ 0x200d, "zero-width joiner" },
		{ 0x200e, "left-to-right mark" },
		{ 0x200f, "right-to-left mark" },
		{ 0x2010, "hyphen" }, { 0x2011, "no-break hyphen" },
		{ 0x2012, "figure dash" }, { 0x2013, "en dash" },
		{ 0x2014, "em dash" }, { 0x2015, "horizontal bar" },
		{ 0x2018, "curly quote" }, { 0x2019, "curly apostrophe" },
		{ 0x201a, "low curly quote" }, { 0x201b, "curly quote" },
		{ 0x201c, "curly double quote" },
		{ 0x201d, "curly double quote" },
		{ 0x201e, "low curly double quote" },
		{ 0x2026, "ellipsis" }, { 0x202f, "narrow no-break space" },
		{ 0x2039, "quotation mark" }, { 0x203a, "quotation mark" },
		{ 0x2060, "word joiner" }, { 0x2212, "minus sign" },
		{ 0x3000, "ideographic space" },
		{ 0xfeff, "byte order mark" },
		{ 0xfffd, "replacement character: the original is lost" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].cp == cp)
			return names[i].name;
	return NULL;
}

bool
glyph_blank(uint32_t cp)
{
	switch (cp) {
	case '\t': case '\n': case '\r': case ' ':
	case 0x00a0: case 0x1680: case 0x202f: case 0x205f: case 0x3000:
		return true;
	default:
		break;
	}
	if (cp >= 0x2000 && cp <= 0x200a)
		return true;
	/* Other control characters have a rule of their own. */
	return cp >= 0xa0 && utf8_hidden(cp);
}

bool
text_hashes(struct text t)
{
	size_t i;

	for (i = 0; i < t.len && t.p[i] == '#'; i++)
		;
	return i == t.len && i > 1;
}

bool
text_formula(struct text t, struct text *inner)
{
	static const struct {
		const char	*before, *after;
	} forms[] = { { "=\"", "\"" }, { "=T(\"", "\")" } };
	size_t i, before, after;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		before = strlen(forms[i].before);
		after = strlen(forms[i].after);
		if (t.len < before + after || strncasecmp(t.p, forms[i].before,
		    before) != 0 || memcmp(t.p + t.len - after, forms[i].after,
		    after) != 0)
			continue;
		inner->p = t.p + before;
		inner->len = t.len - before - after;
		return memchr(inner->p, '"', inner->len) == NULL;
	}
	return false;
}

struct text
text_trim(struct text t)
{
	const unsigned char *p;
	size_t len, back;
	uint32_t cp;

	while (t.len > 0) {
		p = (const unsigned char *)t.p;
		len = utf8_next(p, t.len, &cp);
		if (len == 0 || !glyph_blank(cp))
			break;
		t.p += len;
		t.len -= len;
	}
	while (t.len > 0) {
		p = (const unsigned char *)t.p;
		for (back = 1; back < 4 && back < t.len &&
		    (p[t.len - back] & 0xc0) == 0x80; back++)
			;
		len = utf8_next(p + t.len - back, back, &cp);
		if (len != back || !glyph_blank(cp))
			break;
		t.len -= back;
	}
	return t;
}
