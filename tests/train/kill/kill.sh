# shellcheck shell=bash
# A training that is killed again and again ends with the same bits: kill.sh SURVIVOR KILLS [SEED]
#
# Each life of the training is ended by SIGKILL at a random instant; every fifth one by a limit on the size of files
# (SIGXFSZ), which ends it within the writing of a checkpoint, for certain. Then it is resumed with another number of
# threads. If it comes to its end before there were KILLS times SIGKILL, another one begins.
set -euo pipefail
survivor=$1 kills=$2
RANDOM=${3:-1}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
ulimit -c 0

fail() {
  echo "$*" >&2
  exit 1
}

begin=$(date +%s%N)
expected=$("$survivor" "$directory/undisturbed" 2)
length=$((($(date +%s%N) - begin) / 1000))  # microseconds
[[ $expected == *"steps 100" ]] || fail "the undisturbed training: $expected"

trainings=0 killed=0 in_writing=0 limited=0 lives=0
while ((killed < kills || trainings == 0)); do
  trainings=$((trainings + 1)) life=0
  while true; do
    life=$((life + 1)) lives=$((lives + 1)) status=0
    threads=$((RANDOM % 4 + 1))
    if ((life > 400)); then fail "it does not come to its end"; fi
    if ((lives % 5 == 0)); then
      { (ulimit -f 4 && exec "$survivor" "$directory/$trainings" "$threads") >"$directory/out" 2>&1 ||
        status=$?; } 2>/dev/null
    else
      "$survivor" "$directory/$trainings" "$threads" >"$directory/out" 2>&1 &
      wait_for=$(((RANDOM * 32768 + RANDOM) % length))
      process=$! killer=''
      if ((killed < kills)); then
        (sleep "$((wait_for / 1000000)).$(printf '%06d' $((wait_for % 1000000)))" && kill -9 "$process") &>/dev/null &
        killer=$!
      fi
      wait "$process" 2>/dev/null || status=$?
      [[ -z $killer ]] || { kill "$killer" && wait "$killer"; } 2>/dev/null || true
    fi
    [[ $status == 0 ]] && break
    case $status in
      137) killed=$((killed + 1))
        # The file that it was writing: AtomicFile names it after the process.
        if compgen -G "$directory/$trainings/.taper-$process-*.tmp" >/dev/null; then in_writing=$((in_writing + 1)); fi ;;
      153) limited=$((limited + 1)) ;;
      *) fail "exit status $status: $(cat "$directory/out")" ;;
    esac
  done
  [[ $(cat "$directory/out") == "$expected" ]] || fail "training $trainings, resumed $life times: $(cat "$directory/out"), not $expected"
  # Three last ones and the best one, and what the last kill left has been removed.
  [[ $(find "$directory/$trainings" -type f | wc -l) -le 4 ]] || fail "left: $(ls -A "$directory/$trainings")"
  rm -r "${directory:?}/$trainings"
done
echo "$trainings trainings, $killed times SIGKILL, $in_writing of them within the writing of a checkpoint, and $limited times" \
  "ended there by the size of a file: all come to the end of the undisturbed one"
