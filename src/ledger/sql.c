/*
 * Every statement of the ledger.
 *
 * A change of state names the state it starts from, so that of two processes
 * that saw the same state exactly one changes it.  The 34 parameters of a part
 * are bound in one place, parts.c.
 */
#include "ledger_internal.h"

/* The states of states.h as the tables have them; they may never change. */
#define RECEIVED	"0"
#define REJECTED	"1"
#define ACTIVE		"2"
#define HELD		"3"
#define FINISHED	"4"
#define ENDED		"1,4,5"
#define NOT_ENDED	"0,2,3"
#define PART_IS_DONE	"8"
#define PARTS_OPEN	"4,6"		/* a person has to decide */
#define PARTS_UNANSWERED "3,4,10"	/* sent, or given up, with no task */
/* What hold_part says of who holds a run; 0 is the run itself. */
#define BY_PART		"1"		/* undecided parts */
#define BY_ASKING	"2"		/* a person who did not say yes */

_Static_assert(RUN_RECEIVED == 0 && RUN_REJECTED == 1 && RUN_ACTIVE == 2 &&
    RUN_HELD == 3 && RUN_FINISHED == 4 && RUN_CANCELLED == 5,
    "states of runs are numbers in ledgers");
_Static_assert(PART_SUBMITTING == 3 && PART_UNKNOWN == 4 && PART_LOST == 6 &&
    PART_DONE == 8 && PART_CANCELLED == 10,
    "states of parts are numbers in ledgers");

#define RUN_COLUMNS							\
	"id,job,provider,endpoint,bank,bank_name,plan,src_path,src_name," \
	"src_dev,src_ino,src_size,src_mtime,src_ctime,state,outcome,exit," \
	"created,finished,read,repeated,skipped,rejected,content_id,hold," \
	"err_word,err_msg,retry_of,seconds,max_failed"

/*
 * A run o went through, or a person closed it, so that runs of the same content
 * before it need nobody any more.  Of rows that were set aside that is told
 * only by a run that set as many aside.
 */
#define SETTLES								\
	"o.state=" FINISHED " AND o.rejected>=runs.rejected AND "	\
	"(o.outcome='ok' OR (o.ack IS NOT NULL AND "			\
	"o.outcome IN ('partial','unconfirmed')))"

/*
 * Newest first.  Each list names the index that holds little more than what is
 * asked for, so that it takes no longer with a million runs behind it.
 */
#define LIST_BY(index, what)						\
	"SELECT id FROM runs INDEXED BY " index " WHERE " what " "	\
	"ORDER BY rowid DESC LIMIT ?2"
#define OF_JOB	" AND (?1 IS NULL OR job=?1)"

#define PART_COLUMNS							\
	"redeemed,date,rows,inlined,artifact,local,bytes,sha256,attempts," \
	"stage_url,proof,rehearsed,intent,task,inferred,word,text,polls," \
	"total,updated,failed,asked,applied,missing,basis,"		\
	"err_word,err_msg,already,refused,unknown,doubt"

/*
 * What may have had an effect must not be sent again, whatever the exit code:
 * one batch of a run may be refused for good after another was applied.  Nor
 * is what the platform had at work and did not apply.
 */
#define HAD_EFFECT							\
	"(outcome IN ('ok','partial','unconfirmed') OR EXISTS "		\
	"(SELECT 1 FROM parts WHERE run=runs.id AND "			\
	"(parts.state=" PART_IS_DONE " OR parts.task IS NOT NULL)))"

#define SAMPLE_COLUMNS							\
	"code,want_redeemed,want_date,asked_before,known_before,"	\
	"redeemed_before,date_before,asked_after,known_after,"		\
	"redeemed_after,date_after,answer"

