# shellcheck shell=bash
# What examples/run and tests/run share: installs what is missing, configures and builds. To be sourced.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "error: $*"
  exit 1
}

# step NAME COMMAND...: runs it, reports its time, and goes on if it fails; report_steps then fails.
failed=()
step() {
  local begin=$SECONDS status=0
  "${@:2}" || status=$?
  say "$1: $([[ $status == 0 ]] && echo passed || echo FAILED) ($((SECONDS - begin)) s)"
  [[ $status == 0 ]] || failed+=("$1")
}
report_steps() {
  say "Total: $SECONDS s"
  [[ ${#failed[@]} == 0 ]] || fail "failed: ${failed[*]}"
}

# What a build needs and the packages that bring it: probe, apt, dnf, pacman, brew ("-": comes with the system).
# A probe is a command or a header, or two of which one will do.
needs='
c++|g++                               g++                gcc-c++      gcc           -
cmake                                 cmake              cmake        cmake         cmake
ninja|ninja-build                     ninja-build        ninja-build  ninja         ninja
oneapi/tbb/version.h                  libtbb-dev         tbb-devel    onetbb        tbb
fmt/format.h                          libfmt-dev         fmt-devel    fmt           fmt
xsimd/xsimd.hpp                       libxsimd-dev       xsimd-devel  xsimd         xsimd
zlib.h                                zlib1g-dev         zlib-devel   zlib          -
nlohmann/json.hpp                     nlohmann-json3-dev json-devel   nlohmann-json nlohmann-json
eigen3/Eigen/src/Core/Matrix.h        libeigen3-dev      eigen3-devel eigen         eigen
catch2/catch_all.hpp|catch2/catch.hpp catch2             catch-devel  catch2        catch2
CLI/CLI.hpp                           libcli11-dev       cli11-devel  cli11         cli11
png.h                                 libpng-dev         libpng-devel libpng        libpng
jpeglib.h                             libjpeg-dev        libjpeg-turbo-devel libjpeg-turbo jpeg-turbo
'
# What the library can do without, and the tests want.
optional_needs='
zip.h                                 libzip-dev         libzip-devel libzip        libzip
hdf5.h|hdf5/serial/hdf5.h             libhdf5-dev        hdf5-devel   hdf5          hdf5
google/protobuf/message_lite.h        libprotobuf-dev    protobuf-devel protobuf    protobuf
protoc                                protobuf-compiler  protobuf-compiler protobuf protobuf
'

# The rows of `needs` whose probe fails. One run of the preprocessor looks for all headers.
missing_rows() {
  local probe packages source='' found
  while read -r probe packages; do
    [[ $probe != *.h* ]] || source+="#if __has_include(<${probe%|*}>) || __has_include(<${probe#*|}>)
\"$probe\"
#endif
"
  done <<<"$needs"
  found=$("${CXX:-c++}" -E -P -x c++ -std=c++17 -I/opt/homebrew/include - 2>/dev/null <<<"$source" || true)
  while read -r probe packages; do
    if [[ $probe == *.h* ]]; then
      [[ $found == *"\"$probe\""* ]] || printf '%s %s\n' "$probe" "$packages"
    elif [[ -n $probe ]]; then
      command -v "${probe%|*}" >/dev/null || command -v "${probe#*|}" >/dev/null ||
        printf '%s %s\n' "$probe" "$packages"
    fi
  done <<<"$needs"
}

# Runs a command; shows what it printed only if it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  [[ $status == 0 ]] || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# Installs packages through apt, dnf, pacman or Homebrew, as root or with sudo; apt's also for another `architecture`.
install_packages() {
  local sudo=() script
  case $manager in
    apt-get) script="export DEBIAN_FRONTEND=noninteractive${architecture:+; dpkg --add-architecture $architecture}"'
      apt-get -q update && exec apt-get -q -y --no-install-recommends install "$@"' ;;
    dnf) script='exec dnf -y install "$@"' ;;
    pacman) script='exec pacman -Sy --noconfirm --needed "$@"' ;;
    brew) script='exec brew install "$@"' ;;
  esac
  if [[ $manager != brew && $(id -u) != 0 ]]; then
    command -v sudo >/dev/null ||
      fail "packages are missing, and installing them takes root or sudo. As root: $manager install $*"
    sudo=(sudo)
    sudo -v
  fi
  say "Installing $*"
  quietly ${sudo[@]+"${sudo[@]}"} sh -c "$script" sh "$@" || fail "the packages could not be installed"
}

# Installs what `needs` lists and is missing. TAPER_INSTALL=0 leaves that to CMake, which fetches libraries.
install_needs() {
  local rows packages column=2
  rows=$(missing_rows)
  [[ -n $rows && ${TAPER_INSTALL:-1} != 0 ]] || return 0
  for manager in apt-get dnf pacman brew ''; do
    ! command -v "$manager" >/dev/null || break
    column=$((column + 1))
  done
  IFS=$'\n' read -r -d '' -a packages \
    < <(awk -v column="$column" '$column != "-" { print $column }' <<<"$rows") || true
  [[ -n $manager && ${#packages[@]} -gt 0 ]] || fail "please install: $(awk '{ print $1 }' <<<"$rows" | xargs)"
  install_packages "${packages[@]}"
}

# Reads ninja's output into `log`; on a terminal draws its progress, elsewhere says once that there is work.
progress() {
  local line begun=''
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$1"
    [[ $line =~ ^(\[[0-9]+/[0-9]+\])\ (Building|Linking) ]] || continue
    if [[ -t 2 ]]; then
      printf '\r\033[KBuilding %s' "${BASH_REMATCH[1]}" >&2
    elif [[ -z $begun ]]; then
      say "Building (the output is in $1)"
    fi
    begun=yes
  done
  if [[ -n $begun && -t 2 ]]; then printf '\r\033[K' >&2; fi
}

# Where PRESET is built: build/PRESET, or the same in a directory of the user's own if that belongs to somebody else.
build_directory() {
  local directory=$root/build/$1 own
  mkdir -p "$directory" 2>/dev/null || true
  if [[ ! -w $directory ]]; then
    own=${XDG_CACHE_HOME:-${HOME:-}/.cache}/taper-$(cksum <<<"$root" | cut -d ' ' -f 1)
    mkdir -p "$own/build/$1" 2>/dev/null || fail "neither $directory nor $own can be written"
    say "build/$1 cannot be written: building in $own"
    ln -sfn "$root/CMakePresets.json" "$root/tests" "$own"  # for ctest, which wants the presets above their builds
    directory=$own/build/$1
  fi
  printf '%s\n' "$directory"
}

# build PRESET [TARGET...]: configures and builds PRESET; sets `directory`, where it is.
build() {
  local log made_for
  directory=$(build_directory "$1")
  log=$directory/build.log
  if [[ -f $directory/CMakeCache.txt ]]; then
    made_for=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$directory/CMakeCache.txt")
    if [[ ! $made_for -ef $root ]]; then
      say "$directory was made for sources in $made_for: building anew"
      find "$directory" -mindepth 1 -delete
    fi
  fi
  [[ -f $directory/build.ninja ]] || {
    say "Configuring ${directory#"$root"/}"
    if command -v ccache >/dev/null; then
      export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
    fi
    (cd "$root" && quietly cmake --preset "$1" -B "$directory") || fail "configuring failed"
  }
  : >"$log"
  export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS-pch_defines,time_macros}  # or it would not take precompiled headers
  cmake --build "$directory" --target "${@:2}" 2>&1 | progress "$log" || {
    sed -n '/^FAILED/,$p' "$log" >&2
    fail "the build failed; its output is in $log"
  }
}
