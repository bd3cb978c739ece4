#!/usr/bin/env bash
# ingest-torch.sh [--platform aarch64|x86_64] VERSION…: makes the baselines of released torch wheels.
#
# Downloads each wheel with pip (kept in $WHEELS if that is set, else thrown away) and stores all its libraries. A wheel
# of the index without a local version may still be a CUDA build: torch/version.py inside says which.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=aarch64
if [ "${1:-}" = --platform ]; then arch=$2; shift 2; fi
[ $# -gt 0 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
cargo build --release --locked --quiet
wheels=${WHEELS:-$(mktemp -d)}
[ -n "${WHEELS:-}" ] || trap 'rm -rf "$wheels"' EXIT
for version in "$@"; do
  if ! ls "$wheels"/torch-"$version"-*"$arch".whl >/dev/null 2>&1; then
    echo "downloading torch $version for $arch" >&2
    pip download -q --no-deps --only-binary=:all: --python-version 3.12 \
      --platform "manylinux_2_28_$arch" --platform "manylinux2014_$arch" "torch==$version" -d "$wheels"
  fi
  wheel=$(ls "$wheels"/torch-"$version"-*"$arch".whl | head -n 1)
  cuda=$(unzip -p "$wheel" torch/version.py | sed -n "s/^cuda[^=]*= '\([0-9.]*\)'.*/\1/p" | tr -d .)
  target/release/abigate baseline add "$wheel" --release "v$version" \
    --platform "linux-$arch${cuda:+-cu$cuda}" --replace
  echo "  $(sha256sum "$wheel" | cut -d' ' -f1)  $(basename "$wheel")"
done
