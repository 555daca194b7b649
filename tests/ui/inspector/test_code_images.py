"""Codes that are images are drawn as images, a tile a channel."""

import base64
import io
import re

import numpy as np
from PIL import Image

from explorer.show.numbers import Units
from explorer.ui.inspector.code_images import MOST_CHANNELS, html

NATS = Units(4, False)


def tiles(text):
    """Every picture of a text, as numbers (H, W)."""
    found = re.findall(r"base64,([^']+)'", text)
    return [np.array(Image.open(io.BytesIO(base64.b64decode(one)))) for one in found]


def test_a_plain_code_is_no_image():
    assert html(np.ones(3), np.ones(3), (3,), NATS) == ""


def test_the_mean_is_grey_at_zero_and_the_rate_black():
    mean, rate = np.array([-2.0, 0, 1, 2]), np.array([0.0, 1, 2, 4])
    text = html(mean, rate, (1, 2, 2), NATS)
    of_mean, of_rate = (tile[:: tile.shape[0] // 2, :: tile.shape[1] // 2].flatten() for tile in tiles(text))
    assert of_mean.tolist() == [0, 128, 191, 255]
    assert of_rate.tolist() == [0, 64, 128, 255]
    assert "−2.00 black to 2.00 white" in text
    assert "4.00 nats" in text


def test_every_channel_has_its_tile_up_to_as_many_as_are_shown():
    assert len(tiles(html(np.zeros(12), np.zeros(12), (3, 2, 2), NATS))) == 6
    n = MOST_CHANNELS + 4
    text = html(np.zeros(4 * n), np.zeros(4 * n), (n, 2, 2), NATS)
    assert len(tiles(text)) == 2 * MOST_CHANNELS
    assert f"the first {MOST_CHANNELS} are shown" in text
