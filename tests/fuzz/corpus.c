/*
 * corpus.c - main() of a fuzz target where the compiler brings none: runs the
 * files that it is given, and those in directories that it is given.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void run_file(const char *path)
{
	struct bytes bytes = {.at = NULL};
	FILE *file = fopen(path, "rbe");
	char part[4096];
	size_t length;

	if (!file) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	while ((length = fread(part, 1, sizeof(part), file)))
		bytes_add(&bytes, part, length);
	fclose(file);
	/* Memory of just that size, so that a read past it shows. */
	bytes.at = realloc(bytes.at, bytes.length ? bytes.length : 1);
	LLVMFuzzerTestOneInput((const uint8_t *)bytes.at, bytes.length);
	free(bytes.at);
}

static unsigned run_directory(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort), i;
	unsigned files = 0;
	char name[4096];

	for (i = 0; i < count; i++) {
		if (*entries[i]->d_name != '.') {
			snprintf(name, sizeof(name), "%s/%s", path,
				 entries[i]->d_name);
			run_file(name);
			files++;
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return files;
}

/* What is tested must not end the process. */
static void check_end(int status, void *is_finished)
{
	if (*(bool *)is_finished)
		return;
	fprintf(stderr, "exit(%d) before the last input\n", status);
	_exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	static bool is_finished;
	unsigned files = 0;
	struct stat about;
	int i;

	on_exit(check_end, &is_finished);
	for (i = 1; i < argc; i++) {
		if (!stat(argv[i], &about) && S_ISDIR(about.st_mode)) {
			files += run_directory(argv[i]);
		} else {
			run_file(argv[i]);
			files++;
		}
	}
	is_finished = true;
	printf("%u inputs\n", files);
	return files ? EXIT_SUCCESS : EXIT_FAILURE;
}
