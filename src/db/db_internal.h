/*
 * Shared by the files of src/db and their test, nobody else.
 */
#ifndef DB_DB_INTERNAL_H
#define DB_DB_INTERNAL_H

#include <stdint.h>

struct err;

/*
 * db_fs_network(magic): the name of a file system that is shared over a
 * network, by its f_type of statfs(2), or NULL for any other.  FUSE counts,
 * because sshfs and its like cannot be told from local ones.
 */
const char *db_fs_network(uint32_t);

/*
 * db_fs_check(path, e): ERR_LEDGER when the existing path lies on such a
 * file system; ERR_IO when that cannot be found out.
 */
int	db_fs_check(const char *, struct err *);

#endif
