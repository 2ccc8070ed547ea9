#!/usr/bin/env bash
# Write bundle/: our wheel, the wheels of everything it needs, the pins, an installer and checksums.
# Copy the folder to a closed site and run install.sh there; it reaches for no network.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
rm -rf bundle && mkdir -p bundle/wheels bundle/tools
$python -m pip download --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
  --dest bundle/wheels -r requirements/runtime.lock
$python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir bundle/wheels .
cp requirements/runtime.lock constraints.txt LICENSE bundle/
cp tools/verify_ledger.py bundle/tools/
cat > bundle/install.sh <<'EOT'
#!/usr/bin/env bash
# Usage: install.sh FOLDER   makes a Python environment there with Counterflow in it, from this folder alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=${1:?name a folder for the environment}
(cd "$here" && sha256sum --quiet --check SHA256SUMS)
"${PYTHON:-python3}" -m venv "$target"
"$target/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links "$here/wheels" \
  --require-hashes -r "$here/runtime.lock"
"$target/bin/pip" install --quiet --disable-pip-version-check --no-index --no-deps "$here"/wheels/counterflow-*.whl
"$target/bin/counterflow" doctor
EOT
chmod +x bundle/install.sh
(cd bundle && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > SHA256SUMS)
du -sh bundle
