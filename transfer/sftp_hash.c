/*
 * The SHA-256 of a file without fetching it: "check-file-name"
 * (draft-ietf-secsh-filexfer-extensions-00, section 3).
 *
 * Servers disagree about the reply: some put the name of the extension before
 * the name of the algorithm.  And some that have it do not say so to clients
 * of version 3 (ProFTPD 1.3.8), so it is asked for in any case.
 */
#include "sftp_file.h"

#define ALGORITHM	"sha256"
#define HASH_BYTES	32

static bool
is_word(const struct sftp_bytes *b, const char *word)
{
	return b->n == strlen(word) && memcmp(b->p, word, b->n) == 0;
}

static int
take_hash(struct sftp_bytes *b, unsigned char *out)
{
	struct sftp_bytes word;

	if (sftp_take_str(b, &word) == -1)
		return -1;
	if (is_word(&word, "check-file") && sftp_take_str(b, &word) == -1)
		return -1;
	if (!is_word(&word, ALGORITHM) || b->n != HASH_BYTES)
		return -1;
	memcpy(out, b->p, HASH_BYTES);
	return 0;
}

int
sftp_check_file(struct sftp *s, const char *path, unsigned char out[32],
    struct err *e)
{
	static const char doing[] = "work out its SHA-256";
	/* The numbers: from byte 0, to the end, as one block; all are 0. */
	struct sftp_request req = {
		.type = SFTP_EXTENDED, .nstr = 3, .nnum = 5,
		.str = { sftp_str("check-file-name"), sftp_str(path),
		    sftp_str(ALGORITHM) },
	};
	struct sftp_status st;
	struct sftp_reply r;

	if (sftp_call(s, &req, s->times.final_ms, &r, e) == -1)
		return err_wrap(e, "%s", doing);
	if (r.type == SFTP_STATUS && sftp_take_status(&r.body, &st) == 0)
		return sftp_refused(doing, &st, e);
	if (r.type != SFTP_EXTENDED_REPLY)
		return sftp_odd(s, doing, &r, e);
	if (take_hash(&r.body, out) == -1)
		return err_set(e, ERR_UNSUPPORTED, "the server answered, but "
		    "with no SHA-256");
	return 0;
}
