/*
 * errno_name.c - the C library's numbers, which differ between machines, and
 * the kernel's own from include/linux/errno.h (Linux 4.4 to 7.2), which do not.
 */
#include "show/errno_name.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "system/escape.h"

#define N(name)		[name] = #name
#define K(number, name) [number] = #name

/* A name that is another one's synonym on every machine is left out. */
static const char *const names[] = {
	/* asm-generic/errno-base.h */
	N(EPERM), N(ENOENT), N(ESRCH), N(EINTR), N(EIO), N(ENXIO), N(E2BIG),
	N(ENOEXEC), N(EBADF), N(ECHILD), N(EAGAIN), N(ENOMEM), N(EACCES),
	N(EFAULT), N(ENOTBLK), N(EBUSY), N(EEXIST), N(EXDEV), N(ENODEV),
	N(ENOTDIR), N(EISDIR), N(EINVAL), N(ENFILE), N(EMFILE), N(ENOTTY),
	N(ETXTBSY), N(EFBIG), N(ENOSPC), N(ESPIPE), N(EROFS), N(EMLINK),
	N(EPIPE), N(EDOM), N(ERANGE),

	/* asm-generic/errno.h */
	N(EDEADLK), N(ENAMETOOLONG), N(ENOLCK), N(ENOSYS), N(ENOTEMPTY),
	N(ELOOP), N(ENOMSG), N(EIDRM), N(ECHRNG), N(EL2NSYNC), N(EL3HLT),
	N(EL3RST), N(ELNRNG), N(EUNATCH), N(ENOCSI), N(EL2HLT), N(EBADE),
	N(EBADR), N(EXFULL), N(ENOANO), N(EBADRQC), N(EBADSLT), N(EBFONT),
#if EDEADLOCK != EDEADLK
	N(EDEADLOCK),
#endif
	N(ENOSTR), N(ENODATA), N(ETIME), N(ENOSR), N(ENONET), N(ENOPKG),
	N(EREMOTE), N(ENOLINK), N(EADV), N(ESRMNT), N(ECOMM), N(EPROTO),
	N(EMULTIHOP), N(EDOTDOT), N(EBADMSG), N(EOVERFLOW), N(ENOTUNIQ),
	N(EBADFD), N(EREMCHG), N(ELIBACC), N(ELIBBAD), N(ELIBSCN), N(ELIBMAX),
	N(ELIBEXEC), N(EILSEQ), N(ERESTART), N(ESTRPIPE), N(EUSERS),
	N(ENOTSOCK), N(EDESTADDRREQ), N(EMSGSIZE), N(EPROTOTYPE),
	N(ENOPROTOOPT), N(EPROTONOSUPPORT), N(ESOCKTNOSUPPORT), N(EOPNOTSUPP),
	N(EPFNOSUPPORT), N(EAFNOSUPPORT), N(EADDRINUSE), N(EADDRNOTAVAIL),
	N(ENETDOWN), N(ENETUNREACH), N(ENETRESET), N(ECONNABORTED),
	N(ECONNRESET), N(ENOBUFS), N(EISCONN), N(ENOTCONN), N(ESHUTDOWN),
	N(ETOOMANYREFS), N(ETIMEDOUT), N(ECONNREFUSED), N(EHOSTDOWN),
	N(EHOSTUNREACH), N(EALREADY), N(EINPROGRESS), N(ESTALE), N(EUCLEAN),
	N(ENOTNAM), N(ENAVAIL), N(EISNAM), N(EREMOTEIO), N(EDQUOT),
	N(ENOMEDIUM), N(EMEDIUMTYPE), N(ECANCELED), N(ENOKEY), N(EKEYEXPIRED),
	N(EKEYREVOKED), N(EKEYREJECTED), N(EOWNERDEAD), N(ENOTRECOVERABLE),
	N(ERFKILL), N(EHWPOISON),

	/* include/linux/errno.h */
	K(512, ERESTARTSYS), K(513, ERESTARTNOINTR), K(514, ERESTARTNOHAND),
	K(515, ENOIOCTLCMD), K(516, ERESTART_RESTARTBLOCK),
	K(517, EPROBE_DEFER), K(518, EOPENSTALE), K(519, ENOPARAM),
	K(521, EBADHANDLE), K(522, ENOTSYNC), K(523, EBADCOOKIE),
	K(524, ENOTSUPP), K(525, ETOOSMALL), K(526, ESERVERFAULT),
	K(527, EBADTYPE), K(528, EJUKEBOX), K(529, EIOCBQUEUED),
	K(530, ERECALLCONFLICT), K(531, ENOGRACE),
};

char *put_errno(char *at, int error)
{
	bool is_known = error >= 0 && (size_t)error < sizeof(names) /
						      sizeof(*names);

	if (is_known && names[error])
		return mempcpy(at, names[error], strlen(names[error]));
	return put_decimal(at, (unsigned int)error);
}
