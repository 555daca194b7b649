#!/usr/bin/env bash
# Prints the path of a Chromium that runs: EXPLORER_CHROMIUM, else one on the PATH, else Debian's package
# when root, else Playwright's own. Exits 1 where none can be had.
# A headless shell comes first: the same pages by the same engine, without the window around them, which takes as long.
#
# Usage: scripts/chromium.sh PYTHON    (a Python that has Playwright)
set -euo pipefail

python="$1"

runs() { [ -n "$1" ] && [ -x "$1" ] && "$1" --no-sandbox --version >/dev/null 2>&1; }

on_path() {
    local name path
    for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable chrome; do
        path="$(command -v "$name" || true)"
        if runs "$path"; then
            echo "$path"
            return 0
        fi
    done
    return 1
}

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"; }

debian_package() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    {
        apt-get update -q
        apt_install chromium-headless-shell || apt_install chromium
    } >&2 || return 1
    on_path
}

playwrights_own() {
    local path
    "$python" -m playwright install chromium >&2 || return 1
    path="$("$python" -c '
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)')" || return 1
    runs "$path" && echo "$path"
}

if [ -n "${EXPLORER_CHROMIUM:-}" ]; then
    runs "$EXPLORER_CHROMIUM" && echo "$EXPLORER_CHROMIUM" && exit 0
    echo "EXPLORER_CHROMIUM is $EXPLORER_CHROMIUM, which does not run." >&2
    exit 1
fi
on_path || debian_package || playwrights_own || {
    echo "No Chromium: none on the PATH, and neither apt-get nor Playwright could install one." >&2
    echo "Install one and give its path: EXPLORER_CHROMIUM=/path/to/chromium make test" >&2
    exit 1
}
