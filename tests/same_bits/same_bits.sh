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
  [[ $(<"$directory/error") == "$set" ]] || { echo "TAPER_SIMD=$set chooses $(<"$directory/error")" >&2; exit 1; }
  diff "$expected" "$directory/$set" || {
    echo "$set differs. If results were meant to change: TAPER_SIMD=$set ${*:2} >tests/same_bits/digests.txt" >&2
    exit 1
  }
  compared+=" $set"
done
(TAPER_SIMD=other "${@:2}" >/dev/null 2>"$directory/error") 2>/dev/null || true
grep -q 'TAPER_SIMD=other: .*no such' "$directory/error" || { echo "TAPER_SIMD=other is not refused" >&2; exit 1; }
echo "compared:${compared:- none, as this machine has no such instruction set}"
