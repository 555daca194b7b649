"""Pictures: pixel-exact PNG, an animated GIF that goes there and back."""

import io

import numpy as np
from PIL import Image

from explorer.show import pictures

FRAMES = np.linspace(0, 1, 3)[:, None, None, None] * np.ones((3, 1, 4, 4))


def opened(data):
    return Image.open(io.BytesIO(data))


def test_one_pixel_becomes_one_square():
    x = np.zeros((1, 2, 2))
    x[0, 0, 1] = 1
    found = np.asarray(opened(pictures.png(x, 8)))
    assert found.shape == (8, 8)
    np.testing.assert_array_equal(found[:4, 4:], 255)
    np.testing.assert_array_equal(found[:4, :4], 0)
    np.testing.assert_array_equal(found[4:], 0)


def test_colour_and_values_out_of_range():
    x = np.stack([np.full((2, 2), v) for v in (2.0, -1.0, np.nan)])
    assert opened(pictures.png(x, 2)).getpixel((0, 0)) == (255, 0, 0)


def test_a_strip_holds_every_frame():
    assert opened(pictures.strip_png(FRAMES, 16, gap=4)).size == (3 * 16 + 2 * 4, 16)


def test_a_gif_goes_there_and_back():
    found = opened(pictures.gif(FRAMES, 16))
    assert found.is_animated
    levels = []
    for i in range(found.n_frames):
        found.seek(i)
        levels.append(found.convert("L").getpixel((8, 8)))
    assert levels == [0, 128, 255, 128]
