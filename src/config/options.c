/* The rows: every key with its default. */
#include "options.h"

#include <stdio.h>
#include <string.h>

#include "../base/str.h"
#include "../provider/provider.h"
#include "extra.h"
#include "settings.h"

#define P(f)	offsetof(struct set_provider, f)
#define E(f)	offsetof(struct set_endpoint, f)
#define J(f)	offsetof(struct set_job, f)
#define MINUTE	60000LL
#define HOUR	(60 * MINUTE)

static const struct option rows[] = {
	{ "state_dir", SECT_TOP, OPT_PATH,
	    offsetof(struct settings, state_dir), .help = "Folder of the "
	    "ledger and of the files of each run.  Default: "
	    "/var/lib/coupondrop for a configuration in /etc, the XDG state "
	    "folder for the user's own, else coupondrop-state beside it." },

	/* providers */
	{ "type", SECT_PROVIDER, OPT_TYPE, P(type),
	    .help = "Which platform." },
	{ "url", SECT_PROVIDER, OPT_STR, P(url),
	    .help = "Address of its API." },
	{ "ca_file", SECT_PROVIDER, OPT_PATH, P(tls.ca_file),
	    .help = "Certificates to trust instead of the system's." },
	{ "proxy", SECT_PROVIDER, OPT_STR, P(proxy.url),
	    .help = "Proxy for the calls: socks5h:// or http://" },
	{ "proxy_user", SECT_PROVIDER, OPT_STR, P(proxy.user),
	    .help = "User of the proxy." },
	{ "proxy_password", SECT_PROVIDER, OPT_SECRET, P(proxy_password),
	    .help = "Password of the proxy." },
	{ "allow_http", SECT_PROVIDER, OPT_BOOL, P(allow_http), .dflt = "no",
	    .help = "Take an url of http://, which shows key and codes to "
	    "anyone on the way.  To this machine itself it needs no leave." },
	{ "poll_first", SECT_PROVIDER, OPT_TIME, P(poll_first_ms),
	    .min = 1, .max = HOUR,
	    .help = "First pause between questions about a task." },
	{ "poll_cap", SECT_PROVIDER, OPT_TIME, P(poll_cap_ms),
	    .min = 1, .max = HOUR,
	    .help = "Longest pause between questions about a task." },
	{ "lost_after", SECT_PROVIDER, OPT_INT, P(lost_after),
	    .min = 1, .max = 1000, .dflt = "5",
	    .help = "Answers without the task before it counts as lost." },
	{ "call_timeout", SECT_PROVIDER, OPT_TIME, P(call_ms),
	    .min = 10, .max = HOUR, .dflt = "120s",
	    .help = "Longest time for one call." },
	{ "rate", SECT_PROVIDER, OPT_RATE, P(rate), .min = 1, .max = 60000,
	    .help = "Most calls to this account, such as 100/min, of all "
	    "processes of this host with this state_dir together." },
	{ "max_parallel", SECT_PROVIDER, OPT_INT, P(max_parallel), .min = 1,
	    .max = 64,
	    .help = "Most calls to this account at the same time, likewise." },

	/* endpoints */
	{ "upload", SECT_ENDPOINT, OPT_STR, E(upload.url),
	    .help = "URL to upload to; a folder, or with a query a file." },
	{ "upload_user", SECT_ENDPOINT, OPT_STR, E(upload.user),
	    .help = "User of the upload, if not in the URL." },
	{ "upload_password", SECT_ENDPOINT, OPT_SECRET, E(upload_password),
	    .help = "Password of the upload." },
	{ "identity_file", SECT_ENDPOINT, OPT_PATH, E(upload.identity_file),
	    .help = "Private key of the upload by SFTP." },
	{ "passphrase", SECT_ENDPOINT, OPT_SECRET, E(passphrase),
	    .help = "Passphrase of the private key." },
	{ "host_key", SECT_ENDPOINT, OPT_LIST, E(upload.host_keys),
	    .help = "Fingerprints of the SFTP server, SHA256:..." },
	{ "known_hosts", SECT_ENDPOINT, OPT_PATH, E(upload.known_hosts),
	    .help = "Host keys file, if not ~/.ssh/known_hosts." },
	{ "ssh", SECT_ENDPOINT, OPT_CHOICE, E(upload.ssh), .choices =
	    "auto libssh2 openssh", .dflt = "auto",
	    .help = "Who speaks SSH; openssh is the ssh program." },
	{ "ssh_config", SECT_ENDPOINT, OPT_PATH, E(upload.ssh_config),
	    .help = "Configuration for the ssh program, which is used then; "
	    "none is read else.  No host in between gets the password or "
	    "passphrase." },
	{ "streams", SECT_ENDPOINT, OPT_CHOICE, E(upload.streams), .choices =
	    "auto 1 2 3 4 5 6 7 8", .dflt = "auto",
	    .help = "Connections for one large upload by SFTP." },
	{ "ca_file", SECT_ENDPOINT, OPT_PATH, E(upload.tls.ca_file),
	    .help = "Certificates to trust instead of the system's." },
	{ "tls_max", SECT_ENDPOINT, OPT_STR, E(upload.tls.max),
	    .help = "Newest TLS version to use: 1.2 or 1.3.  Unless set, FTP "
	    "uses 1.3 only with servers that take nothing else." },
	{ "tls_min", SECT_ENDPOINT, OPT_STR, E(upload.tls.min),
	    .help = "Oldest TLS version to use: 1.2 or 1.3." },
	{ "pin", SECT_ENDPOINT, OPT_LIST, E(upload.tls.pins),
	    .help = "Public keys the upload side may have, sha256//..." },
	{ "client_cert", SECT_ENDPOINT, OPT_PATH, E(upload.tls.cert),
	    .help = "Our certificate for the upload by TLS." },
	{ "client_key", SECT_ENDPOINT, OPT_PATH, E(upload.tls.key),
	    .help = "Its private key, if in another file." },
	{ "bearer", SECT_ENDPOINT, OPT_SECRET, E(bearer),
	    .help = "Token of the upload by HTTP." },
	{ "headers", SECT_ENDPOINT, OPT_SECRET, E(headers),
	    .help = "Headers of the upload by HTTP, one a line." },
	{ "redirects", SECT_ENDPOINT, OPT_INT, E(upload.redirects), .min = 0,
	    .max = 10, .dflt = "0",
	    .help = "How many redirects to follow by HTTP.  Another server "
	    "gets neither login nor headers." },
	{ "ftp_mode", SECT_ENDPOINT, OPT_CHOICE, E(upload.ftp_mode), .choices =
	    "passive active", .dflt = "passive",
	    .help = "Who connects for the data of FTP; active: the server." },
	{ "proxy", SECT_ENDPOINT, OPT_STR, E(upload.proxy.url),
	    .help = "Proxy to the file server: socks5h:// or http://" },
	{ "proxy_user", SECT_ENDPOINT, OPT_STR, E(upload.proxy.user),
	    .help = "User of the proxy." },
	{ "proxy_password", SECT_ENDPOINT, OPT_SECRET, E(proxy_password),
	    .help = "Password of the proxy." },
	{ "limit_rate", SECT_ENDPOINT, OPT_SIZE, E(upload.limit_rate), .min = 0,
	    .max = 1LL << 40, .dflt = "0",
	    .help = "Most bytes a second, such as 500K; 0: no limit." },
	{ "pull", SECT_ENDPOINT, OPT_STR, E(pull.url),
	    .help = "URL of the same folder as the platform sees it." },
	{ "pull_user", SECT_ENDPOINT, OPT_STR, E(pull.user),
	    .help = "User with which the platform fetches." },
	{ "pull_password", SECT_ENDPOINT, OPT_SECRET, E(pull_password),
	    .help = "Password with which the platform fetches." },
	{ "pull_host_key", SECT_ENDPOINT, OPT_LIST, E(pull.host_keys),
	    .help = "Fingerprints of the pull side, if they differ." },
	{ "pull_ca_file", SECT_ENDPOINT, OPT_PATH, E(pull.tls.ca_file),
	    .help = "Certificates of the pull side, if they differ." },
	{ "proof", SECT_ENDPOINT, OPT_CHOICE, E(stage.proof), .choices =
	    "size hash readback", .dflt = "size",
	    .help = "Proof of an upload: size; hash: the server's SHA-256, "
	    "or all of it read back; readback." },
	{ "on_exists", SECT_ENDPOINT, OPT_CHOICE, E(stage.on_exists), .choices =
	    "replace fail skip unique", .dflt = "replace",
	    .help = "What to do when the name is taken over there." },
	{ "atomic", SECT_ENDPOINT, OPT_CHOICE, E(stage.atomic), .choices =
	    "auto rename direct", .dflt = "auto",
	    .help = "How the final name appears; direct: at once." },
	{ "temp_dir", SECT_ENDPOINT, OPT_STR, E(stage.temp_dir),
	    .help = "Folder over there for temporary names." },
	{ "done_marker", SECT_ENDPOINT, OPT_STR, E(stage.marker),
	    .help = "End of the name of an empty file put last: .done" },
	{ "mkdir", SECT_ENDPOINT, OPT_BOOL, E(stage.mkdir), .dflt = "no",
	    .help = "Make folders that are missing over there." },
	{ "keep_staged", SECT_ENDPOINT, OPT_BOOL, E(keep_staged),
	    .dflt = "no",
	    .help = "Leave uploaded files when their tasks have ended." },
	{ "connect_timeout", SECT_ENDPOINT, OPT_TIME,
	    E(upload.times.connect_ms), .min = 10, .max = HOUR, .dflt = "30s",
	    .help = "Longest time to connect and log in." },
	{ "reply_timeout", SECT_ENDPOINT, OPT_TIME, E(upload.times.reply_ms),
	    .min = 10, .max = HOUR, .dflt = "60s",
	    .help = "Longest wait for a reply." },
	{ "final_timeout", SECT_ENDPOINT, OPT_TIME, E(upload.times.final_ms),
	    .min = 10, .max = 24 * HOUR, .dflt = "5m",
	    .help = "Longest wait for the reply after the last byte." },
	{ "stall_timeout", SECT_ENDPOINT, OPT_TIME, E(upload.times.stall_ms),
	    .min = 10, .max = HOUR, .dflt = "60s",
	    .help = "Longest time without a byte moving." },

	/* jobs: what and where */
	{ "source", SECT_JOB, OPT_PATH, J(source),
	    .help = "File, or pattern of files, to upload." },
	{ "settle", SECT_JOB, OPT_TIME, J(settle_ms), .min = 0, .max = HOUR,
	    .dflt = "10s",
	    .help = "How long size and time of a file of source must have "
	    "stood still before it is taken." },
	{ "done_file", SECT_JOB, OPT_MARKER, J(done_file),
	    .help = "File beside one of source that says it is complete, such "
	    "as '{name}.ok'; taken without settling then, never before.  Files "
	    "so named are no input themselves." },
	{ "provider", SECT_JOB, OPT_STR, J(provider), .flag = true,
	    .help = "Name of the provider." },
	{ "endpoint", SECT_JOB, OPT_STR, J(endpoint), .flag = true,
	    .help = "Name of the file server; none: rows in the call." },
	{ "bank", SECT_JOB, OPT_DIGITS, J(bank), .flag = true,
	    .help = "Number of the coupon bank." },
	{ "bank_name", SECT_JOB, OPT_STR, J(bank_name), .flag = true,
	    .help = "Name the bank must have." },
	{ "notification_email", SECT_JOB, OPT_STR, J(notification_email),
	    .flag = true, .help = "Who the platform tells of the end." },
	{ "schedule", SECT_JOB, OPT_STR, J(schedule),
	    .help = "When it is due, five fields as in cron, or @daily and the "
	    "like; let cron start the runs." },
	{ "timezone", SECT_JOB, OPT_STR, J(check.timezone), .flag = true,
	    .input = true,
	    .help = "Zone of days and \"today\": Europe/Berlin." },

	/* jobs: input */
	{ "format", SECT_JOB, OPT_CHOICE, J(check.format), .choices =
	    "auto csv txt", .dflt = "auto", .flag = true, .input = true,
	    .help = "csv, txt, or by the file's name." },
	{ "delimiter", SECT_JOB, OPT_STR, J(delimiter), .flag = true,
	    .input = true,
	    .dflt = ",",
	    .help = "Character between columns, or \"tab\"." },
	{ "encoding", SECT_JOB, OPT_STR, J(check.encoding), .flag = true,
	    .input = true,
	    .dflt = "utf-8",
	    .help = "Encoding of the file, such as windows-1252." },
	{ "header", SECT_JOB, OPT_NOT, J(check.no_header), .dflt = "yes",
	    .flag = true,
	    .input = true, .help = "Whether the first line names columns." },
	{ "columns", SECT_JOB, OPT_COLUMNS, J(check.col_code), .flag = true,
	    .input = true,
	    .help = "Own names of columns: code, redeemed, redeem_date." },
	{ "date_format", SECT_JOB, OPT_STR, J(check.date_format), .flag = true,
	    .input = true,
	    .dflt = "%Y-%m-%d",
	    .help = "How dates are written: '%d.%m.%Y %H:%M'" },
	{ "redeemed_words", SECT_JOB, OPT_WORDS, J(check.words_true),
	    J(check.words_false), .flag = true, .input = true,
	    .help = "Words for redeemed: yes and no." },
	{ "redeemed", SECT_JOB, OPT_REDEEMED, J(check.redeemed), .flag = true,
	    .input = true,
	    .help = "Value where the file has none: 0 or 1." },
	{ "redeem_date", SECT_JOB, OPT_STR, J(redeem_date), .flag = true,
	    .input = true,
	    .help = "Date where the file has none: a date, today ..." },
	{ "on_unredeemed", SECT_JOB, OPT_CHOICE, J(check.on_unredeemed),
	    .choices = "skip send stop", .dflt = "skip", .flag = true,
	    .input = true,
	    .help = "What to do with rows that say 0." },
	{ "missing_date", SECT_JOB, OPT_CHOICE, J(missing_date),
	    .choices = "stop omit", .dflt = "stop", .flag = true, .input = true,
	    .help = "What to do without a redemption date." },
	{ "code_pattern", SECT_JOB, OPT_STR, J(check.pattern), .flag = true,
	    .input = true,
	    .help = "POSIX regular expression every code must match." },
	{ "code_alphabet", SECT_JOB, OPT_STR, J(check.alphabet), .flag = true,
	    .input = true,
	    .help = "Characters a code may have, one by one." },
	{ "known_codes", SECT_JOB, OPT_PATH, J(check.known_codes), .flag = true,
	    .input = true,
	    .help = "File of all codes there are, TXT or CSV." },
	{ "code_min", SECT_JOB, OPT_INT, J(check.min_code), .min = 1,
	    .max = 120, .dflt = "1", .flag = true, .input = true,
	    .help = "Shortest code, in bytes." },
	{ "code_max", SECT_JOB, OPT_INT, J(check.max_code), .min = 1,
	    .max = 120, .dflt = "40", .flag = true, .input = true,
	    .help = "Longest code, in bytes." },
	{ "not_before", SECT_JOB, OPT_STR, J(not_before), .flag = true,
	    .input = true,
	    .dflt = "2000-01-01",
	    .help = "Earliest believable date." },
	{ "max_reject", SECT_JOB, OPT_REJECT, J(max_reject),
	    J(max_reject_percent), .dflt = "0", .flag = true, .input = true,
	    .help = "Broken rows to set aside before stopping: N or P%." },
	{ "memory", SECT_JOB, OPT_SIZE, J(check.memory), .min = 16 << 20,
	    .max = 1LL << 40, .dflt = "1G", .flag = true, .input = true,
	    .help = "Memory for finding duplicates." },

	/* jobs: output and the way */
	{ "packing", SECT_JOB, OPT_CHOICE, J(packing), .choices =
	    "none zip gzip", .dflt = "zip", .flag = true,
	    .help = "How files are packed." },
	{ "file_layout", SECT_JOB, OPT_CHOICE, J(layout.kind),
	    .choices = "codes columns", .dflt = "codes", .flag = true,
	    .help = "One file per date, or one with three columns." },
	{ "file_header", SECT_JOB, OPT_BOOL, J(layout.header),
	    .dflt = "no", .flag = true,
	    .help = "Write a header line into staged files." },
	{ "file_crlf", SECT_JOB, OPT_BOOL, J(layout.crlf), .dflt = "no",
	    .flag = true, .help = "End lines of staged files with CRLF." },
	{ "max_parts", SECT_JOB, OPT_INT, J(max_parts), .min = 1,
	    .max = 1000, .dflt = "64", .flag = true,
	    .help = "Most batches of one file." },
	{ "inline_max", SECT_JOB, OPT_INT, J(inline_max), .min = 1,
	    .max = 100000, .dflt = "10000", .flag = true,
	    .help = "Most rows sent without a file server." },
	{ "batch", SECT_JOB, OPT_INT, J(batch), .min = 1, .max = 5000,
	    .dflt = "500", .flag = true,
	    .help = "Rows in one call without a file server." },
	{ "rehearse", SECT_JOB, OPT_CHOICE, J(rehearse), .choices =
	    "full sample off", .dflt = "full", .flag = true,
	    .help = "Fetch files back before announcing them." },
	{ "verify", SECT_JOB, OPT_VERIFY, J(verify), .dflt = "sample",
	    .flag = true, .help = "Look codes up before and after: all, off, "
	    "N or N%." },
	{ "sample", SECT_JOB, OPT_INT, J(verify.rows), .min = 1,
	    .max = 10000, .flag = true,
	    .help = "Rows of a sample; the same as a number for verify." },
	{ "lag", SECT_JOB, OPT_TIME, J(lag_ms), .min = 0, .max = HOUR,
	    .dflt = "30s", .flag = true,
	    .help = "How far a bank may be behind its tasks." },
	{ "max_failed", SECT_JOB, OPT_INT, J(max_failed_percent), .min = 0,
	    .max = 100, .dflt = "2", .flag = true,
	    .help = "Percent refused above which the run has failed." },
	{ "deadline", SECT_JOB, OPT_TIME, J(deadline_ms), .min = 1,
	    .max = 48 * HOUR, .dflt = "6h", .flag = true,
	    .help = "Longest wait for the tasks." },
	{ "retries", SECT_JOB, OPT_INT, J(retries), .min = 0, .max = 100,
	    .dflt = "4", .flag = true,
	    .help = "Tries after the first when something may pass." },
	{ "retry_first", SECT_JOB, OPT_TIME, J(retry_first_ms), .min = 1,
	    .max = HOUR, .dflt = "2s", .flag = true,
	    .help = "First pause before trying again; doubles." },
	{ "retry_for", SECT_JOB, OPT_TIME, J(retry_for_ms), .min = 0,
	    .max = 48 * HOUR, .dflt = "0s", .flag = true,
	    .help = "Go on trying so long, however many tries that is." },
	{ "on_unknown", SECT_JOB, OPT_CHOICE, J(on_unknown), .choices =
	    "hold resubmit", .dflt = "hold", .flag = true,
	    .help = "When no answer came and nothing proves it arrived." },
	{ "after_done", SECT_JOB, OPT_AFTER, J(after_done), J(after_dir),
	    .dflt = "keep", .help = "The source afterwards: keep, "
	    "move:DIR, delete.  Where DIR has its name already, the "
	    "run's id goes before the ending.  Its done_file goes along." },
	{ "show_codes", SECT_JOB, OPT_CHOICE, J(show_codes), .choices =
	    "full masked none", .dflt = "masked", .flag = true,
	    .help = "How codes appear in logs." },
	{ "ok_exits", SECT_JOB, OPT_EXITS, J(ok_exits),
	    .help = "Exit codes that count as 0 for cron." },
};

