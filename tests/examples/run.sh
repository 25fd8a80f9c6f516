# shellcheck shell=bash
# Tests of examples/run and tests/run, on a small project in their place: run.sh SOURCE_DIRECTORY PART
set -euo pipefail
source=$1
place=$(cd "$(mktemp -d)" && pwd -P)
trap 'chmod -R u+w "$place"; rm -rf "$place"' EXIT
chmod 755 "$place"
export TAPER_INSTALL=0 XDG_CACHE_HOME=$place/cache
unset CMAKE_CXX_COMPILER_LAUNCHER

fail() {
  echo "$*" >&2
  exit 1
}

# A clone with one example, which says where its source lies, and one test.
clone=$place/clone
mkdir -p "$clone/examples/group" "$clone/tests"
cp -r "$source/cmake" "$clone"
cp "$source/examples/run" "$clone/examples"
cp "$source/tests/run" "$clone/tests"
cat >"$clone/examples/hello.cpp" <<'EOF'
// Says where it was.
#include <cstdio>
int main(int count, char** words) { std::printf("%s with %s\n", __FILE__, count > 1 ? words[1] : "nothing"); }
EOF
echo 'int main() {}' >"$clone/examples/group/other.cpp"
cat >"$clone/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES CXX)
enable_testing()
add_executable(example_hello ${PROJECT_SOURCE_DIR}/examples/hello.cpp)
set_target_properties(example_hello PROPERTIES OUTPUT_NAME hello RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
add_test(NAME "one test" COMMAND example_hello)
EOF
cp "$source/CMakePresets.json" "$clone"

# says TEXT COMMAND...: it succeeds, with TEXT in its output.
says() {
  local output status=0
  output=$("${@:2}" 2>&1) || status=$?
  [[ $status == 0 ]] || fail "${*:2}: exit status $status: $output"
  [[ $output == *"$1"* ]] || fail "${*:2}: \"$1\" is not in: $output"
}

case $2 in
  links)
    mkdir "$place/bin"
    ln -s "$clone/examples/run" "$place/bin/example"
    ln -s ../bin/example "$place/bin/again"
    ln -s "$clone/tests/run" "$place/bin/check"
    says "examples/hello.cpp with 1 2" "$place/bin/again" hello "1 2"
    (cd "$place/bin" && says "100% tests passed" ./check release)
    ln -s "$clone" "$place/other"
    says "clone/examples/hello.cpp with nothing" "$place/other/examples/run" hello
    ;;
  moves)
    says "$clone/examples/hello.cpp" "$clone/examples/run" hello
    says "100% tests passed" "$clone/tests/run" release
    mv "$clone" "$place/moved"
    says "$place/moved/build/release was made for sources in $clone: building anew" "$place/moved/examples/run" hello
    says "$place/moved/examples/hello.cpp" "$place/moved/examples/run" hello
    cp -r "$place/moved" "$place/copied"  # the old one is still there
    says "100% tests passed" "$place/copied/tests/run" release
    says "$place/copied/examples/hello.cpp" "$place/copied/examples/run" hello
    output=$("$place/copied/examples/run" hello 2>&1)
    [[ $output == "$place/copied/examples/hello.cpp with nothing" ]] || fail "it builds again: $output"
    ;;
  shares)
    says "$clone/examples/hello.cpp" "$clone/examples/run" hello
    mkdir -p "$place/own"
    chmod 777 "$place/own"
    export XDG_CACHE_HOME=$place/own
    if [[ $(id -u) == 0 ]]; then
      command -v setpriv >/dev/null || { echo "skipped: no setpriv"; exit 0; }
      other=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    else
      chmod -R a-w "$clone/build"
      other=(env)
    fi
    before=$(tar -C "$clone" -cf - build | cksum)
    says "build/release cannot be written: building in $XDG_CACHE_HOME/taper-" "${other[@]}" "$clone/examples/run" hello
    says "examples/hello.cpp with 1" "${other[@]}" "$clone/examples/run" hello 1
    says "100% tests passed" "${other[@]}" "$clone/tests/run" release
    [[ $(tar -C "$clone" -cf - build | cksum) == "$before" ]] || fail "the other's build has changed"
    status=0
    output=$(XDG_CACHE_HOME=/dev/null "${other[@]}" "$clone/examples/run" hello 2>&1) || status=$?
    [[ $status == 1 && $output == "error: neither $clone/build/release nor /dev/null/taper-"*"can be written" ]] ||
      fail "nowhere to build: $status: $output"
    ;;
esac
