#!/usr/bin/env bash
# Writes requirements*.hashed.txt anew: every pin of requirements*.txt with the sha256 of all files that were published
# under it, for every Python and system, so that pip installs no other file under that name and version.
# torch is left out: it comes as a build for the machine, from one of several indexes.
#
# Usage: scripts/hashes.sh PYTHON    (a Python with pip, by which uv is had where it is not on the PATH)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python="$1"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

uv="$(command -v uv || true)"
if [ -z "$uv" ]; then
    "$python" -m pip install --quiet --disable-pip-version-check --target "$work/uv" uv
    uv="$work/uv/bin/uv"
fi

for name in requirements requirements-dev requirements-bench; do
    grep -v -e '^torch==' -e '^-r ' "$name.txt" >"$work/$name.txt"
    "$uv" pip compile "$work/$name.txt" --quiet --no-deps --universal --python-version 3.11 \
        --generate-hashes --no-header --no-annotate --output-file "$work/$name.hashed.txt" >/dev/null
    {
        echo "# The pins of $name.txt with the sha256 of every published file, torch left out. Written by scripts/hashes.sh."
        cat "$work/$name.hashed.txt"
    } >"$name.hashed.txt"
done
