#!/bin/bash
# corpus.sh PROGRAM: a fuzz target, corpus/NAME and every saved trace. It aborts
# where something does not hold.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
name=${1##*/fuzz_}

"$1" "$here/corpus/$name" "$here"/../data/*.trace