const struct option *
option_rows(size_t *n)
{
	*n = sizeof(rows) / sizeof(rows[0]);
	return rows;
}

/* What follows the key of a secret tells where it comes from. */
static const char *const secret_ends[] = { "_file", "_command", "_env",
    "_credential" };

#define SECRET_ENDS	(sizeof(secret_ends) / sizeof(secret_ends[0]))

bool
option_is_key(const struct option *o, const char *written)
{
	size_t i, n = strlen(o->key);

	if (o->type != OPT_SECRET)
		return strcmp(o->key, written) == 0;
	if (strncmp(written, o->key, n) != 0)
		return false;
	for (i = 0; i < SECRET_ENDS; i++)
		if (strcmp(written + n, secret_ends[i]) == 0)
			return true;
	return false;
}

const struct option *
option_find(enum section section, const char *key)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].section == section &&
		    option_is_key(&rows[i], key))
			return &rows[i];
	return NULL;
}

bool
option_at(enum section section, size_t i, struct option *o)
{
	const struct pv_setting *s;
	const struct provider *p;
	size_t k;

	for (k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
		if (rows[k].section == section && i-- == 0) {
			*o = rows[k];
			return true;
		}
	if (section != SECT_PROVIDER)
		return false;
	for (k = 0; (p = provider_at(k)) != NULL; k++)
		for (s = p->settings; s->key != NULL; s++)
			if (i-- == 0) {
				option_of_setting(s, o);
				o->only = p->type;
				return true;
			}
	return false;
}

bool
option_is_secret(enum section section, const char *key)
{
	struct option o;
	size_t i;

	for (i = 0; option_at(section, i, &o); i++)
		if (o.type == OPT_SECRET && strcmp(o.key, key) == 0)
			return true;
	return false;
}

bool
option_nearest(enum section section, const char *key, char out[64])
{
	size_t d, i, k, ends, least = strlen(key) / 2 + 1;
	struct option o;
	char word[64];

	out[0] = '\0';
	least = least < 4 ? least : 4;
	for (i = 0; option_at(section, i, &o); i++) {
		ends = o.type == OPT_SECRET ? SECRET_ENDS : 1;
		for (k = 0; k < ends; k++) {
			snprintf(word, sizeof(word), "%s%s", o.key,
			    o.type == OPT_SECRET ? secret_ends[k] : "");
			d = str_distance(word, key);
			if (d >= least)
				continue;
			least = d;
			memcpy(out, word, sizeof(word));
		}
	}
	return out[0] != '\0';
}

const char *
option_value_word(const struct option *o, char out[64])
{
	const char *word = "VALUE";
	size_t i;

	if (o->type == OPT_CHOICE)
		word = o->choices;
	else if (o->type == OPT_DIGITS || o->type == OPT_INT)
		word = "N";
	else if (o->type == OPT_SIZE)
		word = "SIZE";
	else if (o->type == OPT_TIME)
		word = "TIME";
	else if (o->type == OPT_BOOL || o->type == OPT_NOT)
		word = "yes|no";
	else if (o->type == OPT_VERIFY)
		word = "all|off|sample|N|N%";
	snprintf(out, 64, "%s", word);
	for (i = 0; out[i] != '\0'; i++)
		if (out[i] == ' ')
			out[i] = '|';
	return out;
}
