"""A chain to networks: every way that names and shapes allow, the likeliest first.

In an `nn.Sequential` layers are numbered, and what has no weights leaves a gap: between layers 0 and 2 stands an
activation, between 0 and 1 nothing. Where layers have names of their own, one is taken to stand behind each but the
last; where features become images it may be missing, and both ways are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

from explorer.importing.draft import ImportFault, Networks
from explorer.importing.weights import names, stack
from explorer.importing.weights.chain import Branch, Chain, Flow, Placed
from explorer.importing.weights.layers import EXPORT, Layer
from explorer.importing.weights.sizes import Convolution, Setting, Size, Sizes, possible, rectangles
from explorer.importing.weights.stack import ACTIVATIONS, Step
from explorer.programs import GraphBuilder, Program

# Ways to put the layers together, beside their activations.
MOST_WAYS = 4
_GROUPS = (32, 8, 16, 4, 1)
_ENDS = ("", "sigmoid", "tanh")


@dataclass(frozen=True)
class Choices:
    """What the file leaves open, decided.

    Attributes:
        sizes: of convolutions.
        groups: of norms among images; 0 for as many as there are channels.
        is_activated: whether an activation stands where features become images and names do not say.
        activation: a key of `ACTIVATIONS`.
        end: the decoder's last activation, or "".
    """

    sizes: Sizes
    groups: int
    is_activated: bool
    activation: str
    end: str


def networks(path: Path, chain: Chain) -> tuple[Networks, ...]:
    """All ways, at least one.

    Raises:
        ImportFault: no strides and paddings fit.
    """
    encoder, decoder = _whole(chain.encoder, chain.heads), _whole(chain.decoder, chain.outputs)
    ways = _sizes(path, chain, encoder, decoder)
    groups = _groups([*encoder, *decoder])
    opens = (True, False) if any(_is_open(a, b) for a, b in _steps(decoder)) else (True,)
    has_any = _has_activations(encoder) or _has_activations(decoder)
    activations = tuple(ACTIVATIONS) if has_any else ("ReLU",)
    ends = _ENDS if _is_single(chain, ways[0]) else ("",)
    structures = sorted(product(ways, groups, opens), key=lambda way: _rank(way, ways, groups, opens))[
        :MOST_WAYS
    ]
    choices = [Choices(*way, act, end) for way in structures for end in ends for act in activations]
    said = [len({getattr(c, name) for c in choices}) > 1 for name in _NAMES]
    found = tuple(_networks(chain, c, _name(c, said)) for c in choices)
    _check(path, found[0], chain.latent_dim)
    return found


def _rank(way: Sequence[object], *known: Sequence[object]) -> int:
    return sum(among.index(choice) for choice, among in zip(way, known, strict=True))


_NAMES = ("activation", "end", "sizes", "groups", "is_activated")


def _name(choices: Choices, said: Sequence[bool]) -> str:
    """What tells one way from the others."""
    groups = f"{choices.groups} groups" if choices.groups else "as many groups as channels"
    words = (
        choices.activation,
        f"{choices.end or 'nothing'} at the end",
        str(choices.sizes),
        groups,
        f"{'activated' if choices.is_activated else 'plain'} before the first image",
    )
    return ", ".join(word for word, is_said in zip(words, said, strict=True) if is_said)


def _whole(trunk: Branch, branches: Sequence[Branch]) -> Branch:
    return (*trunk, *(branches[0] if branches else ()))


def _convolutions(branch: Branch) -> list[Placed]:
    return [placed for placed in branch if placed.layer.kind == "conv"]


def is_possible(chain: Chain) -> bool:
    """Whether strides and paddings are found."""
    try:
        return bool(
            _sizes(Path(), chain, _whole(chain.encoder, chain.heads), _whole(chain.decoder, chain.outputs))
        )
    except ImportFault:
        return False


def _sizes(path: Path, chain: Chain, encoder: Branch, decoder: Branch) -> list[Sizes]:
    """Of all convolutions; one way of none where there are none."""
    encoding, decoding = _described(encoder, is_decoder=False), _described(decoder, is_decoder=True)
    if not encoding and not decoding:
        return [Sizes((1, 1), (), (), None, False, 0.0)]
    if odd := [
        p.layer for p in (*encoder, *decoder) if p.layer.kind == "conv" and len(set(p.layer.kernel)) > 1
    ]:
        raise ImportFault(path, odd[0].name, "a square kernel", odd[0].kernel, EXPORT)
    flat = next((p for p in encoder if p.layer.kind == "linear" and p.before.is_image), None)
    ends = rectangles(flat.layer.shape[1] // (flat.before.n)) if flat else [(1, 1)]
    may_average = flat is not None and flat.layer.shape[1] == flat.before.n
    found = possible(encoding, decoding, ends, _starts(decoder), _inputs(chain), may_average)
    if not found:
        shown = ", ".join(str(p.layer) for p in (*_convolutions(encoder), *_convolutions(decoder)))
        expected = "convolutions whose strides and paddings can be found from their sizes"
        raise ImportFault(path, "sizes", expected, shown, EXPORT)
    return found


def _starts(decoder: Branch) -> list[Size]:
    first = next((p for p in _convolutions(decoder) if not p.before.is_image), None)
    return rectangles((first.before.n) // _channels(first)) if first else []


def _channels(placed: Placed) -> int:
    """That a convolution takes."""
    return placed.layer.shape[0 if placed.is_transposed is not False else 1]


def _inputs(chain: Chain) -> list[Size] | None:
    """Sizes that an example may have where one of the two networks says its number of elements."""
    given, returned = chain.input, chain.output
    if given.is_image and returned.is_image:
        return None
    flat, image = (returned.n, given.n) if given.is_image else (given.n, returned.n)
    return rectangles(flat // image)


def _described(branch: Branch, is_decoder: bool) -> list[Convolution]:
    found = []
    for i, placed in enumerate(branch):
        if placed.layer.kind == "conv":
            n_free = _n_free_before(branch, i) if is_decoder else _n_free_behind(branch, i)
            found.append(Convolution(placed.layer.kernel, placed.is_transposed, n_free))
    return found


def _n_free_before(branch: Branch, i: int) -> int | None:
    earlier = [j for j in range(i) if branch[j].layer.has_weights]
    return _n_free(branch[earlier[-1] : i + 1]) if earlier else None


def _n_free_behind(branch: Branch, i: int) -> int | None:
    later = [j for j in range(i + 1, len(branch)) if branch[j].layer.has_weights]
    return _n_free(branch[i : later[0] + 1]) if later else None


def _n_free(branch: Branch) -> int | None:
    """Modules without weights from one layer to the next with weights, beside activation and reshaping."""
    gaps = [_gap(a.layer, b.layer) for a, b in _steps(branch)]
    known = [gap for gap in gaps if gap is not None]
    if len(known) < len(gaps):
        return None
    is_activated = not any(p.layer.kind == "prelu" for p in branch)
    return max(0, sum(known) - is_activated - _is_reshaped(branch[-1]))


def _steps(branch: Branch) -> list[tuple[Placed, Placed]]:
    return list(pairwise(branch))


def _gap(first: Layer, second: Layer) -> int | None:
    """Modules without weights between two layers; None where names do not say."""
    a, b = names.index(first.name), names.index(second.name)
    return b[1] - a[1] - 1 if a and b and a[0] == b[0] and b[1] > a[1] else None


def _is_reshaped(placed: Placed) -> bool:
    """Whether what a layer is given has to change between features and images."""
    kind = placed.layer.kind
    return (kind == "linear" and placed.before.is_image) or (kind == "conv" and not placed.before.is_image)


def _is_open(first: Placed, second: Placed) -> bool:
    """Whether an activation may or may not stand between two layers."""
    becomes_image = second.layer.kind == "conv" and not second.before.is_image
    return becomes_image and first.layer.has_weights and _gap(first.layer, second.layer) is None


def _has_activations(branch: Branch) -> bool:
    steps = _steps(branch)
    return any(b.layer.has_weights and _gap(a.layer, b.layer) != 0 for a, b in steps) and not any(
        p.layer.kind == "prelu" for p in branch
    )


def _groups(placed: Sequence[Placed]) -> tuple[int, ...]:
    """Numbers of groups that divide the channels of every norm among images."""
    channels = [p.layer.shape[0] for p in placed if p.layer.kind == "norm" and p.before.is_image]
    if not channels:
        return (0,)
    return (*(n for n in _GROUPS if all(c % n == 0 for c in channels)), 0)


def _is_single(chain: Chain, sizes: Sizes) -> bool:
    """Whether the decoder's first output is one number for each element."""
    return bool(chain.outputs) or _n_elements(chain.input, sizes.input) == _n_elements(
        chain.output, sizes.input
    )


