/*
 * On which kind of file system does the database lie?
 *
 * WAL mode shares an index between processes through mapped memory, which is
 * the same memory only on one machine (sqlite.org/wal.html, "all processes
 * must be on the same host"), and locks of network file systems are known to
 * be granted twice.  A ledger that two hosts write at once would submit twice.
 */
#include "db_internal.h"

#include <errno.h>
#include <stddef.h>
#include <sys/vfs.h>

#include "../base/err.h"

/* Values of statfs(2) and <linux/magic.h>. */
static const struct {
	uint32_t	 magic;
	const char	*name;
} networks[] = {
	{ 0x00006969, "NFS" },
	{ 0x0000517b, "SMB" },
	{ 0xff534d42, "CIFS" },
	{ 0xfe534d42, "SMB 2" },
	{ 0x65735546, "FUSE" },
	{ 0x5346414f, "AFS" },
	{ 0x00c36400, "Ceph" },
};

const char *
db_fs_network(uint32_t magic)
{
	size_t i;

	for (i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		if (networks[i].magic == magic)
			return networks[i].name;
	return NULL;
}

int
db_fs_check(const char *path, struct err *e)
{
	struct statfs st;
	const char *name;
	int rc;

	do {
		rc = statfs(path, &st);
	} while (rc == -1 && errno == EINTR);
	if (rc == -1)
		return err_sys(e, ERR_IO, errno,
		    "cannot see on which disk the ledger %s lies", path);
	name = db_fs_network((uint32_t)st.f_type);
	if (name != NULL)
		return err_set(e, ERR_LEDGER, "the ledger %s lies on a network"
		    " file system (%s), where two hosts can write at once;"
		    " set state_dir to a folder on a local disk", path, name);
	return 0;
}
