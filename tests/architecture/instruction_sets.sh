#!/usr/bin/env bash
# Fails if an object file of the kernels shares an inline function with others: see Note [Instruction sets].
# Usage: instruction_sets.sh OBJECT...
set -euo pipefail
shared=$(nm -C --defined-only "$@" | awk '/\.o:$/ { file = $0 }
  $2 ~ /^[WVu]$/ && !/ xsimd_(avx2|avx512)::/ && !/[ (]xsimd_(avx2|avx512)::/ && !/DW\.ref\./ { print file, $0 }')
[[ -z $shared ]] || {
  printf 'compiled for one instruction set, but visible to all:\n%s\n' "$shared"
  exit 1
}