def _n_elements(flow: Flow, size: Size) -> int:
    return flow.n * size[0] * size[1] if flow.is_image else flow.n


def _networks(chain: Chain, choices: Choices, name: str) -> Networks:
    input_shape = (chain.input.n, *choices.sizes.input) if chain.input.is_image else (chain.input.n,)
    encoder = _program("x", chain.encoder, chain.heads, choices, is_decoder=False)
    decoder = _program("z", chain.decoder, chain.outputs, choices, is_decoder=True)
    return Networks(name, encoder, decoder, (chain.latent_dim,), input_shape)


def _program(
    given: str, trunk: Branch, branches: Sequence[Branch], choices: Choices, is_decoder: bool
) -> Program:
    builder = GraphBuilder(given)
    fits = list(choices.sizes.decoder if is_decoder else choices.sizes.encoder)
    writer = _Writer(choices, is_decoder)
    of_trunk, rest = fits[: len(_convolutions(trunk))], fits[len(_convolutions(trunk)) :]
    shared = stack.run(builder, given, list(writer.steps(trunk, None, of_trunk)))
    last, fit = trunk[-1] if trunk else None, of_trunk[-1] if of_trunk else None
    outputs = [
        stack.run(builder, shared, list(writer.steps(branch, last, rest, fit)))
        for branch in branches or ((),)
    ]
    if is_decoder and choices.end:
        outputs[0] = stack.activation(choices.end)(builder, outputs[0])
    if not is_decoder and (branches[0] if branches else trunk)[-1].after.is_image:
        outputs = [stack.flattened()(builder, output) for output in outputs]
    return builder.program(*outputs)


