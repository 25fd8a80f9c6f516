# shellcheck shell=bash
# Runs the commands of a page: its blocks "```sh run", in order, in an empty folder that has the repository's
# examples/run: commands.sh PAGE PROGRAMS [PYTHON], where PROGRAMS is the folder of the examples that are built. With PYTHON, it
# runs the blocks "```python" among them, too.
set -euo pipefail
page=$1 programs=$2 python=${3:-}
root=$(cd "$(dirname "$0")/../.." && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
mkdir "$place/examples"
ln -s "$root/examples/data" "$place/examples/data"
# The examples as they are built: to build them again is another test's matter. mnist gets few images.
cat >"$place/examples/run" <<EOF
#!/bin/sh
name=\$1
shift
[ \$name != mnist ] || set -- --limit 1000 "\$@"
exec "$programs/\$name" "\$@"
EOF
chmod +x "$place/examples/run"
# What the Python of a page saves.
[[ -n $python ]] || ln -s "$root/tests/golden/keras_conv.keras" "$place/model.keras"
commands=$(awk -v python="$python" '
  /^```sh run/ { on = 1; next }
  /^```python/ && python { print "\"" python "\" - << \"END OF BLOCK\""; on = 2; next }
  /^```/ { if (on == 2) print "END OF BLOCK"; on = 0 }
  on' "$page")
[[ -n $commands ]] || { echo "$page has no commands"; exit 1; }
cd "$place"
bash -euxo pipefail -c "$commands"
