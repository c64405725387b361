/* Wanted by libbcc's helpers for programs on packet sockets. */
