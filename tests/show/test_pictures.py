"""Pictures: pixel-exact PNG, an animated GIF that goes there and back."""

import io

import numpy as np
from PIL import Image

from explorer.show import pictures

FRAMES = pictures.pictures_of(np.linspace(0, 1, 3)[:, None, None, None] * np.ones((3, 1, 4, 4)), 16)


def opened(data):
    return Image.open(io.BytesIO(data))


def test_one_pixel_becomes_one_square():
    x = np.zeros((1, 2, 2))
    x[0, 0, 1] = 1
    found = np.asarray(opened(pictures.png(pictures.image(x, 8))))
    assert found.shape == (8, 8)
    np.testing.assert_array_equal(found[:4, 4:], 255)
    np.testing.assert_array_equal(found[:4, :4], 0)
    np.testing.assert_array_equal(found[4:], 0)


def test_colour_and_values_out_of_range():
    x = np.stack([np.full((2, 2), v) for v in (2.0, -1.0, np.nan)])
    assert pictures.image(x, 2).getpixel((0, 0)) == (255, 0, 0)


def test_a_strip_holds_every_frame():
    assert opened(pictures.strip_png(FRAMES, gap=4)).size == (3 * 16 + 2 * 4, 16)


def test_a_gif_goes_there_and_back():
    found = opened(pictures.gif(FRAMES))
    assert found.is_animated
    levels = []
    for i in range(found.n_frames):
        found.seek(i)
        levels.append(found.convert("L").getpixel((8, 8)))
    assert levels == [0, 128, 255, 128]


def test_a_film_of_vectors_is_on_a_solid_ground():
    lines = pictures.pictures_of(np.stack([np.linspace(0, 1, 40), np.linspace(1, 0, 40)]), 32)
    found = opened(pictures.gif(lines)).convert("RGBA")
    assert found.size == (32, 32)
    assert np.asarray(found)[..., 3].min() == 255


def test_only_a_vector_is_smoothed_and_words_are_escaped():
    assert "lx-vector" in pictures.tag(pictures.pictures_of(np.ones((1, 5)), 8)[0], "x")
    html = pictures.tag(FRAMES[0], "a'<b>")
    assert "lx-vector" not in html
    assert "alt='a&#x27;&lt;b&gt;'" in html


def test_lines_of_a_sheet_do_not_run_into_one_another():
    line = pictures.pictures_of(np.linspace(0, 1, 40)[None], 32)[0]
    found = np.asarray(pictures.sheet([[line, line], [line, line]]))[..., 3]
    assert found.shape == (72, 72)
    assert not found[:, 32:40].any()
    assert found[:, 40:].any()


def test_a_sheet_has_its_first_row_on_top():
    black, _, white = FRAMES
    found = np.asarray(pictures.sheet([[white, black], [black, white]]))
    assert found.shape == (32, 32)
    assert (found[0, 0], found[0, -1], found[-1, 0], found[-1, -1]) == (255, 0, 0, 255)
