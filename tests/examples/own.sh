# shellcheck shell=bash
# Tests of the programs for tables and images of one's own: own.sh FOLDER_OF_PROGRAMS PART
set -euo pipefail
programs=$1
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
data=$(cd "$(dirname "$0")" && pwd)

fail() {
  echo "$*" >&2
  exit 1
}
# prints TEXT PROGRAM OPTION...: it succeeds, and TEXT is in what it says. refuses: the same where it fails.
prints() {
  output=$("$programs/$2" "${@:3}" 2>&1) || fail "${*:2}: $output"
  [[ $output == *"$1"* ]] || fail "${*:2}: \"$1\" is not in: $output"
}
refuses() {
  ! output=$("$programs/$2" "${@:3}" 2>&1) || fail "${*:2} is not refused"
  [[ $output == *"$1"* ]] || fail "${*:2}: \"$1\" is not in: $output"
}

case $2 in
  csv_holds_back)
    # Ten rows with ten different names. Two of them are held back: nothing is learned from them, not even their names.
    (echo name,x,class; for i in {0..9}; do echo "name$i,$i,$((i % 2))"; done) >"$directory/names.csv"
    prints '10 rows, 9 features; class: a number' train_csv "$directory/names.csv" --target class --epochs 1
    prints 'The 2 rows that were held back' train_csv "$directory/names.csv" --target class --epochs 1
    # Four of the ten have a class of their own: the network has an output for each, wherever its row is.
    (echo x,class; for i in {0..9}; do echo "$i,class$((i < 4 ? i : 5))"; done) >"$directory/classes.csv"
    for seed in 1 2 3; do
      prints '1 features; class: 5 classes' train_csv "$directory/classes.csv" --target class --epochs 1 --seed "$seed"
    done
    ;;
  csv_separator)
    (echo 'x;y'; for i in {0..9}; do echo "$i;$((2 * i))"; done) >"$directory/numbers.csv"
    prints '10 rows, 1 features; y: a number' train_csv "$directory/numbers.csv" --target y --epochs 1 --separator ';'
    refuses "there is no column 'y'" train_csv "$directory/numbers.csv" --target y --epochs 1
    refuses '--separator: expected one character' train_csv "$directory/numbers.csv" --target y --separator ';;'
    ;;
  images)
    "$programs/export_digits" "$directory/digits" --count 60 >/dev/null
    train() { "$programs/train_images" "$directory/digits" --size 8 --epochs 1 "$@" >/dev/null; }
    train --gray --workers 1 --save "$directory/one"
    train --gray --workers 3 --save "$directory/three"
    cmp "$directory/one" "$directory/three" || fail "the number of workers changes the weights"
    train --save "$directory/colors"
    # The first convolution, of 3 x 3, has 32 channels, of 4 bytes a number, for each of two colors more.
    more=$(($(wc -c <"$directory/colors") - $(wc -c <"$directory/one")))
    ((more > 2304 - 16 && more < 2304 + 16)) || fail "with colors, the weights have $more bytes more"
    refuses '--workers: expected a whole number from 1 to 64, got 0' train_images "$directory/digits" --workers 0
    ;;
  predict)
    "$programs/mnist" --model mlp --limit 640 --epochs 1 --save "$directory/weights" >/dev/null
    # A seven, black on white, thrice as large as those of MNIST and not in the middle.
    mkdir "$directory/7"
    cp "$data/seven.png" "$directory/7"
    prints 'right 1 of 1' predict "$directory/7" --weights "$directory/weights"
    prints 'seven.png: 7 (' predict "$data/seven.png" --weights "$directory/weights"
    prints 'there is no ink' predict "$data/blank.png" --weights "$directory/weights"
    ;;
esac
