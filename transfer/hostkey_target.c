/*
 * What a target's host key is judged by: the pins of its settings, or else the
 * file that is named there, or else the user's own.
 */
#include <pwd.h>
#include <unistd.h>

#include "../src/base/err.h"
#include "../src/base/str.h"
#include "hostkey.h"
#include "xfer_internal.h"

char *
hostkey_path(const char *known_hosts, struct err *e)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;
	char *path;

	if (known_hosts != NULL)
		return str_dup(known_hosts, e);
	if (home == NULL && (pw = getpwuid(geteuid())) != NULL)
		home = pw->pw_dir;
	if (asprintf(&path, "%s/.ssh/known_hosts",
	    home == NULL ? "" : home) == -1) {
		err_nomem(e);
		return NULL;
	}
	return path;
}

int
hostkey_load_for(const struct xfer *x, char **path, struct hostkey_list **out,
    struct err *e)
{
	const struct xfer_target *t = &x->target;

	if (t->host_keys != NULL && *t->host_keys != NULL)
		return xfer_pins_check(t->host_keys, e);
	if ((*path = hostkey_path(t->known_hosts, e)) == NULL)
		return -1;
	return hostkey_load(*path, x->url.host, x->url.port, out, e);
}

struct hostkey_rules
hostkey_rules_for(const struct xfer *x, const char *path,
    const struct hostkey_list *known)
{
	const struct xfer_target *t = &x->target;

	return (struct hostkey_rules){
		.host = x->url.host, .port = x->url.port,
		.pins = t->host_keys, .known = known, .known_path = path,
		.ask = t->ask_host_key, .ask_arg = t->ask_arg,
		/* A further connection shows what the first one did. */
		.shown = x->turn == NULL ? t->shown : NULL,
	};
}

int
hostkey_other_types(const struct xfer *x, int shown,
    int (*try)(void *, int, struct err *), void *arg, struct err *e)
{
	const char *const *pins = x->target.host_keys;
	struct err other;
	int family;

	if (pins == NULL || *pins == NULL)
		return -1;
	for (family = HOSTKEY_ED25519; family <= HOSTKEY_RSA; family++) {
		if (family == shown)
			continue;
		err_clear(&other);
		if (try(arg, family, &other) == 0) {
			err_clear(e);
			return 0;
		}
		if (other.code == ERR_STOPPED || other.code == ERR_TIMEOUT)
			break;
	}
	return -1;
}
