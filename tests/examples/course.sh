# shellcheck shell=bash
# Test of docs/course.md: what it quotes is what the programs print, its pictures are there and small.
# course.sh PROGRAM DOCS
set -euo pipefail
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

fail() {
  echo "$*" >&2
  exit 1
}

"$1" averages formulas race your-own --output "$directory" >"$directory/printed"
quoted=0
while IFS= read -r line; do
  grep -qxF -e "$line" "$directory/printed" || fail "course.md quotes what is not printed: $line"
  quoted=$((quoted + 1))
done < <(awk '/^```text (averages|formulas|race|your-own)$/ { on = 1; next } /^```/ { on = 0 } on' "$2/course.md")
((quoted > 20)) || fail "course.md quotes only $quoted lines"

pictures=0
while read -r picture; do
  size=$(wc -c <"$2/$picture") || fail "there is no $picture"
  ((size < 150000)) || fail "$picture has $size bytes"
  pictures=$((pictures + 1))
done < <(grep -o 'images/course/[a-z-]*\.svg' "$2/course.md")
((pictures >= 12)) || fail "course.md shows only $pictures pictures"
