#!/usr/bin/env bash
# ingest-torch.sh [--platform aarch64|x86_64] VERSION…: makes the baselines of released torch wheels.
#
# Takes each wheel from ci/torch-wheel, which downloads it, and stores all its libraries. A wheel of the index without a
# local version may still be a CUDA build: torch/version.py inside says which.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=aarch64
if [ "${1:-}" = --platform ]; then arch=$2; shift 2; fi
[ $# -gt 0 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
cargo build --release --locked --quiet
for version in "$@"; do
  wheel=$(ci/torch-wheel --platform "$arch" "$version")
  cuda=$(unzip -p "$wheel" torch/version.py | sed -n "s/^cuda[^=]*= '\([0-9.]*\)'.*/\1/p" | tr -d .)
  cargo run --release --locked --quiet -- baseline add "$wheel" --release "v$version" \
    --platform "linux-$arch${cuda:+-cu$cuda}" --replace
  echo "  $(sha256sum "$wheel" | cut -d' ' -f1)  $(basename "$wheel")"
done
