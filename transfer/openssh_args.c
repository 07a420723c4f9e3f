/*
 * The command line and the environment of the ssh program.
 *
 * It shall do what this endpoint says and nothing else: no configuration but
 * a named one, no keys but the named one, no trust but ours.  Secrets go
 * neither way; ssh has this program started again, which fetches them
 * (openssh_helper.c).
 */
#include "openssh_internal.h"

#include <stdarg.h>

#include "xfer_internal.h"

#define ALIVE_S		15	/* between keepalive@openssh.com */
#define CONNECT_MORE_S	3	/* for ssh, over our own deadline */

static int add(struct openssh_list *, struct err *, const char *, ...)
	    __attribute__((format(printf, 3, 4)));

/* Append a word; there is always room, for callers add a fixed number. */
static int
add(struct openssh_list *l, struct err *e, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&l->word[l->n], fmt, ap);
	va_end(ap);
	if (n == -1) {
		l->word[l->n] = NULL;
		return err_nomem(e);
	}
	l->n++;
	return 0;
}

void
openssh_list_free(struct openssh_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->word[i]);
	memset(l, 0, sizeof(*l));
}

/* For the ssh program, "%" begins a variable in some of its options. */
static int
add_path(struct openssh_list *l, const char *path, struct err *e)
{
	char *out;
	size_t i, n = 0;

	if ((out = malloc(2 * strlen(path) + 1)) == NULL)
		return err_nomem(e);
	for (i = 0; path[i] != '\0'; i++) {
		if (path[i] == '%')
			out[n++] = '%';
		out[n++] = path[i];
	}
	out[n] = '\0';
	l->word[l->n++] = out;
	return 0;
}

static const char *
host_keys(const struct openssh_plan *p)
{
	switch (p->family) {
	case HOSTKEY_ED25519:
		return "ssh-ed25519";
	case HOSTKEY_ECDSA:
		return "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,"
		    "ecdsa-sha2-nistp521";
	case HOSTKEY_RSA:
		return "rsa-sha2-512,rsa-sha2-256";
	default:
		return "-*-cert-v01@openssh.com";
	}
}

/* Whom to trust: nobody but whom the helper names. */
static int
add_trust(struct openssh_list *l, const struct openssh_plan *p, struct err *e)
{
	static const char *const fixed[] = {
		"StrictHostKeyChecking=yes", "UserKnownHostsFile=none",
		"GlobalKnownHostsFile=none", "UpdateHostKeys=no",
		"CheckHostIP=no", "VerifyHostKeyDNS=no",
	};
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (add(l, e, "-o%s", fixed[i]) == -1)
			return -1;
	if (!p->certs &&
	    add(l, e, "-oHostKeyAlgorithms=%s", host_keys(p)) == -1)
		return -1;
	return add(l, e, "-oKnownHostsCommand=\"%s\" hostkey %%I %%H %%K",
	    p->self);
}

static int
add_login(struct openssh_list *l, const struct openssh_plan *p, struct err *e)
{
	const struct xfer_target *t = &p->x->target;
	bool agent = t->identity_file == NULL && p->agent != NULL;
	bool key = t->identity_file != NULL || agent ||
	    t->ssh_config != NULL;

	/* Without anything of ours the server may still want nothing. */
	if (add(l, e, "-oPreferredAuthentications=%s%s", key ?
	    "publickey" : t->password == NULL ? "none" : "",
	    t->password == NULL ? "" : key ?
	    ",password,keyboard-interactive" :
	    "password,keyboard-interactive") == -1 ||
	    add(l, e, "-oPubkeyAuthentication=%s", key ? "yes" :
	    "no") == -1 ||
	    add(l, e, "-oBatchMode=%s", p->asks ? "no" : "yes") == -1 ||
	    add(l, e, "-oNumberOfPasswordPrompts=1") == -1)
		return -1;
	if (t->identity_file != NULL)
		return add(l, e, "-oIdentitiesOnly=yes") == -1 ||
		    add(l, e, "-oIdentityAgent=none") == -1 ||
		    add(l, e, "-i") == -1 ||
		    add_path(l, t->identity_file, e) == -1 ? -1 : 0;
	return t->ssh_config != NULL ? 0 : add(l, e, "-oIdentityFile=none");
}

static int
add_line(struct openssh_list *l, const struct openssh_plan *p, struct err *e)
{
	static const char *const fixed[] = {
		"ControlMaster=no", "ControlPath=none",
		"ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no",
		"PermitLocalCommand=no", "RequestTTY=no", "Compression=no",
		"Tunnel=no", "EscapeChar=none",
	};
	const struct xfer_times *t = &p->x->times;
	long long dead = t->final_ms / (ALIVE_S * 1000) + 1;
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (add(l, e, "-o%s", fixed[i]) == -1)
			return -1;
	/* Our deadlines come first, so that ours are the words for them. */
	if (add(l, e, "-oLogLevel=%s", p->x->target.probe ? "DEBUG1" :
	    "VERBOSE") == -1 ||
	    add(l, e, "-oConnectTimeout=%lld",
	    (long long)t->connect_ms / 1000 + CONNECT_MORE_S) == -1 ||
	    add(l, e, "-oServerAliveInterval=%d", ALIVE_S) == -1 ||
	    add(l, e, "-oServerAliveCountMax=%lld", dead > 3 ? dead :
	    3) == -1)
		return -1;
	/* With such a processor by far the fastest; else ssh's own order. */
	if (p->aes && p->x->target.ssh_config == NULL)
		return add(l, e, "-oCiphers=^aes128-gcm@openssh.com");
	return 0;
}

int
openssh_arguments(const struct openssh_plan *p, struct openssh_list *out,
    struct err *e)
{
	const char *config = p->x->target.ssh_config;

	memset(out, 0, sizeof(*out));
	if (add(out, e, "ssh") == -1 || add(out, e, "-F") == -1 ||
	    add(out, e, "%s", config == NULL ? "none" : config) == -1 ||
	    add(out, e, "-s") == -1 || add(out, e, "-p") == -1 ||
	    add(out, e, "%u", p->x->url.port) == -1 ||
	    add(out, e, "-l") == -1 || add(out, e, "%s", p->user) == -1 ||
	    add_trust(out, p, e) == -1 || add_login(out, p, e) == -1 ||
	    add_line(out, p, e) == -1 || add(out, e, "--") == -1 ||
	    add(out, e, "%s", p->x->url.host) == -1 ||
	    add(out, e, "sftp") == -1) {
		openssh_list_free(out);
		return -1;
	}
	return 0;
}

int
openssh_variables(const struct openssh_plan *p, const char *socket,
    struct openssh_list *out, struct err *e)
{
	static const char *const kept[] = {
		"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR",
		"KRB5CCNAME", "XDG_RUNTIME_DIR",
	};
	const char *value;
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if ((value = getenv(kept[i])) != NULL &&
		    add(out, e, "%s=%s", kept[i], value) == -1)
			goto fail;
	if (p->agent != NULL &&
	    add(out, e, "SSH_AUTH_SOCK=%s", p->agent) == -1)
		goto fail;
	/* Its words are understood in English only. */
	if (add(out, e, "LC_ALL=C") == -1 ||
	    add(out, e, "SSH_ASKPASS=%s", p->self) == -1 ||
	    add(out, e, "SSH_ASKPASS_REQUIRE=force") == -1 ||
	    add(out, e, OPENSSH_SOCKET "=%s", socket) == -1)
		goto fail;
	return 0;
fail:
	openssh_list_free(out);
	return -1;
}
