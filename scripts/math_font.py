"""Cuts the mathematical font of the argument out of STIX Two Math: 403 KB become 57.

npm pack @fontsource/stix-two-math && tar xf fontsource-stix-two-math-*.tgz
pip install fonttools brotli
python scripts/math_font.py package/files/stix-two-math-latin-400-normal.woff2 package/LICENSE
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "explorer" / "explain" / "assets"
# Latin and Greek, upright and italic, double-struck and script capitals, and all mathematical operators; the sizes and
# parts of tall brackets, roots and integrals come with them.
UNICODES = (
    "U+0020-007E,U+00A0-00FF,U+0302,U+02C6,U+02DC,U+0370-03FF,U+1D434-1D467,U+210E,U+1D538-1D56B,U+2102,U+210D,U+2115,"
    "U+2119,U+211A,U+211D,U+2124,U+1D49C-1D4CF,U+2010-2016,U+2026,U+2032-2034,U+2061-2064,U+2200-22FF,U+23B0-23BF,"
    "U+27E8-27E9,U+1D6FC-1D71B"
)
FEATURES = "ssty,kern,mark,mkmk,flac,dtls"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("font", type=Path)
    parser.add_argument("license", type=Path)
    given = parser.parse_args()
    options = (f"--unicodes={UNICODES}", f"--layout-features={FEATURES}", "--no-hinting", "--flavor=woff2")
    cut = [sys.executable, "-m", "fontTools.subset", str(given.font), *options]
    subprocess.run([*cut, f"--output-file={ASSETS / 'math.woff2'}"], check=True)
    shutil.copyfile(given.license, ASSETS / "math.LICENSE.txt")


if __name__ == "__main__":
    main()
