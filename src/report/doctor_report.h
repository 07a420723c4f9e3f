/*
 * Results as text for a person, onto a stream, and as JSON for a program.
 */
#ifndef REPORT_DOCTOR_REPORT_H
#define REPORT_DOCTOR_REPORT_H

#include <stdio.h>

#include <jansson.h>

struct doctor_report;

/*
 * report_doctor_text(f, r): one job's visit, in lines.
 */
void	report_doctor_text(FILE *, const struct doctor_report *);

/*
 * report_doctor_json(r): one member of "jobs" of coupondrop.doctor/1, a new
 * reference; NULL when there is no memory.
 */
json_t	*report_doctor_json(const struct doctor_report *);

#endif
