#!/usr/bin/env bash
# Resolve pyproject.toml anew and write what is installed from it, with hashes and without addresses:
#   requirements/runtime.lock  the product with every extra      requirements/dev.lock  the same and what we build with
#   constraints.txt            the same versions without hashes, for `pip install '.[all]' -c constraints.txt`
# (pip refuses hashes in a constraints file as soon as a local folder is installed beside it.)
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
  "${UV:-.venv/bin/uv}" pip compile pyproject.toml --quiet --all-extras --universal --python-version 3.11 \
    --generate-hashes --no-header --no-annotate --no-emit-index-url "$@"
}
compile --output-file requirements/runtime.lock
compile --group dev --output-file requirements/dev.lock
sed -E '/^ +--hash/d; s/ *\\$//' requirements/runtime.lock > constraints.txt
