/*
 * A local stand-in for Mapp Empower, with a file server of its own.
 *
 * It answers POST /api/xmlrpc/index.php as far as the vendor's pages say how,
 * keeps coupon banks in SQLite, fetches announced files itself (HTTP, HTTPS,
 * FTP, FTPS, SFTP), unpacks and applies them, and can be told to misbehave.
 * Where the vendor is silent these decisions were taken:
 *
 *  - data_url takes .txt, .csv and .zip; a file on an FTP or SFTP server also
 *    .gzip; .gz is refused everywhere (649).
 *  - The word in `compression` must say what the bytes are, and must be there
 *    for packed bytes (644).  An archive that cannot be opened is 644 too.
 *  - ftp_ssl is TLS by command (AUTH TLS), except on the implicit port.
 *  - Certificates are checked; a host key of an SFTP server is not: any one
 *    is accepted, since nothing in the call could pin it.
 *  - Writing to /stage may ask for a password, reading never does, since a
 *    data_url cannot carry one.
 *  - An inline code that is not in the bank, or is repeated in the call, is
 *    counted as failed; with none updated the answer is 682.  A file with at
 *    least one code of valid shape is accepted, whatever the bank holds.
 *  - redeemed 0 gives a coupon back: its date goes unless one is given.
 *  - A row of a file with a bad `redeemed` or date is not applied.
 *
 * Jobs of other platforms are followed under a path of each (sb_routes.h);
 * which jobs there are is said by a file.
 *
 * Besides the API: PUT, GET, HEAD, MOVE and DELETE of /stage/NAME;
 * GET /sandbox/bank/ID (text/csv: code,redeemed,redeem_date) and
 * GET /sandbox/tasks (JSON) for tests.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

struct clock;
struct err;
struct log;
struct sandbox;

/* Borrowed during sandbox_start only, except log and
 * clock. */
struct sandbox_opts {
	const char	*dir;		/* banks, tasks, staged files; made
					   with mode 0700 */
	const char	*address;	/* NULL: 127.0.0.1 */
	uint16_t	 port;		/* 0: any */
	const char	*cert_file, *key_file; /* both or neither: HTTPS */
	const char	*api_key, *shared_secret; /* NULL: random, kept in
					   dir for the next start */
	const char	*stage_user, *stage_password; /* NULL: open */
	const char	*ca_file;	/* for pulls; NULL: the system's */
	const char	*faults_file;	/* sandbox_faults_help; NULL: none */
	const char	*jobs_file;	/* sandbox_jobs_help; NULL: none */
	int64_t		 token_life_ms;	/* of every platform; 0: its own */
	uint16_t	 ftps_port;	/* where FTP has TLS from the first
					   byte */
	int64_t		 queued_ms;	/* a task is PENDING; 0: 300 */
	int64_t		 running_ms;	/* then PROCESSING; 0: 700 */
	int64_t		 pull_ms;	/* fetching a file; 0: 60,000 */
	uint64_t	 pull_max;	/* its bytes; 0: 1 GiB */
	uint64_t	 moods;		/* seed of moods.h; 0: does what it
					   says */
	bool		 task_output;	/* put the counters into `output` of a
					   task; the real one leaves it empty */
	struct log	*log;		/* or NULL */
	const struct clock *clock;	/* NULL: the machine's */
};

/* A bank to create, or to add to. */
struct sandbox_bank {
	int64_t		 id;		/* from 1 */
	const char	*name;
	const char	*description;	/* NULL: "" */
	const char	*codes;		/* file with the codes; NULL: none */
};

/*
 * sandbox_start(opts, e): open the state and listen; unfinished tasks of an
 * earlier start go on.  Serves from threads of its own.  ERR_CREATE,
 * ERR_LEDGER, ERR_CONFIG (faults file), ERR_UNAVAILABLE (port taken).  Stop
 * with sandbox_stop.
 */
struct sandbox *sandbox_start(const struct sandbox_opts *, struct err *);

/*
 * sandbox_stop(s): end it, waiting for requests and the task at work; NULL is
 * harmless.
 */
void	sandbox_stop(struct sandbox *);

/*
 * sandbox_port(s): the port it listens on.
 */
uint16_t sandbox_port(const struct sandbox *);

/*
 * sandbox_url(s): "http://127.0.0.1:8700", borrowed.
 */
const char *sandbox_url(const struct sandbox *);

/*
 * sandbox_load(s, bank, loaded, e): create or rename a bank and add the codes
 * of a file to it in one transaction: CSV with a header (coupon_code or code)
 * or one code per line; plain, zip or gzip.  The number of new codes goes to
 * *loaded; codes already there are kept as they are.  Blocks.  ERR_INPUT.
 */
int	sandbox_load(struct sandbox *, const struct sandbox_bank *,
	    uint64_t *, struct err *);

/*
 * sandbox_write_config(s, path, e): a configuration file for coupondrop that
 * leads to this stand-in: provider "sandbox" and one for each other platform
 * that is followed, endpoint "stage", job "demo" (bank 600), state_dir beside
 * it.  The secrets go into files beside it,
 * readable by the owner only.  An existing file is replaced.  ERR_CREATE.
 */
int	sandbox_write_config(const struct sandbox *, const char *,
	    struct err *);

/*
 * sandbox_faults_help(): the format of the faults file, several lines for a
 * terminal, static.
 */
const char *sandbox_faults_help(void);

/*
 * sandbox_jobs_help(): the format of the jobs file, likewise.
 */
const char *sandbox_jobs_help(void);

#endif
