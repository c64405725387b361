/*
 * recording.c - a file of lines. What they mean is not known here.
 */
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

#define HEAD "# tcpv4connect: time of day = trace time + "

int recording_create(struct recording *recording, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	*recording = (struct recording){ .path = path, .is_owned = true };
	if (fd >= 0)
		recording->file = fdopen(fd, "w");
	if (recording->file)
		return 0;
	report_error("cannot create %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

void recording_begin(struct recording *recording)
{
	/* What is no regular file can't be emptied, and need not be. */
	if (recording->file && recording->is_owned &&
	    ftruncate(fileno(recording->file), 0))
		return;
}

void recording_attach(struct recording *recording, FILE *file)
{
	*recording = (struct recording){ .file = file };
}

void recording_add(struct recording *recording, const char *line,
		   size_t length, int64_t wall_offset_us)
{
	if (!recording->has_head)
		fprintf(recording->file, HEAD "%" PRId64 " us\n",
			wall_offset_us);
	recording->has_head = true;
	fwrite_unlocked(line, 1, length, recording->file);
	putc_unlocked('\n', recording->file);
}

static int fail(struct recording *recording)
{
	report_error("cannot write to %s: %s", recording->path,
		     strerror(errno));
	fclose(recording->file);
	recording->file = NULL;
	return -1;
}

int recording_flush(struct recording *recording)
{
	if (!recording->file || !recording->is_owned)
		return 0;
	if (fflush(recording->file) || ferror(recording->file))
		return fail(recording);
	return 0;
}

int recording_close(struct recording *recording)
{
	FILE *file = recording->is_owned ? recording->file : NULL;

	if (recording_flush(recording))
		return -1;
	recording->file = NULL;
	if (file && fclose(file))
		return report_error("cannot write to %s: %s", recording->path,
				    strerror(errno));
	return 0;
}

bool recording_parse_head(const char *line, size_t length,
			  int64_t *wall_offset_us)
{
	char text[96], *end;

	if (length >= sizeof(text) || length <= strlen(HEAD) ||
	    memcmp(line, HEAD, strlen(HEAD)))
		return false;
	memcpy(text, line, length);
	text[length] = '\0';
	errno = 0;
	*wall_offset_us = strtoll(text + strlen(HEAD), &end, 10);
	return !errno && end > text + strlen(HEAD) && !strcmp(end, " us");
}