const char *const ledger_sql[Q__MAX] = {
	[Q_RUN_ADD] = "INSERT INTO runs(" RUN_COLUMNS ") VALUES("
	    "?1,?2,?3,?4,?5,NULL,?6,?7,?8,?9,?10,?11,?12,?13," RECEIVED ","
	    "NULL,-1,?14,0,0,0,0,0,NULL,NULL,NULL,NULL,?15,NULL,?16)",
	[Q_RUN_GET] = "SELECT " RUN_COLUMNS ",untidy,left_out,ack,paused,"
	    "hold_part=" BY_ASKING ",unsettled FROM runs WHERE id=?1",
	[Q_RUN_FINISHED] = "SELECT finished FROM runs WHERE id=?1 AND "
	    "state IN (" ENDED ")",
	[Q_RUN_NOW] = "SELECT state FROM runs WHERE id=?1",
	[Q_RUN_PREPARED] = "UPDATE runs SET state=" ACTIVE ",read=?2,"
	    "repeated=?3,skipped=?4,rejected=?5,content_id=?6,left_out=?7,"
	    "hold=NULL,hold_part=0 WHERE id=?1 AND "
	    "state IN (" RECEIVED "," HELD ") AND NOT EXISTS "
	    "(SELECT 1 FROM parts WHERE run=?1)",
	[Q_RUN_STATE] = "UPDATE runs SET state=?3,hold=?4,hold_part=?5 "
	    "WHERE id=?1 AND state=?2",
	/* Only what a part held: a person's hold is the person's to lift. */
	[Q_RUN_RELEASE] = "UPDATE runs SET state=" ACTIVE ",hold=NULL,"
	    "hold_part=0 WHERE id=?1 AND state=" HELD
	    " AND hold_part=" BY_PART
	    " AND NOT EXISTS (SELECT 1 FROM parts WHERE run=?1 AND "
	    "state IN (" PARTS_OPEN "))",
	[Q_RUN_ASK] = "UPDATE runs SET state=" HELD ",hold=?2,"
	    "hold_part=" BY_ASKING " WHERE id=?1 AND "
	    "state IN (" ACTIVE "," HELD ")",
	[Q_RUN_YES] = "UPDATE runs SET hold_part=" BY_PART " WHERE id=?1 AND "
	    "state=" HELD " AND hold_part=" BY_ASKING,
	[Q_RUN_END] = "UPDATE runs SET state=?2,outcome=?3,exit=?4,"
	    "finished=?5,read=?6,repeated=?7,skipped=?8,rejected=?9,"
	    "content_id=?10,err_word=?11,err_msg=?12,hold=NULL,hold_part=0,"
	    "untidy=?14,left_out=?15,unsettled=?16 AND NOT EXISTS "
	    "(SELECT 1 FROM runs AS o WHERE o.content_id=?10 AND "
	    "o.rowid>runs.rowid AND " SETTLES ") WHERE id=?1 AND state=?13",
	[Q_RUN_TIDIED] = "UPDATE runs SET untidy=0 WHERE id=?1",
	[Q_RUN_ACK] = "UPDATE runs SET ack=?2,unsettled=0 WHERE id=?1 AND "
	    "state IN (" ENDED ")",
	[Q_RUN_SETTLES] = "UPDATE runs INDEXED BY runs_unsettled "
	    "SET unsettled=0 WHERE unsettled=1 AND EXISTS (SELECT 1 FROM runs "
	    "AS o WHERE o.id=?1 AND o.content_id=runs.content_id AND "
	    "o.rowid>runs.rowid AND " SETTLES ")",
	/* A file that was turned down each night has one cause. */
	[Q_RUN_SAME_FILE] = "UPDATE runs INDEXED BY runs_unsettled "
	    "SET unsettled=0 WHERE unsettled=1 AND state=" REJECTED " AND "
	    "EXISTS (SELECT 1 FROM runs AS o WHERE o.id=?1 AND "
	    "o.state=" REJECTED " AND o.rowid>runs.rowid AND "
	    "o.job IS runs.job AND o.src_dev=runs.src_dev AND "
	    "o.src_ino=runs.src_ino AND o.src_size=runs.src_size AND "
	    "o.src_mtime=runs.src_mtime AND o.src_ctime=runs.src_ctime)",
	[Q_RUN_NOTE] = "UPDATE runs SET bank_name=?2,seconds=?3,err_word=?4,"
	    "err_msg=?5,paused=?6 WHERE id=?1",
	/* By rowid, as they came: a clock set back makes smaller ids. */
	[Q_FIND_LAST] = "SELECT id FROM runs ORDER BY rowid DESC LIMIT 1",
	[Q_FIND_LAST_JOB] = "SELECT id FROM runs INDEXED BY runs_of_job "
	    "WHERE job=?1 ORDER BY rowid DESC LIMIT 1",
	[Q_FIND_PREFIX] = "SELECT id FROM runs WHERE id>=?1 AND id<?2 "
	    "ORDER BY id LIMIT 10",
	[Q_LIST] = "SELECT id FROM runs ORDER BY rowid DESC LIMIT ?1",
	[Q_LIST_JOB] = LIST_BY("runs_of_job", "job=?1"),
	[Q_LIST_CONTENT] = LIST_BY("runs_content", "content_id=?3 AND "
	    "(?4=0 OR state IN (" NOT_ENDED "))" OF_JOB),
	[Q_LIST_OPEN] = LIST_BY("runs_open", "state IN (" NOT_ENDED ")" OF_JOB),
	[Q_LIST_UNTIDY] = LIST_BY("runs_untidy", "untidy=1" OF_JOB),
	[Q_LIST_UNSETTLED] = LIST_BY("runs_unsettled", "unsettled=1" OF_JOB),
	[Q_SOURCE_DONE] = "SELECT id FROM runs WHERE job IS ?1 AND "
	    "state=" FINISHED " AND " HAD_EFFECT " AND src_dev=?2 AND "
	    "src_ino=?3 AND src_size=?4 AND src_mtime=?5 AND src_ctime=?6 "
	    "ORDER BY rowid DESC LIMIT 1",
	[Q_PART_ADD] = "INSERT INTO parts(run,no,state," PART_COLUMNS ") "
	    "VALUES(?1,?2,?30,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,"
	    "?16,?17,?18,?19,?20,?21,?22,?23,?24,?25,?26,?27,?28,?29,"
	    "?31,?32,?33,?34)",
	[Q_PART_COUNT] = "SELECT count(*) FROM parts WHERE run=?1",
	[Q_PART_GET] = "SELECT no,state," PART_COLUMNS " FROM parts "
	    "WHERE run=?1 AND no=?2",
	[Q_PART_SET] = "UPDATE parts SET redeemed=?3,date=?4,rows=?5,"
	    "inlined=?6,artifact=?7,local=?8,bytes=?9,sha256=?10,"
	    "attempts=?11,stage_url=?12,proof=?13,rehearsed=?14,intent=?15,"
	    "task=?16,inferred=?17,word=?18,text=?19,polls=?20,total=?21,"
	    "updated=?22,failed=?23,asked=?24,applied=?25,missing=?26,"
	    "basis=?27,err_word=?28,err_msg=?29,already=?31,refused=?32,"
	    "unknown=?33,doubt=?34 "
	    "WHERE run=?1 AND no=?2 AND state=?30",
	[Q_PART_STATE] = "UPDATE parts SET state=?4 "
	    "WHERE run=?1 AND no=?2 AND state=?3",
	[Q_PART_KEEP] = "UPDATE parts SET pv_state=?3 WHERE run=?1 AND no=?2",
	[Q_PART_KEPT] = "SELECT pv_state FROM parts WHERE run=?1 AND no=?2",
	[Q_PART_NOW] = "SELECT state FROM parts WHERE run=?1 AND no=?2",
	[Q_PARTS_OPEN] = "SELECT count(*) FROM parts "
	    "WHERE run=?1 AND state IN (" PARTS_OPEN ")",
	[Q_STEP_ADD] = "INSERT INTO steps(run,part,at,was,what,text) "
	    "VALUES(?1,?2,?3,?4,?5,?6)",
	[Q_STEP_LIST] = "SELECT at,part,what,text FROM steps WHERE run=?1 "
	    "ORDER BY id",
	[Q_SAMPLE_CLEAR] = "DELETE FROM samples WHERE run=?1 AND part=?2",
	[Q_SAMPLE_ADD] = "INSERT INTO samples(run,part," SAMPLE_COLUMNS ") "
	    "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
	[Q_SAMPLE_LIST] = "SELECT " SAMPLE_COLUMNS " FROM samples "
	    "WHERE run=?1 AND part=?2 ORDER BY id",
	[Q_SAMPLE_FORGET] = "DELETE FROM samples WHERE run=?1",
	[Q_BASE_CLEAR] = "DELETE FROM baselines WHERE run=?1 AND part=?2",
	[Q_BASE_ADD] = "INSERT OR IGNORE INTO baselines(run,part,task) "
	    "VALUES(?1,?2,?3)",
	[Q_TASK_KNOWN] = "SELECT EXISTS(SELECT 1 FROM baselines WHERE "
	    "run=?2 AND part=?3 AND task=?4) OR EXISTS(SELECT 1 FROM parts "
	    "JOIN runs ON runs.id=parts.run WHERE runs.provider=?1 AND "
	    "parts.task=?4 AND NOT (parts.run=?2 AND parts.no=?3))",
	/* Sent or given up without an answer, about when ours was. */
	[Q_TASK_RIVAL] = "SELECT EXISTS(SELECT 1 FROM parts AS p JOIN runs "
	    "ON runs.id=p.run WHERE runs.provider=?1 AND p.inlined=0 AND "
	    "p.task IS NULL AND p.intent>=?5 AND "
	    "p.state IN (" PARTS_UNANSWERED ") AND "
	    "NOT (p.run=?2 AND p.no=?3) AND NOT EXISTS (SELECT 1 FROM "
	    "baselines AS b WHERE b.run=p.run AND b.part=p.no AND "
	    "b.task=?4))",
	[Q_SUM] = "SELECT count(*),(SELECT count(*) FROM runs INDEXED BY "
	    "runs_open WHERE state IN (" NOT_ENDED ")) FROM runs",
	[Q_NEWEST] = "SELECT max(id) FROM runs",
	[Q_DAMAGE] = "PRAGMA integrity_check(1)",
	[Q_ORPHAN] = "PRAGMA foreign_key_check",
	[Q_PLACE_ADD] = "INSERT OR IGNORE INTO places(run,part,endpoint,url,"
	    "user,temp_dir,marker,name) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
	[Q_PLACE_GONE] = "DELETE FROM places WHERE id=?1",
	/* Those at one address together, for one connection. */
	[Q_PLACE_LIST] = "SELECT id,run,part,endpoint,url,user,temp_dir,"
	    "marker,name FROM places WHERE ?1 IS NULL OR run=?1 "
	    "ORDER BY url,user,temp_dir,marker,id",
};
