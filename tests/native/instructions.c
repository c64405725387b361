/*
 * instructions.c - compiles BPF programs through libbcc and writes down the
 * instructions, for old_verifier.sh.
 *
 *   instructions TEXT...
 *
 * tcpv4connect's own code compiles each TEXT. Where it would load a function,
 * this tool writes the function to the file TEXT.insns instead:
 *
 *   libbcc VERSION
 *   function NAME
 *   map FD KEY VALUE			a map it uses, with its sizes in bytes
 *   insn CODE DST SRC OFF IMM		the fields of a struct bpf_insn
 *
 * The running kernel's verifier never sees them. Creating maps needs root.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach/header_tree.h"
#include "attach/libbcc.h"
#include "attach/loader.h"

#define OUT_FD 100	/* TEXT.insns, in the child that compiles */
#define FUNCTIONS 2

const char *__real_libbcc_open(struct libbcc *libbcc);
const char *__wrap_libbcc_open(struct libbcc *libbcc);

static int fail(const char *verb, const char *object)
{
	fprintf(stderr, "instructions: cannot %s %s: %s\n", verb, object,
		strerror(errno));
	return -1;
}

static void write_map(int map_fd)
{
	struct bpf_map_info info = { 0 };
	union bpf_attr attr = {
		.info.bpf_fd = map_fd,
		.info.info_len = sizeof(info),
		.info.info = (uintptr_t)&info,
	};

	if (!syscall(__NR_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		dprintf(OUT_FD, "map %d %u %u\n", map_fd, info.key_size,
			info.value_size);
}

/* Replaces bcc_func_load(), which returns the descriptor of a program. */
/* NOLINTNEXTLINE(readability-function-size): the parameters are libbcc's. */
static int write_function(void *module, int prog_type, const char *name,
			  const struct bpf_insn *insns, int length,
			  const char *license, unsigned kern_version,
			  int log_level, char *log_buf, unsigned log_buf_size,
			  const char *dev_name, int attach_type)
{
	const struct bpf_insn *end = insns + length / sizeof(*insns);

	(void)module; (void)prog_type; (void)license; (void)kern_version;
	(void)log_level; (void)log_buf; (void)log_buf_size; (void)dev_name;
	(void)attach_type;
	dprintf(OUT_FD, "function %s\n", name);
	for (; insns < end; insns++) {
		if (insns->code == (BPF_LD | BPF_IMM | BPF_DW) &&
		    insns->src_reg == BPF_PSEUDO_MAP_FD)
			write_map(insns->imm);
		dprintf(OUT_FD, "insn %u %u %u %d %d\n", insns->code,
			insns->dst_reg, insns->src_reg, insns->off,
			insns->imm);
	}
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

const char *__wrap_libbcc_open(struct libbcc *libbcc)
{
	const char *problem = __real_libbcc_open(libbcc);

	libbcc->func_load = write_function;
	dprintf(OUT_FD, "libbcc %s\n", libbcc->version);
	return problem;
}

static _Noreturn void run_child(const struct loader_job *job, int out_fd,
				int socket_fd, int log_fd)
{
	if (dup2(out_fd, OUT_FD) < 0)
		_exit(1);
	loader_run(job, socket_fd, log_fd);
	_exit(0);
}

static int compile(const char *text, int out_fd, int log_fd)
{
	struct loader_job job = { .text = text, .run = "c0de1011" };
	int sockets[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return fail("make", "a pair of sockets");
	child = fork();
	if (!child) {
		close(sockets[0]);
		run_child(&job, out_fd, sockets[1], log_fd);
	}
	close(sockets[0]);
	close(sockets[1]);
	if (child < 0 || waitpid(child, NULL, 0) < 0)
		return fail("run", "a process to compile");
	header_tree_sweep();
	return 0;
}

static bool has_all_functions(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[128];
	int count = 0;

	while (file && fgets(line, sizeof(line), file))
		count += !strncmp(line, "function ", strlen("function "));
	if (file)
		fclose(file);
	return count == FUNCTIONS;
}

static int show_log(const char *path, int log_fd)
{
	char text[4096];
	ssize_t length = pread(log_fd, text, sizeof(text), 0);

	fprintf(stderr, "instructions: libbcc refuses %s:\n", path);
	if (length > 0)
		fwrite(text, 1, length, stderr);
	return -1;
}

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!file || getdelim(&text, &size, '\0', file) < 0)
		fail("read", path);
	if (file)
		fclose(file);
	return text;
}

static int write_insns(const char *path)
{
	char *text = read_text(path), out[256];
	int out_fd, log_fd, result;

	if (!text)
		return -1;
	snprintf(out, sizeof(out), "%s.insns", path);
	out_fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	log_fd = memfd_create("log", MFD_CLOEXEC);
	if (out_fd < 0 || log_fd < 0)
		result = fail("write", out);
	else
		result = compile(text, out_fd, log_fd);
	if (!result && !has_all_functions(out))
		result = show_log(path, log_fd);
	close(out_fd);
	close(log_fd);
	free(text);
	return result;
}

/* With libbcc loaded here, no child has to load it. */
int main(int argc, char **argv)
{
	dlopen("libbcc.so.0", RTLD_LAZY | RTLD_LOCAL);
	for (int i = 1; i < argc; i++)
		if (write_insns(argv[i]))
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
