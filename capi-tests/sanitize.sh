#!/usr/bin/env bash
# Runs the programs here with the address and undefined-behaviour sanitizers, against a library that has the address
# sanitizer too. Needs clang with its runtime (clang, libclang-rt-dev), 7zz, and a nightly Rust; takes some minutes.
#
#   capi-tests/sanitize.sh [PROGRAM...]     such as update.c cpp/update.cpp; without: all
set -euo pipefail
cd "$(dirname "$0")"
target="$(rustc -vV | sed -n 's/^host: //p')"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/../target}/sanitize"
RUSTFLAGS=-Zsanitizer=address cargo +nightly build --target "$target" --no-default-features --lib
library="$CARGO_TARGET_DIR/$target/debug"
ln -s "$library/libparallelcompress.so" "$work/libparallelcompress.so.0"
export ASAN_OPTIONS=allocator_may_return_null=1 LD_LIBRARY_PATH="$work"
flags=(-g -Wall -Wextra -fsanitize=address,undefined -fno-sanitize-recover=undefined -I../include -I. -Icpp -pthread)
libraries=(-L"$library" -lparallelcompress)
[ $# -gt 0 ] || set -- *.c *.cpp cpp/*.cpp
failed=0
for program; do
  case $program in
    *.c) clang -std=c11 "${flags[@]}" -o "$work/program" "$program" "${libraries[@]}" ;;
    cpp/*) clang++ -std=c++17 "${flags[@]}" -o "$work/program" "$program" cpp/unit/*.cpp "${libraries[@]}" ;;
    *) clang++ -std=c++17 "${flags[@]}" -o "$work/program" "$program" "${libraries[@]}" ;;
  esac
  rm -rf "$work/folder"
  mkdir "$work/folder"
  if "$work/program" "$work/folder" quick; then echo "$program: fine"; else
    echo "$program: FAILED"
    failed=1
  fi
done
exit $failed
