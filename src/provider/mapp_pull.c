/*
 * Where Mapp Empower shall fetch a staged file from.
 *
 * The vendor's page of coupon.updateDetails lost the user name, repeats the
 * server as a boolean and describes the password as a date; the elements here
 * follow the sister method importCoupons and the texts of the response codes
 * 644 to 649 (platforms.md "coupon.updateDetails").  Explicit TLS is assumed
 * for ftp_ssl; implicit TLS is asked for by its port.
 */
#include "mapp.h"

#include "../base/buf.h"
#include "../format/xml.h"
#include "mapp_build.h"

enum pull_kind { PULL_WEB, PULL_FTP, PULL_TLS, PULL_SFTP };

struct pull_scheme {
	const char	*scheme;
	enum pull_kind	 kind;
	uint16_t	 port;	/* that the platform takes unasked; 0: none */
};

static const struct pull_scheme schemes[] = {
	{ "http", PULL_WEB, 0 },
	{ "https", PULL_WEB, 0 },
	{ "ftp", PULL_FTP, 21 },
	{ "ftpes", PULL_TLS, 21 },
	/* 990 is not what the platform would try, so it is always said. */
	{ "ftps", PULL_TLS, 0 },
	{ "sftp", PULL_SFTP, 22 },
};

static const struct pull_scheme *
scheme_of(const struct pv_pull *pull)
{
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (str_ieq(schemes[i].scheme, pull->scheme))
			return &schemes[i];
	}
	return NULL;
}

static bool
name_ends(const char *name, size_t len, const char *ending)
{
	size_t n = strlen(ending);

	return len > n && strncasecmp(name + len - n, ending, n) == 0;
}

/*
 * The vendor's lists: .txt .csv .zip for a web address, with 649 for all
 * others, and .gzip only in the list of importCoupons.
 */
static int
check_ending(const struct pv_pull *pull, bool web, struct err *e)
{
	const char *name = web ? pull->url : pull->path;
	const char *want;
	bool plain, ok;
	size_t len;

	len = web ? strcspn(name, "?#") : strlen(name);
	plain = name_ends(name, len, ".txt") || name_ends(name, len, ".csv");
	switch (pull->compression) {
	case PACK_ZIP:
		want = ".zip";
		ok = name_ends(name, len, want);
		break;
	case PACK_GZIP:
		want = web ? ".csv or .txt" : ".csv, .txt or .gzip";
		ok = plain || (!web && name_ends(name, len, ".gzip"));
		break;
	case PACK_NONE:
	default:
		want = ".csv or .txt";
		ok = plain;
		break;
	}
	if (ok)
		return 0;
	return err_set(e, ERR_CONFIG, MAPP_TITLE " takes a file %s only under "
	    "a name that ends in %s", pull->compression == 1 ? "packed as zip" :
	    pull->compression == 2 ? "packed as gzip" : "that is not packed",
	    want);
}

/* A web address has no place for a login in this API. */
static int
check_no_login(const struct pv_pull *pull, struct err *e)
{
	const char *host, *at;

	host = strstr(pull->url, "://");
	host = host == NULL ? pull->url : host + 3;
	at = memchr(host, '@', strcspn(host, "/?#"));
	if (at == NULL && secret_len(pull->password) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, MAPP_TITLE " cannot log in at a web "
	    "address: use sftp, or an address that needs no password");
}

int
mapp_pull_check(const struct pv_pull *pull, struct err *e)
{
	const struct pull_scheme *s = scheme_of(pull);
	bool web = s != NULL && s->kind == PULL_WEB;

	if (web && check_no_login(pull, e) == -1)
		return -1;
	return check_ending(pull, web, e);
}

static int
put_server(struct buf *x, const struct pull_scheme *s,
    const struct pv_pull *pull, struct err *e)
{
	bool v6 = strchr(pull->host, ':') != NULL && pull->host[0] != '[';
	struct buf host;
	int rc;

	if (s->port != 0 && (pull->default_port || pull->port == s->port))
		return xmlw_str(x, "ftp_server", pull->host, e);
	buf_init(&host, 1024);
	rc = buf_addf(&host, e, v6 ? "[%s]:%u" : "%s:%u", pull->host,
	    (unsigned)pull->port);
	if (rc == 0)
		rc = xmlw_str(x, "ftp_server", host.data, e);
	buf_release(&host);
	return rc;
}

static int
put_login(struct buf *x, const struct pull_scheme *s,
    const struct pv_pull *pull, struct err *e)
{
	if (pull->host == NULL || pull->user == NULL || pull->path == NULL)
		return err_set(e, ERR_INTERNAL, "a staged file without host, "
		    "user or path");
	if (put_server(x, s, pull, e) == -1 ||
	    xmlw_str(x, "ftp_user_name", pull->user, e) == -1 ||
	    mapp_put_secret(x, "ftp_user_pass", pull->password,
	    "the password of the pull side", e) == -1 ||
	    xmlw_str(x, "filename", pull->path, e) == -1)
		return -1;
	switch (s->kind) {
	case PULL_SFTP:
		return xmlw_str(x, "sftp", "1", e);
	case PULL_TLS:
		return xmlw_str(x, "ftp_ssl", "1", e);
	default:
		return 0;
	}
}

int
mapp_put_pull(struct buf *x, const struct pv_pull *pull, bool respell,
    struct err *e)
{
	static const char *const words[] = { [PACK_NONE] = NULL,
	    [PACK_ZIP] = ".zip", [PACK_GZIP] = ".gzip" };
	const struct pull_scheme *s;
	int rc;

	s = pull->scheme == NULL ? NULL : scheme_of(pull);
	if (s == NULL || pull->compression > PACK_GZIP ||
	    (s->kind == PULL_WEB && pull->url == NULL))
		return err_set(e, ERR_INTERNAL, "a staged file without a "
		    "place to fetch it from");
	if (s->kind == PULL_WEB)
		rc = xmlw_str(x, "data_url", pull->url, e);
	else
		rc = put_login(x, s, pull, e);
	if (rc == -1 || pull->compression == PACK_NONE)
		return rc;
	/* importCoupons spells it without the point. */
	return xmlw_str(x, "compression",
	    words[pull->compression] + (respell ? 1 : 0), e);
}
