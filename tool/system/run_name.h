/*
 * run_name.h - the eight digits of a run, which end or divide the names of what
 * it makes, as a pattern for fnmatch(3).
 */
#ifndef RUN_NAME_H
#define RUN_NAME_H

#define RUN_DIGIT "[0-9a-f]"
#define RUN_DIGITS RUN_DIGIT RUN_DIGIT RUN_DIGIT RUN_DIGIT \
		   RUN_DIGIT RUN_DIGIT RUN_DIGIT RUN_DIGIT

#endif
