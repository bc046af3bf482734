#!/usr/bin/env bash
# Builds the page as it is published, into dist/.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo fetch --locked --quiet --target wasm32-unknown-unknown --target "$(rustc --print host-tuple)"

# Panic messages name source files: without these flags the page would tell where its builder keeps them. Cargo joins
# this variable with the flags in .cargo/config.toml, where RUSTFLAGS would replace them and lose SIMD.
flags=''
for folder in "$PWD" "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
  case $folder in
    *[[:space:]]*) ;; # the variable is split at spaces, so such a folder cannot be named in it
    "$PWD") flags+=" --remap-path-prefix=$folder=." ;;
    *) flags+=" --remap-path-prefix=$folder=crates" ;;
  esac
done
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=$flags

trunk build --release
