/*
 * Named places where a build with --enable-faults can be made to die or fail.
 * COUPONDROP_FAULT="name:n=kill|fail" acts the n-th time the place is passed.
 * In other builds FAULT_POINT is nothing at all.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#ifdef ENABLE_FAULTS
/*
 * fault_hit(name): 1 when the call at this place has to fail now, else 0;
 * does not return when the plan says kill (SIGKILL to this process).
 */
int	fault_hit(const char *);
#define FAULT_POINT(name)	fault_hit(name)
#else
#define FAULT_POINT(name)	0
#endif

#endif
