# shellcheck shell=bash
# Tests of examples/mnist: mnist.sh PROGRAM PART
set -euo pipefail
mnist=$1
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

fail() {
  echo "$*" >&2
  exit 1
}
# small OPTION...: a short run; its output without the times.
small() { "$mnist" --limit 640 --epochs 1 "$@" | sed -E 's/ - [0-9]+s - [0-9]+[mu]?s\/step//'; }

# refused STATUS TEXT OPTION...: exits with STATUS, TEXT on standard error, and nothing done.
refused() {
  local status=0 output
  output=$("$mnist" --limit 64 --epochs 1 "${@:3}" 2>&1 >/dev/null) || status=$?
  [[ $status == "$1" ]] || fail "mnist ${*:3}: exit status $status instead of $1"
  [[ $output == *"$2"* ]] || fail "mnist ${*:3}: \"$2\" is not in: $output"
  [[ $output != *terminate* && $(wc -l <<<"$output") -le 3 ]] || fail "mnist ${*:3}: one message, not: $output"
}

case $2 in
  learns)
    output=$(small --model mlp)
    [[ $output == *784*128* ]] || fail "no summary in: $output"
    [[ $output == *█* ]] || fail "no digits in: $output"
    pattern=$'test_accuracy 0\\.([0-9]{4})\nweights_hash [0-9a-f]{16}$'
    [[ $output =~ $pattern ]] || fail "the last lines are wrong: $output"
    # 640 images in 5 steps: far better than 0.1, which is chance
    ((10#${BASH_REMATCH[1]} > 4000)) || fail "it does not learn: $output"
    ;;
  refuses)
    refused 2 --no-such-flag --no-such-flag
    refused 2 --learning-rate --learning-rate -0.1
    refused 2 --batch-size --batch-size 0
    refused 2 --batch-size --batch-size many
    refused 2 --epochs --epochs -1
    refused 2 --threads --threads 0
    for rate in nan inf 0 -1e-3 1e400 '' 0.1x; do refused 2 "number above 0, got $rate" --learning-rate "$rate"; done
    refused 2 '--decay-rate: expected a finite number above 0, got nan' --decay-rate nan
    for epochs in 99999999999999999999 0 -1 1.5 0x10 010 ''; do
      refused 2 "--epochs: expected a whole number from 1 to 9223372036854775807, got $epochs" --epochs "$epochs"
    done
    refused 2 'from 0 to 18446744073709551615, got 18446744073709551616' --seed 18446744073709551616
    # Numbers of any length are cut.
    digits=$(printf '7%.0s' {1..300})
    for option in --learning-rate --epochs --batch-size --threads --limit --seed; do
      refused 2 ", got ${digits:0:40}..." "$option" "$digits"x
    done
    refused 2 'got -1' --learning-rate -1
    refused 2 --model --model resnet
    refused 2 '--resume requires --checkpoint' --resume
    for part in 0 1 nan -0.1 1.5; do refused 2 "number above 0 and below 1, got $part" --validation "$part"; done
    refused 1 'too few images' --limit 1 --validation 0.1
    refused 1 "$directory/none/report" --model mlp --report "$directory/none/report"
    refused 1 "$directory/none" --data "$directory/none"
    refused 1 set_num_threads --threads 100000
    printf 'no images' >"$directory/train-images-idx3-ubyte"
    refused 1 "$directory" --data "$directory"
    refused 1 "$directory/none/weights" --model mlp --save "$directory/none/weights"
    for part in train t10k; do
      printf '\0\0\10\3\0\0\0\0\0\0\0\34\0\0\0\34' >"$directory/$part-images-idx3-ubyte"
      printf '\0\0\10\1\0\0\0\0' >"$directory/$part-labels-idx1-ubyte"
    done
    refused 1 "error: there are no training images in '$directory'" --data "$directory"
    for part in images-idx3-ubyte labels-idx1-ubyte; do  # any will do
      rm "$directory/train-$part"
      cp "$(dirname "$0")/../../examples/data/mnist/t10k-$part.gz" "$directory/train-$part.gz"
    done
    refused 1 "error: there are no test images in '$directory'" --data "$directory"
    status=0
    message=$("$mnist" --limit 64 --epochs 1 --model mlp 2>&1 >/dev/full) || status=$?
    [[ $status == 1 && $message == "error: the output cannot be written: No space left on device" ]] ||
      fail "output to a full disk: exit status $status and: $message"
    ! "$mnist" --help >/dev/full 2>&1 || fail "help to a full disk"
    ;;
  repeats)
    for options in '--model mlp' '--model lenet --limit 192 --batch-size 64'; do
      for threads in 1 2 4; do
        # shellcheck disable=SC2086
        small --threads "$threads" $options >"$directory/$threads"
      done
      for threads in 2 4; do
        cmp "$directory/1" "$directory/$threads" || fail "$threads threads change $options"
      done
      # shellcheck disable=SC2086
      small --seed 2 $options >"$directory/other"
      ! cmp -s "$directory/1" "$directory/other" || fail "the seed does not matter for $options"
    done
    ;;
  resumes)
    # Ended after an epoch; then after two, from its checkpoint; then the third, on other numbers of threads.
    checkpoints=$directory/checkpoints
    for epochs in 1 2 3; do
      small --model mlp --validation 0.2 --epochs "$epochs" --checkpoint "$checkpoints" --resume --threads "$epochs" \
        --schedule none >"$directory/part"
    done
    small --model mlp --validation 0.2 --epochs 3 --schedule none >"$directory/whole"
    [[ $(grep weights_hash "$directory/whole") == $(grep weights_hash "$directory/part") ]] || fail "other weights"
    ! cmp -s "$directory/whole" "$directory/part" || fail "it did not go on, but began anew"
    grep -q val_accuracy "$directory/whole" || fail "no validation"
    refused 1 'has checkpoints already' --model mlp --checkpoint "$checkpoints"
    ;;
  augments)
    small --model mlp --augment --report "$directory/report.html" >"$directory/one"
    small --model mlp --augment --threads 1 >"$directory/two"
    small --model mlp >"$directory/plain"
    cmp "$directory/one" "$directory/two" || fail "augmented images differ from run to run"
    ! cmp -s "$directory/one" "$directory/plain" || fail "--augment does nothing"
    grep -q '</html>' "$directory/report.html" || fail "no report"
    ;;
  saves)
    small --model lenet --save "$directory/weights.safetensors" >/dev/null
    # 61706 numbers of 4 bytes, and their names
    size=$(wc -c <"$directory/weights.safetensors")
    ((size > 4 * 61706 && size < 4 * 61706 + 4096)) || fail "the file has $size bytes"
    ;;
esac
