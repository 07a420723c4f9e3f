/*
 * Every limit with its unit and its reason.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define LIM_CODE_BYTES	40		/* platforms.md "coupon.addCoupons" */
#define LIM_LINE_BYTES	(1u << 20)	/* one record, quotes included */
#define LIM_COLUMNS	1024		/* cells in a record */
#define LIM_XML_BYTES	(16u << 20)	/* an answer; 1,000 tasks fit well */
#define LIM_XML_DEPTH	32		/* real answers nest about 6 deep */
#define LIM_XML_TAG	(64u << 10)	/* bytes of a tag or comment */
#define LIM_XML_ATTRS	64u		/* of an element; real ones have 2 */
#define LIM_XML_ATTRS_ALL (1u << 18)	/* in an answer, 100 bytes each */
#define LIM_HTTP_HEADER	(64u << 10)	/* bytes of answer headers */
#define LIM_HTTP_PAGE	(1u << 20)	/* bytes after a status, if no file */
#define LIM_FINDINGS	1000		/* findings listed of a run */
#define LIM_TASKS	1000		/* tasks in one answer */
#define LIM_UNPACKED	(UINT64_C(16) << 30) /* bytes of rows in a file; some
					   400 million codes */
#define LIM_RATIO	250u		/* unpacked:packed; rows reach some 50,
					   DEFLATE 1,032 */
#define LIM_RATIO_FROM	(64u << 20)	/* unpacked bytes that it spares: the
					   empty rows of a whole sheet */
#define LIM_ASIDE	(16u << 20)	/* bytes of broken rows written of a
					   file that is refused */
#define LIM_CONFIG	(1u << 20)	/* bytes of a configuration file */

#endif
