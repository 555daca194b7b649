#!/usr/bin/env bash
# Prints the first Python from 3.11 to 3.13 that runs and can make a virtual environment; nothing where there is none.
set -euo pipefail

for name in python3.11 python3.12 python3.13 python3 python; do
    path="$(command -v "$name" || true)"
    # Run it: a version manager leaves names on the PATH that answer with an error.
    if [ -n "$path" ] && "$path" -c '
import sys, ensurepip, venv
sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
        echo "$path"
        exit 0
    fi
done
