/*
 * run_name.h - the names of what a run makes: a prefix and its eight digits.
 */
#ifndef RUN_NAME_H
#define RUN_NAME_H

/*
 * What follows the digits in name, "" included, where it is prefix and eight
 * lowercase hexadecimal digits, of any run; else NULL.
 */
const char *run_name_rest(const char *name, const char *prefix);

#endif
