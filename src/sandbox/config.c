/*
 * The ready-made configuration that leads to the stand-in.
 */
#include "sandbox.h"

#include <errno.h>

#include "../base/buf.h"
#include "../base/err.h"
#include "../base/secret.h"
#include "../base/tmpfile.h"
#include "sb_mapp.h"
#include "sb_routes.h"
#include "sandbox_internal.h"

int
sandbox_join(char **out, const char *dir, const char *name, struct err *e)
{
	if (asprintf(out, "%s/%s", dir, name) != -1)
		return 0;
	*out = NULL;
	return err_nomem(e);
}

int
sandbox_write_file(const char *path, mode_t mode, const char *text, size_t n,
    struct err *e)
{
	struct tmpfile t;

	if (tmpfile_open(&t, path, mode, e) == -1)
		return -1;
	if (io_write_all(t.fd, text, n, e) == -1) {
		tmpfile_abort(&t);
		return -1;
	}
	return tmpfile_commit(&t, e);
}

/* Names of the files that sandbox_write_config makes, as absolute paths. */
struct config_files {
	char	*dir;
	char	*key, *secret, *password, *state;
};

static int
config_names(struct config_files *f, const char *path, struct err *e)
{
	char *dir = io_folder_of(path);

	if (dir == NULL)
		return err_nomem(e);
	f->dir = realpath(dir, NULL);
	free(dir);
	if (f->dir == NULL)
		return err_sys(e, ERR_CREATE, errno,
		    "cannot find the folder of %s", path);
	if (sandbox_join(&f->key, f->dir, "sandbox.key", e) == -1 ||
	    sandbox_join(&f->secret, f->dir, "sandbox.secret", e) == -1 ||
	    sandbox_join(&f->password, f->dir, "stage.secret", e) == -1)
		return -1;
	return sandbox_join(&f->state, f->dir, "state", e);
}

static void
config_names_free(struct config_files *f)
{
	free(f->dir);
	free(f->key);
	free(f->secret);
	free(f->password);
	free(f->state);
}

/*
 * Append `key: "value"` and a line end, indented, the value in the double
 * quotes of YAML.
 */
static int
config_line(struct buf *b, const char *indent, const char *key,
    const char *value, struct err *e)
{
	if (buf_addf(b, e, "%s%s: \"", indent, key) == -1)
		return -1;
	for (; *value != '\0'; value++) {
		if ((*value == '"' || *value == '\\') &&
		    buf_adds(b, "\\", e) == -1)
			return -1;
		if (buf_add(b, value, 1, e) == -1)
			return -1;
	}
	return buf_adds(b, "\"\n", e);
}

static int
config_ca(const struct sandbox *s, const char *key, struct buf *b,
    struct err *e)
{
	if (s->ca_file == NULL)
		return 0;
	return config_line(b, "    ", key, s->ca_file, e);
}

static int
config_provider(const struct sandbox *s, const struct config_files *f,
    struct buf *b, struct err *e)
{
	if (buf_addf(b, e, "providers:\n  sandbox:\n    type: mapp\n"
	    "    url: %s" SB_MAPP_PATH "\n", s->url) == -1 ||
	    config_line(b, "    ", "api_key_file", f->key, e) == -1 ||
	    config_line(b, "    ", "shared_secret_file", f->secret, e) == -1 ||
	    config_ca(s, "ca_file", b, e) == -1)
		return -1;
	return buf_adds(b, "    poll_first: 200ms\n    poll_cap: 1s\n", e);
}

/* The platforms that are only followed; the same secrets do for all of them. */
static int
config_followed(const struct sandbox *s, const struct config_files *f,
    struct buf *b, struct err *e)
{
	const struct {
		const char *name, *path, *lines, *secret[2], *file[2];
	} list[] = {
		{ "capillary", SB_CAPILLARY_PATH, "",
		    { "api_key_file", "api_secret_file" },
		    { f->key, f->secret } },
		{ "uniware", SB_UNIWARE_PATH,
		    "    username: " SB_UNIWARE_USER "\n",
		    { "password_file", NULL }, { f->secret, NULL } },
		{ "placewise", SB_PLACEWISE_PATH, "", { "token_file", NULL },
		    { f->key, NULL } },
		{ "which50", SB_WHICH50_PATH, "", { "auth_value_file", NULL },
		    { f->key, NULL } },
	};
	size_t i;
	int k;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (buf_addf(b, e, "  %s:\n    type: %s\n    url: %s%s\n%s",
		    list[i].name, list[i].name, s->url, list[i].path,
		    list[i].lines) == -1)
			return -1;
		for (k = 0; k < 2 && list[i].secret[k] != NULL; k++)
			if (config_line(b, "    ", list[i].secret[k],
			    list[i].file[k], e) == -1)
				return -1;
		if (config_ca(s, "ca_file", b, e) == -1 || buf_adds(b,
		    "    poll_first: 200ms\n    poll_cap: 1s\n", e) == -1)
			return -1;
	}
	return 0;
}

static int
config_endpoint(const struct sandbox *s, const struct config_files *f,
    struct buf *b, struct err *e)
{
	if (buf_addf(b, e, "endpoints:\n  stage:\n"
	    "    upload: %s/stage\n    pull: %s/stage\n",
	    s->url, s->url) == -1 ||
	    config_ca(s, "ca_file", b, e) == -1 ||
	    config_ca(s, "pull_ca_file", b, e) == -1)
		return -1;
	if (s->stage_user == NULL)
		return 0;
	if (config_line(b, "    ", "upload_user", s->stage_user, e) == -1)
		return -1;
	return config_line(b, "    ", "upload_password_file", f->password, e);
}

static int
config_text(const struct sandbox *s, const struct config_files *f,
    struct buf *b, struct err *e)
{
	if (buf_adds(b, "# Leads to a local stand-in: nothing leaves this"
	    " machine.\n", e) == -1 ||
	    config_line(b, "", "state_dir", f->state, e) == -1 ||
	    config_provider(s, f, b, e) == -1 ||
	    config_followed(s, f, b, e) == -1 ||
	    config_endpoint(s, f, b, e) == -1)
		return -1;
	return buf_adds(b, "jobs:\n  demo:\n    provider: sandbox\n"
	    "    endpoint: stage\n    bank: 600\n", e);
}

static int
config_secrets(const struct sandbox *s, const struct config_files *f,
    struct err *e)
{
	if (sandbox_write_file(f->key, 0600, secret_bytes(s->api_key),
	    secret_len(s->api_key), e) == -1 ||
	    sandbox_write_file(f->secret, 0600,
	    secret_bytes(s->shared_secret), secret_len(s->shared_secret),
	    e) == -1)
		return -1;
	if (s->stage_user == NULL)
		return 0;
	return sandbox_write_file(f->password, 0600,
	    secret_bytes(s->stage_password), secret_len(s->stage_password), e);
}

int
sandbox_write_config(const struct sandbox *s, const char *path,
    struct err *e)
{
	struct config_files f = { .dir = NULL };
	struct buf b;
	int r;

	buf_init(&b, 64u << 10);
	r = config_names(&f, path, e);
	if (r == 0)
		r = config_text(s, &f, &b, e);
	if (r == 0)
		r = config_secrets(s, &f, e);
	if (r == 0)
		r = sandbox_write_file(path, 0600, b.data, b.len, e);
	buf_release(&b);
	config_names_free(&f);
	if (r == -1)
		return err_wrap(e, "configuration for the sandbox");
	return 0;
}
