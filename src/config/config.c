/* Finding and reading configuration files; all mistakes at once. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/buf.h"
#include "../base/io.h"
#include "../base/limits.h"
#include "../base/own.h"
#include "../base/str.h"
#include "../format/digest.h"
#include "config_internal.h"
#include "extra.h"
#include "node.h"

#define ETC_CONFIG	"/etc/coupondrop/coupondrop.yaml"

int
config_wrong(struct config *c, const struct node *n, const char *why,
    struct err *e)
{
	char **list = realloc(c->wrong, (c->nwrong + 2) * sizeof(*list));
	char place[48] = "";
	struct buf b;
	size_t i;
	int rc = 0;

	if (list == NULL)
		return err_nomem(e);
	c->wrong = list;
	if (n != NULL)
		snprintf(place, sizeof(place), ":%zu:%zu: ", n->key != NULL ?
		    n->key_line : n->line, n->key != NULL ? n->key_column :
		    n->column);
	/* Keys and names of files are foreign bytes. */
	buf_init(&b, 1u << 20);
	if (n != NULL)
		rc = buf_escape(&b, n->file, strlen(n->file), PATH_MAX, e);
	if (rc == 0)
		rc = buf_adds(&b, place, e);
	if (rc == 0)
		rc = buf_escape(&b, why, strlen(why), sizeof(e->msg), e);
	if (rc == 0)
		list[c->nwrong] = buf_take(&b, NULL);
	buf_release(&b);
	if (rc == -1 || list[c->nwrong] == NULL)
		return err_nomem(e);
	/* Several jobs may meet the same mistake of their endpoint. */
	for (i = 0; i < c->nwrong; i++)
		if (strcmp(list[i], list[c->nwrong]) == 0)
			break;
	if (i < c->nwrong)
		free(list[c->nwrong]);
	else
		c->nwrong++;
	list[c->nwrong] = NULL;
	return 0;
}

/* Where the user's own would be. */
static char *
config_own(struct err *e)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *path = NULL;
	int n;

	if (xdg != NULL && xdg[0] == '/')
		n = asprintf(&path, "%s/coupondrop/coupondrop.yaml", xdg);
	else
		n = asprintf(&path, "%s/.config/coupondrop/coupondrop.yaml",
		    home != NULL ? home : "");
	if (n < 0) {
		err_nomem(e);
		return NULL;
	}
	return path;
}

/* Where the file is: named, by environment, the user's, the system's. */
static char *
config_path(const char *named, struct err *e)
{
	const char *env = getenv("COUPONDROP_CONFIG");
	char *path;

	if (named != NULL || (env != NULL && env[0] != '\0'))
		return str_dup(named != NULL ? named : env, e);
	path = config_own(e);
	if (path == NULL || access(path, F_OK) == 0)
		return path;
	free(path);
	return str_dup(access(ETC_CONFIG, F_OK) == 0 ? ETC_CONFIG : "", e);
}

static char *
folder_of(const char *path, struct err *e)
{
	char *whole = realpath(path, NULL), *copy;

	if (whole == NULL) {
		err_sys(e, ERR_CONFIG, errno, "cannot open %s", path);
		return NULL;
	}
	copy = str_dup(dirname(whole), e);
	free(whole);
	return copy;
}

/*
 * The bytes of a file; NULL for one that is not to be trusted, which is one
 * more mistake.  Whose it is is asked once it is known who asks.
 */
static int
config_slurp(struct config *c, const char *path, char **text, size_t *len,
    struct err *e)
{
	struct err why;
	int fd;

	*text = NULL;
	err_clear(&why);
	fd = own_open(path, OWN_FILE, O_RDONLY, ERR_CONFIG, &why);
	if (fd == -1 && why.sys != 0) {
		*e = why;
		return -1;
	}
	if (fd == -1)
		return config_wrong(c, NULL, why.msg, e);
	c->fds[c->ntrees - 1] = fd;
	if (io_slurp_fd(fd, path, LIM_CONFIG, text, len, e) == 0)
		return 0;
	e->code = ERR_CONFIG;
	return -1;
}

/* One file into the list of trees; its bytes into the digest. */
static int
config_file(struct config *c, const char *path, struct digest *d,
    struct err *e)
{
	size_t i = c->ntrees, len;
	struct err why;
	char *text;

	if (i == CONFIG_FILES)
		return err_set(e, ERR_CONFIG, "more than %d configuration "
		    "files", CONFIG_FILES);
	c->files[i] = str_dup(path, e);
	c->dirs[i] = c->files[i] == NULL ? NULL : folder_of(path, e);
	c->ntrees++;
	if (c->dirs[i] == NULL)
		return -1;
	if (config_slurp(c, path, &text, &len, e) == -1)
		return -1;
	if (text == NULL)
		return 0;
	digest_add(d, text, len);
	err_clear(&why);
	c->trees[i] = node_parse(c->files[i], text, len, &why);
	free(text);
	return c->trees[i] == NULL ? config_wrong(c, NULL, why.msg, e) : 0;
}

