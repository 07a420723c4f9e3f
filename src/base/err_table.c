/*
 * The table of all errors: word, exit code, retry class, meaning, advice and
 * kinds, 0 for none.
 *
 * The words are part of the program's interface and never change.  Manual and
 * `explain` print these sentences as they are.  What a platform refuses with
 * has rows of the same form among its provider's files.
 */
#include "err_internal.h"

const struct err_info err_table[ERR__MAX] = {
	[ERR_NONE] = {
		"none", 0, RETRY_NEVER,
		"No error.",
		"",
		0,
	},
	[ERR_USAGE] = {
		"usage", 64, RETRY_NEVER,
		"The command line could not be understood.",
		"Look at the usage line with --help and repeat the "
		    "command.",
		0,
	},
	[ERR_CONFIG] = {
		"config", 78, RETRY_NEVER,
		"The configuration contains a mistake or misses something.",
		"Correct what the message names, in the configuration or "
		    "on the command line; \"coupondrop config check\" lists "
		    "all mistakes of the file.",
		ERR_MENDABLE,
	},
	[ERR_SECRET] = {
		"secret", 78, RETRY_NEVER,
		"A password, key or token could not be read from where "
		    "the configuration says it is, or its file is not "
		    "protected.",
		"Check that the file exists, belongs to root or to you, "
		    "and is closed to others (chmod o= FILE); a command must "
		    "print the secret and exit with 0.",
		ERR_MENDABLE,
	},
	[ERR_INPUT] = {
		"input", 66, RETRY_NEVER,
		"The input file is missing or cannot be read.",
		"Check the path and the permissions, or have the file made "
		    "again as the message says.",
		0,
	},
	[ERR_REF] = {
		"reference", 66, RETRY_NEVER,
		"No run or task with this reference is known here.",
		"List what is known with \"coupondrop runs\"; write tasks "
		    "as PROVIDER:ID, for example mapp:92794.",
		0,
	},
	[ERR_RULES] = {
		"rules", 65, RETRY_NEVER,
		"The file breaks rules that redeemed coupons must follow.",
		"Correct the rows that are listed, or have them set aside "
		    "with max_reject, then send the file again.",
		0,
	},
	[ERR_SANITY] = {
		"sanity", 10, RETRY_NEVER,
		"The file can be read, but something about it is so "
		    "unlikely that it was not sent.",
		"Compare the file with what was expected; if it is right, "
		    "change the limit that the message names.",
		0,
	},
	[ERR_BANK] = {
		"bank", 10, RETRY_NEVER,
		"The coupon bank does not exist on the platform or is not "
		    "the expected one.",
		"Compare the bank number and name in the configuration "
		    "with those that the platform shows; a run that waits "
		    "and is not to go there any more is dropped with "
		    "\"coupondrop resume RUN --give-up\".",
		0,
	},
	[ERR_NOMEM] = {
		"out-of-memory", 70, RETRY_NEVER,
		"This machine has no memory left for the program.",
		"Free memory or raise the limit of the service and give the "
		    "same command again; a run that had begun goes on with "
		    "\"coupondrop resume\".",
		ERR_ENDS,
	},
	[ERR_INTERNAL] = {
		"internal", 70, RETRY_NEVER,
		"The program came into a state that it should never reach.",
		"Run it again with -v and report the messages; nothing is "
		    "sent twice by that.",
		ERR_ENDS,
	},
	[ERR_CREATE] = {
		"cannot-create", 73, RETRY_NEVER,
		"An output file or folder cannot be created.",
		"Check that the folder exists, that you may write to it, "
		    "that no file is in the way, and that the disk is not "
		    "mounted read-only.",
		0,
	},
	[ERR_IO] = {
		"io", 74, RETRY_NEVER,
		"Reading or writing on this machine failed.",
		"Check the disk and the system log and give the same command "
		    "again; a run that had begun goes on with \"coupondrop "
		    "resume\".",
		0,
	},
	[ERR_NOSPACE] = {
		"no-space", 74, RETRY_NEVER,
		"The disk or the quota on this machine is full.",
		"Make room and give the same command again; a run that had "
		    "begun goes on with \"coupondrop resume\".",
		0,
	},
	[ERR_OPEN_FILES] = {
		"open-files", 74, RETRY_NEVER,
		"This machine, or the limit of this process, permits no more "
		    "open files.",
		"Raise the limit (ulimit -n, or LimitNOFILE= of a service) or "
		    "name fewer files, and give the same command again; a run "
		    "that had begun goes on with \"coupondrop resume\".",
		0,
	},
	[ERR_LEDGER] = {
		"ledger", 74, RETRY_NEVER,
		"The ledger, which knows what was sent, is damaged, busy "
		    "or from a newer version.",
		"Check the disk and which version made the ledger; do not "
		    "delete it, or sent files may be sent again.  If it stays "
		    "damaged, put the newest good copy in its place; with none "
		    "move it away and give \"coupondrop ledger init\", which "
		    "knows nothing of what was sent.",
		0,
	},
	[ERR_LOCKED] = {
		"locked", 8, RETRY_BACKOFF,
		"Another run of this job is at work.",
		"Wait for it to end, or use --wait-lock; \"coupondrop "
		    "status\" shows what is running.",
		0,
	},
	[ERR_STOPPED] = {
		"stopped", 130, RETRY_NEVER,
		"The program was asked to stop by a signal.",
		"A run goes on where it stopped with \"coupondrop resume "
		    "RUN\"; anything else is begun again.",
		ERR_ENDS,
	},
	[ERR_RESOLVE] = {
		"resolve", 69, RETRY_BACKOFF,
		"The name of the server was not found.",
		"Check the spelling of the host in the configuration and "
		    "the name service of this machine.",
		ERR_UNREACHED | ERR_ENDS,
	},
	[ERR_CONNECT] = {
		"connect", 69, RETRY_BACKOFF,
		"The server refused the connection, cannot be reached, or no "
		    "TLS connection could be agreed on with it.",
		"Check address and port, that the server is up and speaks "
		    "TLS if the address says so, and that no firewall stands "
		    "between.",
		ERR_UNREACHED | ERR_ENDS,
	},
	[ERR_TIMEOUT] = {
		"timeout", 75, RETRY_BACKOFF,
		"The other side did not answer in time.",
		"Try again later with \"coupondrop resume\"; if it stays "
		    "slow, raise the time limit in the configuration.",
		ERR_UNREACHED | ERR_CUT | ERR_ENDS,
	},
	[ERR_BROKEN] = {
		"broken", 75, RETRY_BACKOFF,
		"The connection was lost in the middle.",
		"Try again with \"coupondrop resume\"; nothing that "
		    "arrived whole is sent again.",
		ERR_CUT | ERR_ENDS,
	},
	[ERR_UNAVAILABLE] = {
		"unavailable", 69, RETRY_BACKOFF,
		"The server answered that it cannot work right now.",
		"Try again later with \"coupondrop resume\"; if it lasts "
		    "for hours, ask the operator of the server.",
		0,
	},
	[ERR_BUSY] = {
		"busy", 75, RETRY_BACKOFF,
		"The server has as many connections, or users, as it takes "
		    "at a time.",
		"Run \"coupondrop resume\" when others have left; if it is "
		    "often so, have the operator raise the limit, or use "
		    "fewer connections (streams).",
		0,
	},
	[ERR_HOSTKEY] = {
		"host-key", 9, RETRY_NEVER,
		"The file server showed a key that is unknown or has "
		    "changed, so it may be another machine.",
		"Ask the operator of the server for the fingerprint of "
		    "its key; put it into host_key only if it is the one "
		    "shown.",
		ERR_MENDABLE,
	},
	[ERR_CERT] = {
		"certificate", 9, RETRY_NEVER,
		"The server showed a certificate that is not trusted.",
		"Check the host name and whether the certificate has "
		    "expired; name the right authority in ca_file if it is "
		    "your own.",
		ERR_MENDABLE,
	},
	[ERR_LOGIN] = {
		"login", 77, RETRY_NEVER,
		"The server, or a proxy on the way to it, refused the user "
		    "name, password or key.",
		"Check user and secret for the one that the message names; "
		    "after a change the next run reads them again.",
		ERR_MENDABLE | ERR_CREDENTIALS | ERR_WRONG_LOGIN,
	},
	[ERR_DENIED] = {
		"denied", 77, RETRY_NEVER,
		"The login worked, but the server does not permit this "
		    "action, or a proxy does not permit the connection.",
		"Ask the operator to give this user the right that the "
		    "message names, or use another folder; with a proxy, ask "
		    "whoever runs it to permit this host the connection.",
		ERR_MENDABLE | ERR_CREDENTIALS,
	},
	[ERR_CLIENT_CERT] = {
		"client-certificate", 77, RETRY_NEVER,
		"The server wants a certificate of this host, and none was "
		    "given, or it does not take the one that was.",
		"Set client_cert and client_key of the endpoint, which are "
		    "for the upload only, to a certificate that the server "
		    "takes; \"openssl x509 -noout -dates -issuer -in FILE\" "
		    "tells until when one is good and who issued it.",
		ERR_MENDABLE,
	},
	[ERR_REMOTE_FULL] = {
		"remote-full", 75, RETRY_BACKOFF,
		"The disk or the quota of the file server is full.",
		"Have room made on the file server, or remove old uploads "
		    "there, then run \"coupondrop resume\".",
		0,
	},
	[ERR_TOO_LARGE] = {
		"too-large", 78, RETRY_NEVER,
		"The file is larger than the file server takes; that is a "
		    "limit it was given, no lack of room.",
		"Have the operator of the server raise its limit for one file, "
		    "or make the file smaller: packing: zip, or fewer rows in "
		    "it.",
		ERR_MENDABLE,
	},
	[ERR_NOTFOUND] = {
		"not-found", 75, RETRY_BACKOFF,
		"A file that should be on the server is not there.",
		"Check the path in the configuration and whether "
		    "something on the server moves or deletes files.",
		0,
	},
	[ERR_EXISTS] = {
		"exists", 75, RETRY_NEVER,
		"A file with this name is on the server already.",
		"Look at the file there; remove it if nobody needs it, "
		    "then run \"coupondrop resume\".",
		ERR_MENDABLE,
	},
	[ERR_MISMATCH] = {
		"mismatch", 75, RETRY_BACKOFF,
		"The file on the server differs from what was uploaded.",
		"Run \"coupondrop resume\" to upload it again; if it "
		    "happens again, something on the way or on the server "
		    "changes files.",
		0,
	},
	[ERR_PICKUP] = {
		"pick-up", 75, RETRY_BACKOFF,
		"The file was uploaded, but the server from which the "
		    "platform would fetch it answers and does not hand it "
		    "over.",
		"Run \"coupondrop resume\" later; if it stays so, have the "
		    "operator of that server mend what the message says, since "
		    "the platform would meet the same.",
		0,
	},
	[ERR_PROTOCOL] = {
		"protocol", 76, RETRY_NEVER,
		"The answer of the other side makes no sense.",
		"Check that address and port belong to the right service "
		    "and that no portal or proxy answers in its place.",
		0,
	},
	[ERR_LIMIT] = {
		"limit", 76, RETRY_NEVER,
		"An answer or archive is larger than is safe to accept.",
		"Check that the right file or address is used; the "
		    "message names the limit.",
		0,
	},
	[ERR_UNSUPPORTED] = {
		"unsupported", 78, RETRY_NEVER,
		"The server or this build of the program cannot do what "
		    "the configuration asks for.",
		"Choose another setting; \"coupondrop --version\" shows "
		    "what this build is made of.",
		ERR_MENDABLE,
	},
	[ERR_MALFORMED_CALL] = {
		"malformed-call", 70, RETRY_NEVER,
		"The platform says that the call was not formed as it "
		    "expects.",
		"Run it again with -v and report the messages; the "
		    "platform may have changed.",
		0,
	},
	[ERR_REFUSED] = {
		"refused", 76, RETRY_NEVER,
		"The platform refused the call with a reason that is not "
		    "known here.",
		"Read the text of the platform in the message, and ask "
		    "its support with it.",
		0,
	},
	[ERR_UNKNOWN] = {
		"unknown-outcome", 7, RETRY_ASK_FIRST,
		"The file was submitted, but no answer came, so nobody "
		    "knows whether it was taken.",
		"Look at the platform whether the task is there, then "
		    "decide with \"coupondrop resume RUN\" and --adopt REF, "
		    "--resubmit or --give-up.",
		0,
	},
	[ERR_LOST] = {
		"task-lost", 7, RETRY_ASK_FIRST,
		"The platform does not know the task any more, or it did "
		    "not end in time.",
		"Check the result at the platform.  If it is the task of a "
		    "run, decide about that with \"coupondrop resume RUN\" "
		    "and --adopt REF, --resubmit or --give-up.",
		0,
	},
	[ERR_TASK_FAILED] = {
		"task-failed", 11, RETRY_NEVER,
		"The platform took the file but could not apply it, or "
		    "refused too many rows.",
		"Read the list of failed rows and the text of the "
		    "platform, correct the cause, then send the failed rows "
		    "again with \"coupondrop run\".",
		0,
	},
	[ERR_PARTIAL] = {
		"partial", 3, RETRY_NEVER,
		"The run has finished, but some rows were set aside or "
		    "refused.",
		"Look at the rows in the files named in the result, "
		    "correct them, and send them again.",
		0,
	},
	[ERR_DEADLINE] = {
		"deadline", 4, RETRY_NEVER,
		"The platform was still working when the time allowed had "
		    "passed.",
		"Wait for the end with \"coupondrop resume\"; nothing is "
		    "sent again by that.",
		0,
	},
	[ERR_NOTHING] = {
		"nothing-to-do", 5, RETRY_NEVER,
		"There was nothing to do: no file, no row to send, no run "
		    "that waits, or the file itself went through before.",
		"That is fine unless something was expected: \"coupondrop "
		    "runs\" lists what was sent, and a file is found only "
		    "where it was delivered and the source of the job "
		    "looks for it.",
		0,
	},
	[ERR_SAID_NO] = {
		"said-no", 5, RETRY_ASK_FIRST,
		"A person was asked before rows were sent and did not say "
		    "yes, so the run waits for a person's word.",
		"Name the run to go on with it, or to drop it, as the "
		    "message says; until then nothing sends its rows.",
		0,
	},
	[ERR_REPEAT] = {
		"repeat", 6, RETRY_NEVER,
		"The same content went through before, so it was not sent "
		    "again.",
		"Nothing needs to be sent; \"coupondrop show RUN\" tells "
		    "what came of its rows.",
		0,
	},
	[ERR_REPEAT_WAITS] = {
		"repeat-waits", 4, RETRY_ASK_FIRST,
		"The same content waits in another run, of which nothing "
		    "was sent, or which is at work now.",
		"Let that run end if it is at work; else go on with it by "
		    "\"coupondrop resume RUN\", or drop it with --give-up and "
		    "run the file again.",
		0,
	},
	[ERR_REPEAT_SENT] = {
		"repeat-sent", 7, RETRY_ASK_FIRST,
		"The same content was sent before, and it is not certain "
		    "what came of it, so it was not sent again unasked.",
		"Look with \"coupondrop show RUN\" and at the platform "
		    "whether the coupons are redeemed; \"coupondrop run "
		    "--again\" sends them all the same, \"coupondrop ack RUN "
		    "--note TEXT\" closes the matter.",
		0,
	},
	[ERR_REPEAT_PARTIAL] = {
		"repeat-partial", 3, RETRY_NEVER,
		"The same content was sent before, and a few of its rows "
		    "were refused or not applied, so it was not sent again "
		    "unasked.",
		"Send the rows that \"coupondrop show RUN\" names, once "
		    "mended; \"coupondrop run --again\" sends all of them, "
		    "\"coupondrop ack RUN --note TEXT\" closes the matter.",
		0,
	},
	[ERR_REPEAT_FAILED] = {
		"repeat-failed", 11, RETRY_NEVER,
		"The same content was sent before, and the platform did "
		    "not apply it, or not enough of it, so it was not sent "
		    "again unasked.",
		"Send the rows that \"coupondrop show RUN\" names, once "
		    "mended; \"coupondrop run --again\" sends all of them, "
		    "\"coupondrop ack RUN --note TEXT\" closes the matter.",
		0,
	},
	[ERR_CHANGING] = {
		"source-changing", 75, RETRY_BACKOFF,
		"The file is still being written, or changed before its "
		    "rows were sent, so that some might be missing.",
		"Run again when the file is complete.  Whoever writes it "
		    "should write under another name and rename it, or put "
		    "a second file beside it that done_file of the job names.",
		0,
	},
	[ERR_UNCONFIRMED] = {
		"unconfirmed", 12, RETRY_NEVER,
		"The platform says it is done, but nothing proves that "
		    "the rows were applied.",
		"Look the codes in unknown.csv up at the platform, if there "
		    "is that file; with verify: off nothing is looked up, so "
		    "set verify to sample or all for the job.",
		0,
	},
};
