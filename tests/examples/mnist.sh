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
small() { "$mnist" --limit 640 --epochs 1 "$@" | sed -E 's/  [0-9.]+ s  [0-9]+ images\/s//'; }

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
    refused 2 --model --model resnet
    refused 1 "$directory/none" --data "$directory/none"
    refused 1 set_num_threads --threads 100000
    printf 'no images' >"$directory/train-images-idx3-ubyte"
    refused 1 "$directory" --data "$directory"
    refused 1 "$directory/none/weights" --model mlp --save "$directory/none/weights"
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
  saves)
    small --model lenet --save "$directory/weights.safetensors" >/dev/null
    # 61706 numbers of 4 bytes, and their names
    size=$(wc -c <"$directory/weights.safetensors")
    ((size > 4 * 61706 && size < 4 * 61706 + 4096)) || fail "the file has $size bytes"
    ;;
esac
