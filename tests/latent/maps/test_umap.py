import subprocess
import sys

import numpy as np
import pytest

from explorer.latent import MapError
from explorer.latent.maps import umap

CODES = np.random.default_rng(6).normal(size=(200, 4)).astype(np.float32)


@pytest.mark.parametrize("n", [1, 2, 16])
def test_too_few_codes_are_told_to_use_pca(n):
    with pytest.raises(MapError, match=r"17 or more .*use the PCA map"):
        umap.fit(CODES[:n], seed=0)


def test_equal_codes_are_told_to_use_pca():
    with pytest.raises(MapError, match=r"use the PCA map.* found 50 copies"):
        umap.fit(np.ones((50, 4)), seed=0)


def test_codes_that_are_not_finite_are_refused():
    with pytest.raises(MapError, match="finite"):
        umap.fit(np.full((50, 4), np.nan), seed=0)


def test_the_room_and_its_errors_never_import_umap():
    code = "import sys, explorer.latent.maps.umap, explorer.latent; print('umap' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
