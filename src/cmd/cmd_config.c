/* config: a first configuration, and what the present one says. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/own.h"
#include "../base/tmpfile.h"
#include "../format/jsonx.h"
#include "../report/json.h"
#include "../report/text.h"
#include "cmd.h"

static const char sample[] =
"# coupondrop: who uploads what where.  `coupondrop config check` reads this.\n"
"#state_dir: /var/lib/coupondrop\n"
"\n"
"providers:\n"
"  empower:\n"
"    type: mapp\n"
"    url: https://echo.bluehornet.com/api/xmlrpc/index.php\n"
"    api_key_file: empower.key          # readable by you only\n"
"    shared_secret_file: empower.secret\n"
"\n"
"endpoints:\n"
"  files:\n"
"    upload: sftp://pos@files.example.com:2222/drop\n"
"    identity_file: id_ed25519\n"
"    #host_key: [\"SHA256:...\"]          # ask the server's owner for it\n"
"    pull: sftp://files.example.com:2222/drop\n"
"    pull_user: mapp\n"
"    pull_password_file: pull.secret\n"
"\n"
"jobs:\n"
"  nightly:\n"
"    source: /srv/pos/redemptions-*.csv\n"
"    provider: empower\n"
"    endpoint: files\n"
"    bank: 600\n"
"    notification_email: loyalty@example.com\n"
"    timezone: Europe/Berlin\n";

static int
init_run(struct env *v)
{
	const char *path = v->line.nargs > 1 ? v->line.args[1] :
	    "coupondrop.yaml";
	struct tmpfile t = { .fd = -1 };
	char word[PATH_MAX];
	int rc = tmpfile_open(&t, path, 0600, &v->err);
	json_t *o;

	if (rc == 0)
		rc = io_write_all(t.fd, sample, sizeof(sample) - 1, &v->err);
	/* What a person has written is never replaced. */
	if (rc == 0)
		rc = tmpfile_commit_new(&t, &v->err);
	tmpfile_abort(&t);
	if (rc == -1)
		return env_fail(v);
	if (v->json) {
		o = json_schema("coupondrop.config/1", 0);
		json_object_set_new(o, "path", jsonx_str(path));
		return env_answer(v, o, 0);
	}
	text_name(stdout, path);
	printf(" written; change the names in it, then:\n"
	    "  coupondrop config check --config %s\n",
	    own_shell_word(path, word));
	return 0;
}

static void
note_text(void *arg, const char *note)
{
	(void)arg;
	text_line(stdout, "  note: ", note);
}

static void
note_json(void *list, const char *note)
{
	json_array_append_new(list, jsonx_str(note));
}

static json_t *
config_json(struct env *v, int code)
{
	json_t *o = json_schema("coupondrop.config/1", code), *list;
	size_t i;

	json_object_set_new(o, "path", jsonx_str(v->config.path != NULL &&
	    v->config.path[0] != '\0' ? v->config.path : NULL));
	json_object_set_new(o, "sha256", json_string(v->config.set.sha256));
	json_object_set_new(o, "state_dir",
	    jsonx_str(v->config.set.state_dir));
	list = json_array();
	for (i = 0; i < v->config.nwrong; i++)
		json_array_append_new(list, jsonx_str(v->config.wrong[i]));
	json_object_set_new(o, "mistakes", list);
	list = json_array();
	for (i = 0; i < v->config.set.njobs; i++)
		json_array_append_new(list,
		    jsonx_str(v->config.set.jobs[i].name));
	json_object_set_new(o, "jobs", list);
	list = json_array();
	config_notes(&v->config, note_json, list);
	json_object_set_new(o, "notes", list);
	json_object_set_new(o, "error", json_error(&v->err));
	return o;
}

