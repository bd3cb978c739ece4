#!/usr/bin/env bash
# Any other CI: exit code 0 merges, 1 stops, 2 is trouble, 3 means that nobody can say. JUnit is what most of them show.
set -euo pipefail
git fetch --quiet origin "${TARGET_BRANCH:-main}"
exec abigate gate build --target "${TARGET_BRANCH:-main}" --label "${PR_LABELS:-}" \
  --format text -o - --format junit -o abi.xml --format html -o abi.html
