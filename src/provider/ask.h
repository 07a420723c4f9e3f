/*
 * What a provider can be asked.
 */
#ifndef PROVIDER_ASK_H
#define PROVIDER_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/str.h"
#include "../format/pack.h"
#include "setting.h"

enum pv_verb {
	PV_LOGIN,	/* get a token, which the other verbs then have */
	PV_BANKS,	/* list the banks this account can see */
	PV_LOOKUP,	/* state of up to 100 codes in a bank */
	PV_SUBMIT_FILE,	/* announce a staged file */
	PV_SUBMIT_ROWS,	/* send rows inside the call */
	PV_STATUS,	/* states of tasks by id */
	PV_FIND		/* tasks between two days, Pacific for Mapp */
};

struct err;
struct pv_state;
struct secret;

struct pv_account {
	const char	*url;
	/* in the order of the settings of the provider's row */
	struct pv_value	 values[PV_SETTINGS_MAX];
	const struct secret *token;	/* of PV_LOGIN, where there is that */
};

/* A file that is sent itself. */
struct pv_file {
	int		 fd;
	uint64_t	 len;
	const char	*name;
};

/* How the platform shall fetch a staged file. */
struct pv_pull {
	const char	*scheme;  /* http https ftp ftpes ftps sftp */
	const char	*host;
	uint16_t	 port;
	bool		 default_port;
	const char	*url;	  /* http(s): whole URL of the file */
	const char	*path;	  /* others: path of the file over there */
	const char	*user;
	const struct secret *password;
	enum pack_kind	 compression;
};

struct pv_row {
	const char	*code;
	size_t		 len;
	int		 redeemed;	/* 0, 1, -1 none */
	struct date	 date;		/* or none */
};

struct pv_ask {
	enum pv_verb		 verb;
	const struct pv_account	*account;
	const char		*bank;	/* id, as text */
	/*
	 * Called before a request that may change something goes out, to store
	 * the state so that it outlives this process; NULL: nobody does.
	 */
	int	(*keep)(void *, const struct pv_state *, struct err *);
	void			*keep_arg;
	/* PV_SUBMIT_FILE: one of these */
	const struct pv_pull	*pull;
	const struct pv_file	*file;
	int			 redeemed;	/* for all rows; -1: in file */
	struct date		 date;		/* or none */
	const char		*notification_email; /* or NULL */
	/* PV_SUBMIT_ROWS; PV_LOOKUP uses the codes only */
	const struct pv_row	*rows;
	size_t			 nrows;
	/* PV_STATUS */
	const char *const	*tasks;
	size_t			 ntasks;
	/* PV_FIND */
	struct date		 from, to;
};

#endif