static int
check_run(struct env *v)
{
	const struct config *c = &v->config;
	int code = 0;

	if (env_config(v) == -1)
		code = env_fail(v);
	else if (config_check(&v->config, &v->err) == -1) {
		env_mistakes(v);
		code = env_fail(v);
	}
	if (v->json)
		return env_answer(v, config_json(v, code), code);
	if (code == 0 && c->path[0] == '\0')
		puts("there is no configuration yet; make one with: "
		    "coupondrop config init");
	else if (code == 0) {
		text_name(stdout, c->path);
		printf(": good\n  providers %zu, endpoints %zu, jobs %zu\n",
		    c->set.nproviders, c->set.nendpoints, c->set.njobs);
		config_notes(c, note_text, NULL);
	}
	return code;
}

/*
 * The name of what comes next, then a URL without the password in it, and
 * without its query, which may be a signature.
 */
static void
put_url(const char *before, const char *url)
{
	const char *user = strstr(url, "://"), *host = strrchr(url, '@');
	const char *secret = user != NULL && host != NULL ?
	    memchr(user + 3, ':', host > user + 3 ? (size_t)(host - user - 3) :
	    0) : NULL;

	if (secret == NULL)
		printf("%s%.*s", before, (int)strcspn(url, "?"), url);
	else
		printf("%s%.*s...%.*s", before, (int)(secret - url + 1), url,
		    (int)strcspn(host, "?"), host);
}

static int
show_run(struct env *v)
{
	const struct settings *s = &v->config.set;
	size_t i;

	if (env_config(v) == -1)
		return env_fail(v);
	if (v->json)
		return env_answer(v, config_json(v, 0), 0);
	fputs("configuration  ", stdout);
	if (v->config.path[0] != '\0')
		text_name(stdout, v->config.path);
	else
		fputs("none; looked for as "
		    "~/.config/coupondrop/coupondrop.yaml\n"
		    "               and /etc/coupondrop/coupondrop.yaml",
		    stdout);
	text_line(stdout, "\nstate          ", s->state_dir);
	for (i = 0; i < s->nproviders; i++) {
		printf("provider       %s: %s", s->providers[i].name,
		    s->providers[i].type);
		put_url(" at ", s->providers[i].url);
		putchar('\n');
	}
	for (i = 0; i < s->nendpoints; i++) {
		printf("endpoint       %s:", s->endpoints[i].name);
		put_url(" up ", s->endpoints[i].upload.url);
		put_url(", down ", s->endpoints[i].pull.url);
		putchar('\n');
	}
	for (i = 0; i < s->njobs; i++) {
		const struct set_job *j = &s->jobs[i];

		printf("job            %s: ", j->name);
		text_name(stdout, j->source != NULL ? j->source :
		    "(no source)");
		printf(" to bank %s at %s by %s\n",
		    j->bank != NULL ? j->bank : "(none)",
		    j->provider != NULL ? j->provider : "(none)",
		    j->endpoint != NULL ? j->endpoint : "the call itself");
	}
	return 0;
}

static int
config_run(struct env *v)
{
	const char *what = v->line.nargs > 0 ? v->line.args[0] : "";

	if (strcmp(what, "init") == 0)
		return init_run(v);
	if (strcmp(what, "check") == 0)
		return check_run(v);
	if (strcmp(what, "show") == 0)
		return show_run(v);
	err_set(&v->err, ERR_USAGE, "use config init, config check or config "
	    "show");
	return env_fail(v);
}

const struct command cmd_config = {
	"config", "init|check|show", "a first configuration; mistakes in it",
	"set up",
	FLAG(F_HELP) | FLAG(F_JSON) | FLAG(F_CONFIG), SETTINGS_NONE,
	"  coupondrop config init [FILE]   write a first one to change\n"
	"  coupondrop config check         all mistakes at once, with places\n"
	"  coupondrop config show          what is in force\n\n"
	"It is found by --config, $COUPONDROP_CONFIG, "
	"~/.config/coupondrop/coupondrop.yaml,\nor "
	"/etc/coupondrop/coupondrop.yaml, with conf.d/*.yaml beside it.",
	config_run
};
