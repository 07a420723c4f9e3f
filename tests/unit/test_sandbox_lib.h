/*
 * A stand-in on a free port with a bank of known codes, and hands to drive it
 * over HTTP.  Everything here fails the running test when it cannot do its
 * part.
 */
#ifndef TESTS_UNIT_TEST_SANDBOX_LIB_H
#define TESTS_UNIT_TEST_SANDBOX_LIB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/base/buf.h"
#include "../../src/base/err.h"
#include "../../src/format/pack.h"
#include "../../src/format/xml.h"
#include "../../src/net/http.h"
#include "../../src/sandbox/sandbox.h"

#define SB_BANK		"<bank_id>600</bank_id>"
#define SB_UPDATE	"<methodName>coupon.updateDetails</methodName>"
#define SB_CALL(inner)	"<methodCall>" inner "</methodCall>"

struct sb {
	char			 dir[64];
	struct sandbox		*s;
	struct http_loop	*loop;
	struct buf		 body;	/* of the last answer */
	struct http_answer	 answer;
	struct xml_node		*xml;	/* of the last answer, or NULL */
	struct err		 e;
};

/*
 * sb_start(sb, opts): start with bank 600 holding A1 to A5; dir, keys ("K",
 * "S") and short times are filled into opts.
 */
void	sb_start(struct sb *, struct sandbox_opts *);

/*
 * sb_setup, sb_teardown: for cmocka; *state is a struct sb.
 */
int	sb_setup(void **);

/*
 * sb_setup_started(state): sb_setup and sb_start without options.
 */
int	sb_setup_started(void **);

/*
 * sb_setup_with(state, opts): sb_setup and sb_start with these options.
 */
int	sb_setup_with(void **, struct sandbox_opts);

/*
 * sb_teardown(state): end the sandbox and remove its folder.
 */
int	sb_teardown(void **);

/*
 * sb_write(sb, name, text): a file in the folder of sb; its path, malloc'd.
 */
char	*sb_write(struct sb *, const char *, const char *);

/*
 * sb_http(sb, method, path, headers, body, n): the status, or -1 when there
 * was no answer; the body is in sb->body.
 */
long	sb_http(struct sb *, const char *, const char *, const char *const *,
	    const char *, size_t);

/*
 * sb_post(sb, key, no_halt, calls): POST the calls as the form field; the
 * status, or -1.  The answer's root is sb->xml.
 */
long	sb_post(struct sb *, const char *, const char *, const char *);

/*
 * sb_item(sb, n): the n-th item of the answer, from 0; NULL when there is
 * none.
 */
const struct xml_node *sb_item(const struct sb *, unsigned);

/*
 * sb_one(sb, inner): POST one call and return its only item.
 */
const struct xml_node *sb_one(struct sb *, const char *);

/*
 * sb_code(sb, inner): POST one call; its response code, 0 for none.
 */
long	sb_code(struct sb *, const char *);

/*
 * sb_stage(sb, name, kind, text): upload text, packed, as /stage/NAME.
 */
void	sb_stage(struct sb *, const char *, enum pack_kind, const char *);

/*
 * sb_announce(sb, name, more): announce /stage/NAME for bank 600 with further
 * elements; the response code.
 */
long	sb_announce(struct sb *, const char *, const char *);

/*
 * sb_task(sb): the task_id of the last answer, malloc'd.
 */
char	*sb_task(const struct sb *);

/*
 * sb_wait(sb, id, out): ask until the task has ended; its last status, and
 * its output in *out unless NULL; both borrowed until the next call.
 */
const char *sb_wait(struct sb *, const char *, const char **);

/*
 * sb_bank(sb): bank 600 as CSV, borrowed until the next call.
 */
const char *sb_bank(struct sb *);

#endif
