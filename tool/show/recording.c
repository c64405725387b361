/* recording.c - a file of lines. What they mean is not known here. */
#include "show/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/fd.h"
#include "system/report.h"

#define READER_MS 100	/* how often a FIFO is asked for its reader */

#define HEAD "# tcpv4connect: time of day = trace time + "

static bool is_fifo(const char *path)
{
	struct stat about;

	return !stat(path, &about) && S_ISFIFO(about.st_mode);
}

static int open_file(const char *path, int stop_fd)
{
	struct pollfd stop = { .fd = stop_fd, .events = POLLIN };
	int fd;

	/* An open that waits for a reader could not be ended by a signal. */
	do {
		fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY |
			  O_CLOEXEC, 0666);
	} while (fd < 0 && errno == ENXIO && is_fifo(path) &&
		 !poll(&stop, 1, READER_MS));
	return fd;
}

static int refuse_terminal(int fd, const char *name)
{
	if (isatty(fd))
		return report_error("cannot write trace lines to %s: it is a "
				    "terminal, which would obey what is in "
				    "them; --raw shows them escaped", name);
	return 0;
}

int recording_create(struct recording *recording, const char *path,
		     int stop_fd)
{
	*recording = (struct recording){
		.path = path, .fd = open_file(path, stop_fd),
	};
	if (recording->fd < 0)
		return report_error("cannot create %s: %s", path,
				    strerror(errno));
	if (refuse_terminal(recording->fd, path) ||
	    output_open(&recording->output, recording->fd, stop_fd)) {
		fd_close(&recording->fd);
		return -1;
	}
	recording->file = recording->output.stream;
	return 0;
}

void recording_begin(struct recording *recording)
{
	/* What is no regular file can't be emptied, and need not be. */
	if (recording->output.stream && ftruncate(recording->fd, 0))
		return;
}

int recording_attach(struct recording *recording, FILE *file, int fd)
{
	*recording = (struct recording){ .file = file };
	return refuse_terminal(fd, "stdout");
}

void recording_add(struct recording *recording, const char *line,
		   size_t length, int64_t wall_offset_us)
{
	if (!recording->has_head || recording->wall_offset_us != wall_offset_us)
		fprintf(recording->file, HEAD "%" PRId64 " us\n",
			wall_offset_us);
	recording->has_head = true;
	recording->wall_offset_us = wall_offset_us;
	fwrite_unlocked(line, 1, length, recording->file);
	putc_unlocked('\n', recording->file);
}

int recording_flush(struct recording *recording)
{
	struct output *output = &recording->output;

	if (!output->stream || !output_flush(output) || recording->is_reported)
		return 0;
	recording->is_reported = true;
	return report_error("cannot write to %s: %s", recording->path,
			    output->error == ECANCELED ?
				    "its reader has stopped" :
				    strerror(output->error));
}

int recording_close(struct recording *recording)
{
	int result = recording_flush(recording);

	if (recording->output.stream) {
		output_close(&recording->output);
		fd_close(&recording->fd);
	}
	return result;
}

bool recording_parse_head(const char *line, size_t length,
			  int64_t *wall_offset_us)
{
	char text[96], *end;
	const char *digits = text + strlen(HEAD);
	int64_t offset;

	if (length >= sizeof(text) || length <= strlen(HEAD) ||
	    memcmp(line, HEAD, strlen(HEAD)))
		return false;
	memcpy(text, line, length);
	text[length] = '\0';
	errno = 0;
	offset = strtoll(digits, &end, 10);
	/* Nothing may stand behind it, not even a NUL. */
	if (errno || end == digits || strcmp(end, " us") ||
	    end + strlen(" us") != text + length)
		return false;
	*wall_offset_us = offset;
	return true;
}
