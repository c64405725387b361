#!/bin/bash
# walkthrough: every command of examples/walkthrough.md, typed into one shell in
# their order, prints what the document shows. What they have printed now is kept
# as a document, too, for tests/walkthrough --refresh.
# suites: bookworm
# files: examples/walkthrough.md
# shellcheck source=tests/lib/guest.sh
. /mnt/guest.sh

remember_kernel
# As a shell of examples/quickstart --shell finds things.
cd /tmp
check "what the commands print is what examples/walkthrough.md shows" \
	env -i HOME=/root LC_ALL=C.UTF-8 \
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	python3 /mnt/guest/walkthrough.py /mnt/walkthrough.md \
	/mnt/keep/walkthrough.md
cd /root
kernel_unchanged "a walk"
end
