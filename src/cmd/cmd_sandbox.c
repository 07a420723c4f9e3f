/* sandbox: a platform on this machine. */
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/own.h"
#include "../base/stop.h"
#include "../base/str.h"
#include "../base/tmpfile.h"
#include "../report/json.h"
#include "../sandbox/sandbox.h"
#include "cmd.h"

static int
sandbox_options(struct env *v, struct sandbox_opts *o)
{
	uint64_t port = 0, ftps = 0, moods = 0;
	const struct line *l = &v->line;

	if (env_number(v, F_PORT, 65535, &port) == -1 ||
	    env_number(v, F_FTPS_PORT, 65535, &ftps) == -1 ||
	    env_number(v, F_MOODS, INT64_MAX, &moods) == -1 ||
	    env_time(v, F_QUEUED, &o->queued_ms) == -1 ||
	    env_time(v, F_RUNNING, &o->running_ms) == -1 ||
	    env_time(v, F_TOKEN_LIFE, &o->token_life_ms) == -1)
		return -1;
	o->dir = l->flag[F_DIR] != NULL ? l->flag[F_DIR] :
	    "coupondrop-sandbox";
	o->port = (uint16_t)port;
	o->ftps_port = (uint16_t)ftps;
	o->moods = moods;
	o->faults_file = l->flag[F_FAULTS];
	o->jobs_file = l->flag[F_JOBS];
	o->ca_file = l->flag[F_CA_FILE];
	o->cert_file = l->flag[F_CERT];
	o->key_file = l->flag[F_KEY];
	o->task_output = line_has(l, F_OUTPUT);
	o->log = v->log;
	return 0;
}

/* "600:Autumn 10 %:codes.txt"; the file may be missing. */
static int
sandbox_bank(struct env *v, struct sandbox *s, const char *text)
{
	char *copy = str_dup(text, &v->err), *name, *file = NULL;
	struct sandbox_bank b = { 0 };
	uint64_t id = 0, loaded = 0;
	int rc;

	if (copy == NULL)
		return -1;
	name = strchr(copy, ':');
	if (name != NULL) {
		*name++ = '\0';
		file = strchr(name, ':');
	}
	if (file != NULL)
		*file++ = '\0';
	if (name == NULL || str_u64(copy, strlen(copy), 999999999, &id) == -1)
		rc = err_set(&v->err, ERR_USAGE, "--load %s: write "
		    "ID:NAME:FILE, such as 600:Autumn:codes.txt", text);
	else {
		b.id = (int64_t)id;
		b.name = name;
		b.codes = file != NULL && file[0] != '\0' ? file : NULL;
		rc = sandbox_load(s, &b, &loaded, &v->err);
	}
	if (rc == 0 && !v->json)
		printf("bank       %llu \"%s\", %llu new codes\n",
		    (unsigned long long)id, name,
		    (unsigned long long)loaded);
	free(copy);
	return rc;
}

static int
sandbox_tell(struct env *v, struct sandbox *s, const char *config)
{
	const char *url = sandbox_url(s);
	char word[PATH_MAX];
	json_t *o;

	if (v->json) {
		o = json_schema("coupondrop.sandbox/1", 0);
		json_object_set_new(o, "url", json_string(url));
		json_object_set_new(o, "port",
		    json_integer(sandbox_port(s)));
		json_object_set_new(o, "config", config != NULL ?
		    json_string(config) : json_null());
		return env_answer(v, o, 0) == 0 ? 0 : -1;
	}
	printf("platform   %s/api/xmlrpc/index.php\n"
	    "uploads    %s/stage\n", url, url);
	if (config != NULL)
		printf("try        coupondrop run --config %s -j demo FILE\n",
		    own_shell_word(config, word));
	puts("ready      end it with Ctrl-C");
	fflush(stdout);
	return 0;
}

static int
sandbox_serve(struct env *v, struct sandbox *s, const char *dir)
{
	const char *config = v->line.flag[F_WRITE_CONFIG];
	struct pollfd stopped = { .fd = stop_fd(), .events = POLLIN };
	char path[4200];
	size_t i;

	for (i = 0; i < v->line.nload; i++)
		if (sandbox_bank(v, s, v->line.load[i]) == -1)
			return -1;
	if (config == NULL) {
		snprintf(path, sizeof(path), "%s/coupondrop.yaml", dir);
		config = path;
	}
	if (sandbox_write_config(s, config, &v->err) == -1 ||
	    sandbox_tell(v, s, config) == -1)
		return -1;
	while (stop_signal() == 0)
		poll(&stopped, 1, -1);
	return 0;
}

static int
sandbox_run(struct env *v)
{
	struct sandbox_opts o = { 0 };
	struct sandbox *s;
	int rc;

	if (line_has(&v->line, F_FAULTS) &&
	    strcmp(v->line.flag[F_FAULTS], "help") == 0) {
		fputs(sandbox_faults_help(), stdout);
		return 0;
	}
	if (line_has(&v->line, F_JOBS) &&
	    strcmp(v->line.flag[F_JOBS], "help") == 0) {
		fputs(sandbox_jobs_help(), stdout);
		return 0;
	}
	if (v->line.nargs > 0)
		err_set(&v->err, ERR_USAGE, "sandbox takes no argument");
	if (v->err.code != ERR_NONE || sandbox_options(v, &o) == -1)
		return env_fail(v);
	o.clock = v->clock;
	s = sandbox_start(&o, &v->err);
	if (s == NULL)
		return env_fail(v);
	rc = sandbox_serve(v, s, o.dir);
	sandbox_stop(s);
	return rc == 0 ? 0 : env_fail(v);
}

const struct command cmd_sandbox = {
	"sandbox", "", "a platform on this machine, to try things with",
	"set up",
	FLAG(F_HELP) | FLAG(F_JSON) | FLAG(F_VERBOSE) | FLAG(F_LOG_FORMAT) |
	    FLAG(F_PORT) | FLAG(F_DIR) | FLAG(F_LOAD) |
	    FLAG(F_WRITE_CONFIG) | FLAG(F_FAULTS) | FLAG(F_JOBS) |
	    FLAG(F_TOKEN_LIFE) | FLAG(F_MOODS) |
	    FLAG(F_CA_FILE) |
	    FLAG(F_QUEUED) | FLAG(F_RUNNING) | FLAG(F_CERT) | FLAG(F_KEY) |
	    FLAG(F_FTPS_PORT) | FLAG(F_OUTPUT), SETTINGS_NONE,
	"Stands in for Mapp Empower: the same calls, the same answers, the "
	"same oddities.\nKeeps coupon banks, fetches announced files, unpacks "
	"and applies them.  It also\ntakes uploads itself, so nothing else is "
	"needed for a first run:\n\n"
	"  coupondrop sandbox --load 600:Autumn:codes.txt\n"
	"  coupondrop run --config coupondrop-sandbox/coupondrop.yaml -j "
	"demo codes.csv\n\n"
	"--load may be given several times.  --faults FILE makes it "
	"misbehave; the format\nof FILE is shown by: coupondrop sandbox "
	"--faults help\n\n"
	"It also has the calls by which jobs of other platforms are "
	"followed, such as under\n/capillary; --jobs FILE says which jobs "
	"there are (coupondrop sandbox --jobs help).\nA job moves on each "
	"time it is asked for.",
	sandbox_run
};
