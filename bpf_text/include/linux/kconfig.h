/* libbcc's helpers ask for this one setting before anything else. */
#define CONFIG_BPF_SYSCALL 1
