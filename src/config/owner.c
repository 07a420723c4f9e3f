/*
 * As whom the program works, and whose its configuration is.
 *
 * Runs by hand and the daemon share one ledger.  Files that root made there
 * would be closed to the daemon, so a command that is started as root goes on
 * as the owner of the state folder, before anything in it is opened and any
 * command of the configuration is run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/own.h"
#include "config.h"
#include "config_internal.h"

static int
become_owner(const struct config *c, struct err *e)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (lstat(c->set.state_dir, &st) == -1 &&
	    (c->fds[0] == -1 || fstat(c->fds[0], &st) == -1))
		return 0;
	if (st.st_uid == 0 || S_ISLNK(st.st_mode))
		return 0;
	return own_become(st.st_uid, st.st_gid, e);
}

/* Its folder: whoever may write there adds settings. */
static int
look_folder(struct config *c, struct err *e)
{
	struct err why;
	char *path;
	int rc = 0;

	if (c->ntrees == 0)
		return 0;
	if (asprintf(&path, "%s/conf.d", c->dirs[0]) < 0)
		return err_nomem(e);
	err_clear(&why);
	if (own_look(path, OWN_FOLDER, ERR_CONFIG, &why) == -1)
		rc = config_wrong(c, NULL, why.msg, e);
	free(path);
	return rc;
}

int
config_owner(struct config *c, struct err *e)
{
	struct err why;
	int rc = become_owner(c, e);
	size_t i;

	if (rc == 0)
		rc = look_folder(c, e);
	for (i = 0; rc == 0 && i < c->ntrees; i++) {
		if (c->fds[i] == -1)
			continue;
		err_clear(&why);
		if (own_check(c->fds[i], c->files[i], OWN_FILE, ERR_CONFIG,
		    &why) == -1)
			rc = config_wrong(c, NULL, why.msg, e);
		close(c->fds[i]);
		c->fds[i] = -1;
	}
	return rc;
}

int
config_state_look(const char *dir, size_t i, struct err *e)
{
	static const struct {
		const char	*name;
		enum own	 what;
	} parts[] = { { "", OWN_FOLDER }, { "/runs", OWN_FOLDER },
	    { "/locks", OWN_FOLDER }, { "/ledger.db", OWN_FILE },
	    { "/ledger.db-wal", OWN_FILE }, { "/ledger.db-shm", OWN_FILE } };
	char *path;
	int rc;

	if (i == sizeof(parts) / sizeof(parts[0]))
		return 1;
	if (asprintf(&path, "%s%s", dir, parts[i].name) < 0)
		return err_nomem(e);
	rc = own_look(path, parts[i].what, ERR_CONFIG, e);
	free(path);
	return rc;
}
