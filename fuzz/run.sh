#!/usr/bin/env bash
# fuzz/run.sh SECONDS [DOOR…]: builds (no more than that with 0 seconds), then knocks so long at each door, or at these, as many at a time as there are cores, beginning with what
# is really sent (fuzz/seeds) and with what was found to lead somewhere new before (fuzz/found). Afterwards that folder holds
# what is needed and no more; make fuzz-keep keeps it in fuzz/corpus. What made a door panic lies in fuzz/artifacts, and the run fails.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: fuzz/run.sh SECONDS [DOOR…]}
shift
doors=("$@")
[[ ${#doors[@]} -gt 0 ]] || mapfile -t doors < <(ls fuzz/fuzz_targets | sed -n 's/\.rs$//p' | grep -vx doors)
# As cargo-fuzz builds, but for one unit of code per crate, which alone takes more than ten minutes of a processor. The
# instrumentation is an unstable option of the compiler; the code is that of the usual one.
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0"
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTC_BOOTSTRAP=1 RUSTFLAGS="--cfg fuzzing $coverage -Cdebug-assertions" \
  cargo build --manifest-path fuzz/Cargo.toml --target "$host" --release --bins
[[ $seconds != 0 ]] || exit 0
built=${CARGO_TARGET_DIR:-fuzz/target}/$host/release

knock() {
  local door=$1 found
  found=fuzz/found/$door
  mkdir -p "$found" "fuzz/artifacts/$door" "fuzz/seeds/$door"
  if ! "$built/$door" "$found" "fuzz/seeds/$door" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="fuzz/artifacts/$door/" -print_final_stats=1 >"fuzz/artifacts/$door.log" 2>&1; then
    echo "$door: something goes wrong; see fuzz/artifacts/$door.log" >&2
    return 1
  fi
  local smaller
  smaller=$(mktemp -d)
  "$built/$door" -merge=1 "$smaller" "$found" >/dev/null 2>&1
  rm -rf "$found"
  mv "$smaller" "$found"
  echo "$door: $(sed -n 's/stat::number_of_executed_units: *//p' "fuzz/artifacts/$door.log") tries, $(find "$found" -type f | wc -l) kept"
}

export -f knock
export seconds built
printf '%s\n' "${doors[@]}" | xargs -P "$(getconf _NPROCESSORS_ONLN)" -I{} bash -euo pipefail -c 'knock {}'
