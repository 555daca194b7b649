"""Several handles at once: each decodes as it would alone."""

import numpy as np

from explorer.latent import LocalLift, lift_handles
from explorer.latent.maps import axes

GENERATOR = np.random.default_rng(0)
CODES = GENERATOR.normal(size=(60, 4)).astype(np.float32)
HOMES = CODES[:, :2] + 0.01 * GENERATOR.normal(size=(60, 2)).astype(np.float32)
CHARTS = (axes(0, 1, 4), LocalLift.fit(HOMES, CODES))


def test_handles_at_home_have_their_examples_codes_bit_for_bit():
    rows = [3, 59, 0]
    for chart in CHARTS:
        np.testing.assert_array_equal(lift_handles(chart, HOMES[rows], rows, CODES, HOMES), CODES[rows])


def test_a_mixed_batch_is_each_handle_alone():
    places, rows = GENERATOR.normal(size=(4, 2)), [None, 7, None, 2]
    for chart in CHARTS:
        together = lift_handles(chart, places, rows, CODES, HOMES)
        for i, row in enumerate(rows):
            alone = lift_handles(chart, places[i : i + 1], [row], CODES, HOMES)
            np.testing.assert_allclose(together[i], alone[0], rtol=1e-6)
        np.testing.assert_allclose(together[0], chart.lift(places[:1])[0], rtol=1e-6)


def test_no_handle_is_no_code():
    assert lift_handles(CHARTS[0], np.empty((0, 2)), [], CODES, HOMES).shape == (0, 4)
