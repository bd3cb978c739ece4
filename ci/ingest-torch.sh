#!/usr/bin/env bash
# ingest-torch.sh [--platform aarch64|x86_64] [--again] VERSION…: makes the baselines of released torch wheels.
#
# Each wheel is downloaded by pip, which checks it against the index's hash, and goes away afterwards; a folder $WHEELS keeps
# it. Its libraries are dumped with its own headers, as ci/pytorch.abigate.yaml says, and what was made is noted in
# baselines/made.tsv, which the table in baselines/README.md is made of. A version that is noted there is passed over, unless
# --again asks for it: who stops the script and starts it again goes on where it was.
#
# A wheel of the index without a local version may still be a CUDA build: torch/version.py inside says which.
set -euo pipefail
cd "$(dirname "$0")/.."
arch=aarch64 again=
while :; do
  case ${1:-} in
    --platform) arch=$2; shift 2 ;;
    --again) again=1; shift ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || { sed -n '2,10p' "$0" >&2; exit 2; }
here=$(uname -m)
[ "$arch" = "$here" ] || ci/debian-tools "g++-${arch/_/-}-linux-gnu=$arch-linux-gnu-g++"
[ -n "${ABIGATE:-}" ] || cargo build --release --locked --quiet
abigate=${ABIGATE:-target/release/abigate}
notes=baselines/made.tsv
[ -e "$notes" ] || printf 'release\tplatform\twheel\tsha256\tcuda\tabigate\tcompiler\tstandard\n' >"$notes"
number=0
for version in "$@"; do
  number=$((number + 1))
  if [ -z "$again" ] && grep -q -P "^v$version\tlinux-$arch\t" "$notes"; then
    echo "[$number/$#] torch $version for $arch: is there" >&2
    continue
  fi
  echo "[$number/$#] torch $version for $arch" >&2
  folder=${WHEELS:-$(mktemp -d)}
  wheel=$(WHEELS=$folder ci/torch-wheel --platform "$arch" "$version")
  cuda=$(unzip -p "$wheel" torch/version.py | sed -n "s/^cuda[^=]*= '\([0-9.]*\)'.*/\1/p")
  "$abigate" --config ci/pytorch.abigate.yaml --store baselines baseline add "$wheel" --release "v$version" \
    --platform "linux-$arch" --replace
  probe=$(zstdcat "baselines/v$version/linux-$arch/headers.abi.zst" | sed -n 1p)
  word() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$probe"; }
  grep -v -P "^v$version\tlinux-$arch\t" "$notes" >"$notes.new" || true
  printf 'v%s\tlinux-%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$version" "$arch" "$(basename "$wheel")" \
    "$(sha256sum "$wheel" | cut -d' ' -f1)" "$cuda" "$("$abigate" --version | cut -d' ' -f2)" \
    "$(word compiler)" "$(word standard)" >>"$notes.new"
  { head -n 1 "$notes.new"; tail -n +2 "$notes.new" | sort -V; } >"$notes"
  rm "$notes.new"
  [ -n "${WHEELS:-}" ] || rm -r "$folder"
done
ci/baselines-readme
