"""Strides, paddings and poolings: no file of weights holds them, but few fit.

An encoder's images must end at the size that its linear layer takes, a decoder's begin at the size that its own gives,
and end where the encoder's began. Among all that fit, the usual ones come first: each has a cost, and so has every
change of habit within a network.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

Size = tuple[int, int]

_MOST_SIDE = 1024
_MOST_KEPT = 6
_MOST_SIZES = 64
_USUAL_SIDES = frozenset({8, 16, 28, 32, 48, 64, 96, 128, 224, 256})
_UNUSUAL = 2.0
# Of another stride or padding than before, at the same kernel.
_CHANGE = 0.7
_NOT_WHOLE = 0.8
# How much more than the likeliest another may cost and still be tried, and how many are.
MARGIN, MOST = 1.1, 4


@dataclass(frozen=True)
class Setting:
    """How a convolution stands among images.

    Attributes:
        stride, padding, output_padding: its own.
        is_transposed: which of the two it is.
        is_doubled: whether images are doubled before it.
        is_pooled: whether they are halved behind it and its activation.
    """

    stride: int = 1
    padding: int = 0
    output_padding: int = 0
    is_transposed: bool = False
    is_doubled: bool = False
    is_pooled: bool = False

    def size(self, side: int, kernel: int) -> int:
        """Of its result, from that of its input; below 1 where there is none."""
        side = 2 * side if self.is_doubled else side
        if self.is_transposed:
            return (side - 1) * self.stride - 2 * self.padding + kernel + self.output_padding
        side = (side + 2 * self.padding - kernel) // self.stride + 1
        return side // 2 if self.is_pooled else side


@dataclass(frozen=True)
class Convolution:
    """What is known of one.

    Attributes:
        kernel: rows and columns.
        is_transposed: None where that is open.
        n_free: modules without weights between it and the next layer (encoder) or the one before (decoder), beside the
            activation; None where names do not say.
    """

    kernel: Size
    is_transposed: bool | None
    n_free: int | None = None


@dataclass(frozen=True)
class Sizes:
    """A way that fits.

    Attributes:
        input: rows and columns of an example's image.
        encoder, decoder: of each convolution.
        start: rows and columns at which the decoder's images begin; None without any.
        is_averaged: whether the encoder's images are averaged to one pixel at the end.
        cost: how unusual it is.
    """

    input: Size
    encoder: tuple[Setting, ...]
    decoder: tuple[Setting, ...]
    start: Size | None
    is_averaged: bool
    cost: float

    def __str__(self) -> str:
        parts = [f"{self.input[0]} x {self.input[1]}"]
        for name, fits in (("encoder", self.encoder), ("decoder", self.decoder)):
            parts += [f"{name} {_runs(fits)}"] if fits else []
        return ", ".join(parts)


def _runs(fits: Sequence[Setting]) -> str:
    """Equal ones that follow each other are said once."""
    runs = [(words, len(list(group))) for words, group in groupby(map(_words, fits))]
    return "; ".join(f"{n} x {words}" if n > 1 else words for words, n in runs)


def _words(fit: Setting) -> str:
    parts = ["doubled"] * fit.is_doubled + [f"stride {fit.stride} padding {fit.padding}"]
    parts += [f"output padding {fit.output_padding}"] * (fit.output_padding > 0)
    return " ".join([*parts, *["max-pooled"] * fit.is_pooled])


def rectangles(n: int) -> list[Size]:
    """Rows and columns of n pixels: the square, else whatever is not too long."""
    side = math.isqrt(n)
    if side * side == n:
        return [(side, side)]
    rows = [r for r in range(1, min(n, _MOST_SIDE) + 1) if n % r == 0 and n // r <= _MOST_SIDE]
    return [(r, n // r) for r in rows if max(r, n // r) <= 3 * min(r, n // r)]


def possible(
    encoder: Sequence[Convolution],
    decoder: Sequence[Convolution],
    ends: Sequence[Size],
    starts: Sequence[Size],
    inputs: Iterable[Size] | None,
    may_average: bool = False,
) -> list[Sizes]:
    """The likeliest that fit, at most `MOST`.

    Args:
        encoder, decoder: their convolutions in order; either may have none.
        ends: sizes at which the encoder's images may end.
        starts: sizes at which the decoder's may begin.
        inputs: sizes that an example may have; None for whatever the decoder's end at.
        may_average: whether the encoder's may end anywhere, as they are averaged.
    """
    begun = {size: [(0.0, ())] for size in starts}
    decoded = _walk(decoder, begun, is_decoder=True) if decoder else {}
    found: list[Sizes] = []
    for size in decoded if inputs is None else inputs:
        made = decoded.get(size, ()) if decoder else [(0.0, ())]
        if not made:
            continue
        cost = 0.0 if size[0] == size[1] and size[0] in _USUAL_SIDES else _UNUSUAL
        for enc_cost, enc, is_averaged in _encoded(encoder, size, ends, may_average):
            for dec_cost, dec in made:
                start = _start(starts, dec, decoder, size)
                found.append(Sizes(size, enc, dec, start, is_averaged, cost + enc_cost + dec_cost))
    found.sort(key=lambda sizes: sizes.cost)
    return [sizes for sizes in found if sizes.cost <= found[0].cost + MARGIN][:MOST]


_Ways = Mapping[Size, Sequence[tuple[float, tuple[Setting, ...]]]]


def _encoded(
    convolutions: Sequence[Convolution], size: Size, ends: Sequence[Size], may_average: bool
) -> list[tuple[float, tuple[Setting, ...], bool]]:
    if not convolutions:
        return [(0.0, (), False)]
    reached = _walk(convolutions, {size: [(0.0, ())]}, is_decoder=False)
    found = [(cost, fits, False) for end in ends for cost, fits in reached.get(end, ())]
    if may_average:
        found += [
            (cost + 1.0, fits, True)
            for end, ways in reached.items()
            for cost, fits in ways
            if 1 < min(end) <= _MOST_AVERAGED
        ]
    return heapq.nsmallest(MOST, found, key=lambda way: way[0])


_MOST_AVERAGED = 16


def _start(
    starts: Sequence[Size], fits: Sequence[Setting], convolutions: Sequence[Convolution], end: Size
) -> Size | None:
    """Where a decoder began that ended here."""
    for start in starts:
        size = start
        for fit, conv in zip(fits, convolutions, strict=True):
            size = (fit.size(size[0], conv.kernel[0]), fit.size(size[1], conv.kernel[1]))
        if size == end:
            return start
    return None


def _walk(convolutions: Sequence[Convolution], ways: _Ways, is_decoder: bool) -> _Ways:
    """From sizes to sizes, with the cheapest ways to each."""
    are_transposed = {c.is_transposed for c in convolutions} - {None}
    for conv in convolutions:
        options = _options(conv, is_decoder, are_transposed)
        reached: dict[Size, list[tuple[float, tuple[Setting, ...]]]] = {}
        for size, before in ways.items():
            for cost, fit in options:
                after = (fit.size(size[0], conv.kernel[0]), fit.size(size[1], conv.kernel[1]))
                if min(after) >= 1 and max(after) <= _MOST_SIDE:
                    reached.setdefault(after, []).extend(
                        (c + _further(convolutions, fits, conv, fit, cost, size, after), (*fits, fit))
                        for c, fits in before
                    )
        kept = {size: heapq.nsmallest(_MOST_KEPT, found, key=_cost) for size, found in reached.items()}
        ways = dict(heapq.nsmallest(_MOST_SIZES, kept.items(), key=lambda item: item[1][0][0]))
    return ways


def _cost(way: tuple[float, tuple[Setting, ...]]) -> float:
    return way[0]


def _further(
    convolutions: Sequence[Convolution],
    fits: Sequence[Setting],
    conv: Convolution,
    fit: Setting,
    cost: float,
    before: Size,
    after: Size,
) -> float:
    """What a convolution adds to the cost of those before it."""
    if (1, 1) in (before, after) and before != after:
        # From or to a single pixel a kernel covers the whole image.
        return 0.0 if (fit.stride, fit.padding) == (1, 0) else cost + _NOT_WHOLE
    same = [f for f, c in zip(fits, convolutions, strict=False) if c.kernel == conv.kernel]
    return cost + (
        _CHANGE if same and fit != same[-1] and (same[-1].stride, same[-1].padding) != (1, 0) else 0.0
    )


def _options(
    conv: Convolution, is_decoder: bool, are_transposed: set[bool | None]
) -> list[tuple[float, Setting]]:
    """What a convolution may be, with its cost."""
    k, found = max(conv.kernel), []
    if conv.is_transposed is not False:
        found += [(c + _unlike(True, are_transposed), fit) for c, fit in _transposed(k)]
    if conv.is_transposed is not True:
        own = _unlike(False, are_transposed) if is_decoder else 0.0
        found += [(c + own, fit) for c, fit in (_doubled(k) if is_decoder else _halved(k))]
    allowed = [(c, fit) for c, fit in found if conv.n_free != 0 or not (fit.is_pooled or fit.is_doubled)]
    cheapest = {fit: cost for cost, fit in sorted(allowed, key=lambda option: -option[0])}
    return [(cost + _free(conv.n_free, fit), fit) for fit, cost in cheapest.items()]


def _unlike(kind: bool, kinds: set[bool | None]) -> float:
    return 0.5 if kinds == {not kind} else 0.0


def _free(n_free: int | None, fit: Setting) -> float:
    """A module without weights between two layers is there for something."""
    return 1.0 if n_free and not (fit.is_pooled or fit.is_doubled) else 0.0


def _halved(k: int) -> list[tuple[float, Setting]]:
    """Of an encoder."""
    if k == 1:
        return [(0.0, Setting()), (0.5, Setting(is_pooled=True)), (2.0, Setting(2))]
    if k % 2 == 0:
        return [
            (0.0, Setting(2, k // 2 - 1)),
            (0.8 if k > 2 else 0.0, Setting(2)),
            (0.8, Setting()),
            (2.0, Setting(1, k // 2 - 1)),
        ]
    half = k // 2
    own = [
        (0.0, Setting(2, half)),
        (0.3, Setting(1, half)),
        (0.5, Setting(1, half, is_pooled=True)),
        (1.0, Setting()),
    ]
    own += [(1.0, Setting(2)), (1.2, Setting(is_pooled=True))]
    return own + ([(1.2, Setting(2, half - 1)), (1.5, Setting(1, half - 1))] if half > 1 else [])


def _transposed(k: int) -> list[tuple[float, Setting]]:
    """Of a decoder that makes images larger by its convolutions."""
    p = (k - 1) // 2
    # Cost, stride, padding, output padding.
    if k % 2 == 0:
        own = [(0.0, 2, p, 0), (0.8, 1, 0, 0), (0.8, 2, 0, 0), (1.5, 2, p, 1), (1.5, 1, k // 2, 0)]
    else:
        own = [(0.0, 2, p, 1), (0.4, 1, p, 0), (0.8, 2, p, 0), (0.8, 1, 0, 0), (1.0, 2, 0, 0), (1.2, 2, 0, 1)]
        own += [(1.2, 2, p - 1, 0), (1.5, 2, p - 1, 1), (1.5, 1, p - 1, 0)] if p > 1 else []
    return [(cost, Setting(stride, pad, more, is_transposed=True)) for cost, stride, pad, more in own]


def _doubled(k: int) -> list[tuple[float, Setting]]:
    """Of a decoder's plain convolutions."""
    if k % 2 == 0:
        return [(0.8, Setting()), (1.2, Setting(is_doubled=True))]
    same = [(0.3, Setting(1, k // 2)), (0.0, Setting(1, k // 2, is_doubled=True))]
    return same + ([(1.2, Setting()), (1.2, Setting(is_doubled=True))] if k > 1 else [])