@dataclass(frozen=True)
class _Writer:
    """Placed layers to steps, under given choices."""

    choices: Choices
    is_decoder: bool

    def steps(
        self, branch: Branch, last: Placed | None, fits: Sequence[Setting], last_fit: Setting | None = None
    ) -> Iterator[Step]:
        """Of a branch behind a layer of the trunk; the last convolution's pooling comes with the next layer."""
        waiting, is_activated = list(fits), last is None or last.layer.kind == "prelu"
        for placed in branch:
            layer, before = placed.layer, last
            if before is not None and self._is_activated(before, placed, is_activated):
                yield stack.activation(self.choices.activation)
                is_activated = True
            if layer.has_weights:
                if last_fit is not None and last_fit.is_pooled:
                    yield stack.pooled()
                last_fit = waiting.pop(0) if layer.kind == "conv" else None
                yield from self._reshaping(placed)
                is_activated = False
            yield self._step(placed, last_fit)
            is_activated = is_activated or layer.kind == "prelu"
            last = placed

    def _is_activated(self, before: Placed, placed: Placed, is_done: bool) -> bool:
        """Whether an activation stands before a layer."""
        gap = _gap(before.layer, placed.layer)
        if is_done or placed.layer.kind == "prelu":
            return False
        if not placed.layer.has_weights:
            return gap is not None and gap >= 1
        if _is_open(before, placed):
            return self.choices.is_activated
        return gap is None or gap - _is_reshaped(placed) >= 1

    def _reshaping(self, placed: Placed) -> Iterator[Step]:
        if not _is_reshaped(placed):
            return
        if placed.layer.kind == "conv":
            assert self.choices.sizes.start is not None, "found with the sizes"
            yield stack.reshaped(_channels(placed), *self.choices.sizes.start)
        else:
            yield stack.averaged() if self.choices.sizes.is_averaged else stack.flattened()

    def _step(self, placed: Placed, fit: Setting | None) -> Step:
        layer = placed.layer
        if layer.kind == "linear":
            return stack.linear(layer)
        if layer.kind == "conv":
            assert fit is not None, "one for each convolution"
            return stack.convolution(layer, fit)
        if layer.kind == "prelu":
            return stack.prelu(layer)
        return stack.norm(layer, (self.choices.groups or layer.shape[0]) if placed.before.is_image else None)


def _check(path: Path, found: Networks, latent_dim: int) -> None:
    """Refuses networks that cannot be computed."""
    try:
        assert found.encoder is not None, "made above"
        heads = found.encoder.output_shapes(found.input_shape)
        found.decoder.output_shapes(found.latent_shape)
    except ValueError as error:
        raise ImportFault(path, "layers", "layers whose sizes fit", error, EXPORT) from error
    if sum(shape[0] for shape in heads) != 2 * latent_dim:
        raise ImportFault(path, "head", f"a mean and a spread of {latent_dim} numbers", heads, EXPORT)
