/* Wanted by libbcc's helpers for programs on network devices. */
