#!/usr/bin/env bash
# All checks and all tests. Installs from Debian's packages what the tests need and the machine lacks.
set -euo pipefail
cd "$(dirname "$0")/.."

# Each line: what must be there (a program, or a file), and Debian's package that brings it.
missing=()
while read -r need package; do
  case $need in
    /*) [ -e "$need" ] ;;
    *) command -v "$need" >/dev/null ;;
  esac || missing+=("$package")
done <<'NEEDS'
7zz 7zip
7z p7zip-full
bsdtar libarchive-tools
xz xz-utils
valgrind valgrind
/usr/share/doc/libc6-dbg libc6-dbg
gcc gcc
g++ g++
nm binutils
/usr/include/stdio.h libc6-dev
python3 python3
diff diffutils
mount mount
setsid util-linux
tar tar
curl-config libcurl4-openssl-dev
npm npm
NEEDS
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)

if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]}"
  root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
fi

# py7zr is not in Debian's packages. It goes into a virtual environment of its own, so that the system's Python stays
# as it is; the tests find it through `python3` on PATH.
if ! python3 -c 'import py7zr' 2>/dev/null; then
  if [ ! -x target/python/bin/python3 ] && ! python3 -m venv target/python; then
    echo "no virtual environment can be made; installing py7zr for this user" >&2
    python3 -m pip install --quiet --user --break-system-packages py7zr
  else
    target/python/bin/python3 -c 'import py7zr' 2>/dev/null || target/python/bin/python3 -m pip install --quiet py7zr
    export PATH="$PWD/target/python/bin:$PATH"
  fi
fi

# The store that one example reads from: Azurite, from npm, into a folder of its own.
azurite=target/azurite/node_modules/.bin/azurite-blob
if ! command -v azurite-blob >/dev/null && [ ! -x "$azurite" ]; then
  mkdir -p target/azurite
  npm install --prefix target/azurite --no-audit --no-fund --silent azurite
fi

# Formatter and linter belong to the toolchain, but a minimal one comes without.
for tool in fmt clippy; do
  cargo "$tool" --version >/dev/null 2>&1 || rustup component add rustfmt clippy
done

set -x
cargo fmt --all --check
cargo clippy --locked --workspace --all-targets -- -D warnings
RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --quiet
cargo test --locked --workspace
