#!/usr/bin/env bash
# Installs what is missing to build and test Isolog, and nothing that is already there.
#
#   tools/setup.sh lint     the wasm target, clippy and rustfmt
#   tools/setup.sh serve    the wasm target, trunk, wasm-bindgen and wasm-opt
#   tools/setup.sh test     as for serve, and wasm-pack and Chromium with its driver
#
# Cargo tools go to .tools/, npm tools to tools/node_modules/; only Chromium is installed for the whole system.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PATH"

say() { printf 'setup: %s\n' "$*"; }

# Three lines: what is wrong, why it matters, what to try.
fail() { printf 'setup: %s\n  Why: %s\n  Try: %s\n' "$1" "$2" "$3" >&2; exit 1; }

has() { command -v "$1" >/dev/null 2>&1; }

first_of() {
  local name
  for name; do has "$name" && return; done
  return 1
}

rust_toolchain() {
  has cargo && has rustc || fail "cargo is not on PATH." "the page is written in Rust." \
    "install rustup from https://rustup.rs, open a new shell, and run this again."
  sysroot=$(rustc --print sysroot)
  [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown" ] || rustup_add target wasm32-unknown-unknown
}

linters() {
  # Looked up in the toolchain: rustup puts the commands on PATH whether or not the component is there.
  [ -x "$sysroot/bin/cargo-clippy" ] || rustup_add component clippy
  [ -x "$sysroot/bin/cargo-fmt" ] || rustup_add component rustfmt
}

rustup_add() {
  has rustup || fail "the Rust $1 $2 is missing, and there is no rustup to add it." \
    "the system's own Rust brings only what its packages hold." \
    "install rustup from https://rustup.rs, or the $2 package of your system."
  say "adding the Rust $1 $2"
  rustup "$1" add "$2" || fail "rustup could not add the $1 $2." "its message is above." \
    "check the network connection, then run: rustup $1 add $2"
}

node_toolchain() {
  has node && has npm || fail "node or npm is not on PATH." "wasm-opt, the local server and the browser tests run on them." \
    "install Node.js 20 or later from your system's packages or https://nodejs.org."
  node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' || fail "Node.js is too old: $(node --version)." \
    "the browser tests need version 20 or later." "install a current Node.js from https://nodejs.org."
}

npm_packages() {
  node - <<'JS' && return
const { readFileSync } = require("node:fs");
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
try {
  const wanted = Object.entries(read("tools/package.json").devDependencies);
  const missing = wanted.some(([name, version]) => read(`tools/node_modules/${name}/package.json`).version !== version);
  process.exit(missing ? 1 : 0);
} catch {
  process.exit(1);
}
JS
  say "installing the npm packages of tools/package.json (seconds)"
  (cd tools && npm ci --ignore-scripts --loglevel=error >/dev/null) || fail "npm ci failed in tools/." "its message is above." \
    "check the network connection, then run: cd tools && npm ci --ignore-scripts"
}

pinned() { node -p "require('./tools/package.json').config['$1']"; }

locked() { awk -v crate="name = \"$1\"" '$0 == crate { getline; gsub(/version = |"/, ""); print }' Cargo.lock; }

# cargo_tool CRATE COMMAND VERSION [cargo install option...]
cargo_tool() {
  local crate=$1 command=$2 version=$3
  shift 3
  [ "$("$command" --version 2>/dev/null)" = "$command $version" ] && return
  has cc || fail "there is no C compiler (cc) to build $crate with." "Rust links its programs with it." \
    "install one, for example: apt-get install build-essential"
  say "building $crate $version into .tools/ (one to five minutes)"
  # The tools need not be fast: a quick profile halves the wait. It is set for this one command, so that the page's own
  # build never sees it. The build folder is shared, and kept until the end, so that a stopped install goes on.
  env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET CARGO_TARGET_DIR="$PWD/.tools/build" \
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    cargo install "$crate" --version "=$version" --root .tools --force --quiet "$@" ||
    fail "building $crate $version failed." "cargo's message is above." \
      "check the network connection and the disk (about 2 GB), then run this again; it goes on where it stopped."
}

browser() {
  first_of chromium chromium-browser google-chrome && has chromedriver && return
  has apt-get || fail "Chromium or chromedriver is missing, and there is no apt-get to install them." \
    "the browser tests run in a real browser." "install both by hand, so that chromium and chromedriver are on PATH."
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    has sudo && sudo -n true 2>/dev/null || fail "installing Chromium and chromedriver needs root." \
      "this is not root, and sudo would ask for a password." \
      "run once: sudo apt-get install chromium chromium-driver (Ubuntu: chromium-browser chromium-chromedriver)"
    root=(sudo -n)
  fi
  say "installing Chromium and chromedriver with apt-get (half a minute)"
  local packages=(chromium chromium-driver)
  "${root[@]}" apt-get update -qq || fail "apt-get update failed." "its message is above." "check the network and /etc/apt."
  apt-cache show chromium-driver >/dev/null 2>&1 || packages=(chromium-browser chromium-chromedriver) # Ubuntu's names
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null ||
    fail "apt-get could not install ${packages[*]}." "its message is above." "run: apt-get install ${packages[*]}"
}

case ${1:-} in lint | serve | test) ;; *) echo "usage: tools/setup.sh lint|serve|test" >&2 && exit 2 ;; esac
rust_toolchain
if [ "$1" = lint ]; then linters && exit; fi
node_toolchain
npm_packages
if [ "$1" = test ]; then browser; fi
# Without --locked: the lock file of wasm-bindgen-cli can name a crate version that a registry mirror does not have yet.
cargo_tool wasm-bindgen-cli wasm-bindgen "$(locked wasm-bindgen)"
cargo_tool trunk trunk "$(pinned trunk)" --locked
if [ "$1" = test ]; then cargo_tool wasm-pack wasm-pack "$(pinned wasm-pack)" --locked; fi
rm -rf .tools/build
