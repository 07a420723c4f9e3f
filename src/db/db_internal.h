/*
 * Shared by the files of src/db and their test, nobody else.
 */
#ifndef DB_DB_INTERNAL_H
#define DB_DB_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct db_opts;
struct err;

/* db.c */

/*
 * db_exec_plain(d, sql, e): run statements without values and rows.
 */
int	db_exec_plain(struct db *, const char *, struct err *);

/*
 * db_ask(d, sql, out, found, e): the first column of the only row of sql as an
 * integer into *out; with no row *found is false.
 */
int	db_ask(struct db *, const char *, int64_t *, bool *, struct err *);

/*
 * db_path(d): where the database lies; borrowed.
 */
const char *db_path(const struct db *);

/*
 * db_copy_into(d, to, e): what is committed into the empty or missing file to,
 * not flushed to disk.  Works inside a transaction that has changed nothing.
 */
int	db_copy_into(struct db *, const char *, struct err *);

/* upgrade.c */

/*
 * db_whose(d, opts, e): refuse a database of another program, and an empty one
 * where none may begin: ERR_LEDGER.  Changes nothing.
 */
int	db_whose(struct db *, const struct db_opts *, struct err *);

/*
 * db_migrate(d, opts, e): bring the tables to the newest number.
 */
int	db_migrate(struct db *, const struct db_opts *, struct err *);

/* fs.c */

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
