# shellcheck shell=bash
# Test: each instruction set that fuses multiply and add gives the bits of digests.txt.
# same_bits.sh SETS DIGEST_PROGRAM...
set -euo pipefail
expected=$(dirname "$0")/digests.txt
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

compared=
for set in $1; do
  if ! TAPER_SIMD=$set "${@:2}" >"$directory/$set" 2>"$directory/error"; then
    grep -q 'no such instruction set' "$directory/error" && continue
    cat "$directory/error" >&2
    exit 1
  fi
  diff "$expected" "$directory/$set" || {
    echo "$set differs. If results were meant to change: TAPER_SIMD=$set ${*:2} >tests/same_bits/digests.txt" >&2
    exit 1
  }
  compared+=" $set"
done
echo "compared:${compared:- none, as this machine has no such instruction set}"