static int
config_parts(struct config *c, struct digest *d, struct err *e)
{
	char *pattern = NULL;
	glob_t g;
	size_t i;
	int rc = 0;

	if (asprintf(&pattern, "%s/conf.d/*.yaml", c->dirs[0]) < 0)
		return err_nomem(e);
	memset(&g, 0, sizeof(g));
	if (glob(pattern, 0, NULL, &g) == 0)
		for (i = 0; rc == 0 && i < g.gl_pathc; i++)
			rc = config_file(c, g.gl_pathv[i], d, e);
	globfree(&g);
	free(pattern);
	return rc;
}

static int
config_read(struct config *c, struct err *e)
{
	unsigned char sum[32];
	struct digest *d = digest_new(e);
	int rc = 0;

	if (d == NULL)
		return -1;
	if (c->path[0] != '\0') {
		rc = config_file(c, c->path, d, e);
		if (rc == 0)
			rc = config_parts(c, d, e);
	}
	digest_finish(d, sum);
	hex_encode(sum, sizeof(sum), c->set.sha256);
	return rc;
}

/* Whether the configuration is the user's own, found or named. */
static int
config_is_own(const struct config *c, bool *own, struct err *e)
{
	char *path, *slash, *dir;

	*own = c->path[0] == '\0';
	if (*own)
		return 0;
	path = config_own(e);
	if (path == NULL)
		return -1;
	slash = strrchr(path, '/');
	*slash = '\0';
	dir = realpath(path, NULL);
	*own = dir != NULL && strcmp(dir, c->dirs[0]) == 0;
	free(dir);
	free(path);
	return 0;
}

/*
 * Runs and ledger follow the configuration, not the user: whoever uses the
 * same one has to see what the others sent.  Only the user's own is private.
 */
static int
config_state(struct config *c, struct err *e)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	bool own;
	int n;

	if (c->set.state_dir != NULL)
		return 0;
	if (config_is_own(c, &own, e) == -1)
		return -1;
	if (!own && (strcmp(c->dirs[0], "/etc") == 0 ||
	    strncmp(c->dirs[0], "/etc/", 5) == 0))
		n = asprintf(&c->set.state_dir, "/var/lib/coupondrop");
	else if (!own)
		n = asprintf(&c->set.state_dir, "%s/coupondrop-state",
		    c->dirs[0]);
	else if (xdg != NULL && xdg[0] == '/')
		n = asprintf(&c->set.state_dir, "%s/coupondrop", xdg);
	else
		n = asprintf(&c->set.state_dir, "%s/.local/state/coupondrop",
		    home != NULL ? home : "");
	if (n < 0) {
		c->set.state_dir = NULL;
		return err_nomem(e);
	}
	return 0;
}

int
config_verdict(const struct config *c, struct err *e)
{
	if (c->nwrong == 0)
		return 0;
	err_set(e, ERR_CONFIG, "%s", c->wrong[0]);
	if (c->nwrong > 1)
		snprintf(e->msg + strlen(e->msg), sizeof(e->msg) -
		    strlen(e->msg), " (and %zu more)", c->nwrong - 1);
	return -1;
}

int
config_load(struct config *c, const char *named, struct err *e)
{
	size_t i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < CONFIG_FILES; i++)
		c->fds[i] = -1;
	c->path = config_path(named, e);
	if (c->path == NULL || config_read(c, e) == -1 ||
	    config_sections(c, e) == -1 || config_state(c, e) == -1 ||
	    config_owner(c, e) == -1)
		return -1;
	return config_verdict(c, e);
}

void
config_release(struct config *c)
{
	size_t i;

	for (i = 0; i < c->set.nproviders; i++) {
		free(c->set.providers[i].name);
		option_release(SECT_PROVIDER, &c->set.providers[i]);
		extra_release(&c->set.providers[i]);
	}
	for (i = 0; i < c->set.nendpoints; i++) {
		free(c->set.endpoints[i].name);
		option_release(SECT_ENDPOINT, &c->set.endpoints[i]);
	}
	for (i = 0; i < c->set.njobs; i++)
		config_job_release(&c->set.jobs[i]);
	free(c->set.providers);
	free(c->set.endpoints);
	free(c->set.jobs);
	option_release(SECT_TOP, &c->set);
	for (i = 0; i < c->ntrees; i++) {
		node_free(c->trees[i]);
		free(c->files[i]);
		if (c->fds[i] >= 0)
			close(c->fds[i]);
		free(c->dirs[i]);
	}
	for (i = 0; i < c->nwrong; i++)
		free(c->wrong[i]);
	free(c->wrong);
	free(c->path);
	memset(c, 0, sizeof(*c));
}
