"""Layers to a VAE: an order in which every one is used once and gives what the next one takes.

x -> encoder -> n features; two heads n -> d, or n = 2 d; z (d) -> decoder -> x, or twice as many numbers.

Names say which layers may be where (`names.py`), and the file's order which comes first; the shapes decide. Where no
order fits, names are disregarded; where none fits even so, there is no chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain as joined
from itertools import combinations, islice

from explorer.importing.weights import names
from explorer.importing.weights.layers import Layer

# Of the search: what people write is found within as many steps as it has layers.
_MOST_STEPS = 20_000
# Chains whose sizes are looked at.
_MOST_TRIED = 20
# Parameters of a likelihood, at most, for each element.
_MOST_PARAMETERS = 3


@dataclass(frozen=True)
class Flow:
    """What passes from a layer to the next: `n` features, or `n` channels of images; 0 before the first."""

    n: int = 0
    is_image: bool = False


@dataclass(frozen=True)
class Placed:
    """A layer in its place.

    Attributes:
        layer: with its weights.
        before, after: what it takes and gives.
        is_transposed: of a convolution; None where its shape and bias fit both.
    """

    layer: Layer
    before: Flow
    after: Flow
    is_transposed: bool | None = False


Branch = tuple[Placed, ...]


@dataclass(frozen=True)
class Chain:
    """Encoder, head and decoder.

    Attributes:
        encoder: what comes before the heads, maybe nothing.
        heads: two branches, the mean's first where names say so; none where the encoder's last layer gives both.
        decoder: what comes before its outputs.
        outputs: two branches, or none where the decoder's last layer gives all.
        latent_dim: d.
    """

    encoder: Branch
    heads: tuple[Branch, ...]
    decoder: Branch
    outputs: tuple[Branch, ...]
    latent_dim: int

    @property
    def input(self) -> Flow:
        """What the encoder takes."""
        return (*self.encoder, *(self.heads[0] if self.heads else ()))[0].before

    @property
    def output(self) -> Flow:
        """What the decoder gives, of one of two."""
        return (self.outputs[0] if self.outputs else self.decoder)[-1].after

    @property
    def is_named(self) -> bool:
        """Whether names say which head is the mean's."""
        return bool(self.heads) and is_named(self.heads)


def is_named(branches: Sequence[Branch]) -> bool:
    """Whether one of two branches is called a mean or a spread."""
    return any(names.half(branch[-1].layer.name) for branch in branches)


class ChainSearch:
    """All that may be tried, and how far it went.

    Attributes:
        longest: the layers that chained from the first one on, where nothing chains to the end.
    """

    def __init__(self, layers: Sequence[Layer]):
        self._layers = tuple(layers)
        self._place = {layer.name: i for i, layer in enumerate(layers)}
        # The encoder's before the decoder's, where names say it.
        order = {"encoder": 0, "": 1, "decoder": 2}
        self._in_order = sorted(layers, key=lambda layer: order[names.network(layer.name)])
        self._n_steps, self._by_name = 0, True
        self.longest: Branch = ()

    def named(self) -> Chain | None:
        """The first in which every layer is what its name says."""
        self._n_steps, self._by_name = 0, True
        return next(self._encoders((), self._layers), None)

    def chain(self, is_possible: Callable[[Chain], bool]) -> Chain | None:
        """The first that fits, of those that are possible on other grounds."""
        for self._by_name in (True, False):
            self._n_steps = 0
            tried = islice(self._encoders((), self._layers), _MOST_TRIED)
            if (found := next(filter(is_possible, tried), None)) is not None:
                return found
        return None

    def line(self) -> Branch | None:
        """All layers one after the other, without a head: what a plain autoencoder or a classifier is."""
        done: Branch = ()
        for layer in self._in_order:
            last, flow = (done[-1], done[-1].after) if done else (None, Flow())
            ways = joined(
                _placed(layer, last, flow, is_decoder=False), _placed(layer, last, flow, is_decoder=True)
            )
            if (found := next(ways, None)) is None:
                return None
            done = (*done, found)
        return done or None

    def _encoders(self, done: Branch, unused: Sequence[Layer]) -> Iterator[Chain]:
        """Heads by their names as early as they fit, others as late: all between data and code belongs to them."""
        flow = done[-1].after if done else Flow()
        if done:
            yield from self._headed(done, unused, self._named_heads(flow, unused))
        for placed in self._next(done, unused, Flow(), "encoder"):
            yield from self._encoders((*done, placed), _without(unused, placed))
        heads = self._pairs(flow, unused)
        yield from self._headed(
            done, unused, heads if done else joined(self._named_heads(flow, unused), heads)
        )
        if done and flow.n % 2 == 0 and done[-1].layer.has_weights:
            yield from self._decoders(Chain(done, (), (), (), flow.n // 2), unused)

    def _headed(
        self, done: Branch, unused: Sequence[Layer], heads: Iterable[tuple[Branch, Branch]]
    ) -> Iterator[Chain]:
        for pair in heads:
            taken = [placed for branch in pair for placed in branch]
            d = pair[0][-1].after.n
            yield from self._decoders(Chain(done, pair, (), (), d), _without(unused, *taken))

    def _named_heads(self, flow: Flow, unused: Sequence[Layer]) -> Iterator[tuple[Branch, Branch]]:
        """A branch of all that is called a mean, and one of all that is called a spread."""
        free = [layer for layer in unused if self._by_name and self._may_be(layer, "encoder")]
        mean, spread = (
            self._branch(flow, [layer for layer in free if names.half(layer.name) == half])
            for half in ("mean", "spread")
        )
        if mean and spread and mean[-1].after == spread[-1].after:
            yield mean, spread

    def _pairs(self, flow: Flow, unused: Sequence[Layer]) -> Iterator[tuple[Branch, Branch]]:
        """Two layers of one shape."""
        free = [layer for layer in unused if layer.has_weights and self._may_be(layer, "encoder")]
        for first, second in combinations(free, 2):
            if (first.kind, first.shape) == (second.kind, second.shape):
                # A mean comes first, if but one of the two has a name.
                is_swapped = names.half(second.name) == "mean" or names.half(first.name) == "spread"
                ordered = (second, first) if is_swapped else (first, second)
                a, b = (self._branch(flow, [layer]) for layer in ordered)
                if a and b:
                    yield a, b

    def _branch(self, flow: Flow, layers: Sequence[Layer]) -> Branch:
        """These layers in their order; empty where they do not chain."""
        done: Branch = ()
        for layer in layers:
            found = next(_placed(layer, done[-1] if done else None, flow, is_decoder=False), None)
            if found is None:
                return ()
            done, flow = (*done, found), found.after
        return done

    def _decoders(self, chain: Chain, unused: Sequence[Layer]) -> Iterator[Chain]:
        flow = chain.decoder[-1].after if chain.decoder else Flow(chain.latent_dim)
        if not unused and chain.decoder and _fits(chain.input, chain.output):
            yield chain
        if len(unused) == 2 and chain.decoder:
            for outputs in self._outputs(flow, unused):
                whole = replace(chain, outputs=outputs)
                if _fits(chain.input, whole.output):
                    yield whole
        for placed in self._next(chain.decoder, unused, flow, "decoder"):
            following = replace(chain, decoder=(*chain.decoder, placed))
            self._remember((*chain.encoder, *(p for h in chain.heads for p in h), *following.decoder))
            yield from self._decoders(following, _without(unused, placed))

    def _outputs(self, flow: Flow, unused: Sequence[Layer]) -> Iterator[tuple[Branch, Branch]]:
        branches: list[Branch] = []
        for layer in sorted(unused, key=lambda layer: names.half(layer.name) == "spread"):
            found = next(_placed(layer, None, flow, is_decoder=True), None)
            branches.append((found,) if found and layer.has_weights else ())
        if all(branches) and branches[0][0].after == branches[1][0].after:
            yield branches[0], branches[1]

    def _next(self, done: Branch, unused: Sequence[Layer], start: Flow, part: str) -> Iterator[Placed]:
        """What may follow, the likeliest first."""
        last = done[-1] if done else None
        self._remember(done)
        for layer in sorted(unused, key=lambda layer: self._distance(last, layer)):
            self._n_steps += 1
            if self._n_steps > _MOST_STEPS:
                return
            if self._is_blocked(layer, unused):
                continue
            if self._may_be(layer, part) and not (part == "encoder" and self._is_head(layer)):
                flow = last.after if last else start
                yield from _placed(layer, last, flow, is_decoder=part != "encoder")

    def _remember(self, done: Branch) -> None:
        if len(done) > len(self.longest) and done[0].layer is self._in_order[0]:
            self.longest = done

    def _may_be(self, layer: Layer, part: str) -> bool:
        return not self._by_name or not part or names.network(layer.name) in ("", part)

    def _is_blocked(self, layer: Layer, unused: Sequence[Layer]) -> bool:
        """Whether another stands before it in a numbered list."""
        return self._by_name and any(names.precedes(other.name, layer.name) for other in unused)

    def _is_head(self, layer: Layer) -> bool:
        return self._by_name and names.half(layer.name) != ""

    def _distance(self, last: Placed | None, layer: Layer) -> tuple[bool, bool, int]:
        """A norm of the same number as the layer before it, then what comes behind it in the file, then the rest."""
        if last is None:
            return True, False, self._place[layer.name]
        is_its_norm = (
            last.layer.has_weights
            and not layer.has_weights
            and names.index(layer.name) is None
            and names.number(layer.name) == names.number(last.layer.name)
        )
        place, here = self._place[layer.name], self._place[last.layer.name]
        return not is_its_norm, place < here, place


def _without(layers: Sequence[Layer], *placed: Placed) -> tuple[Layer, ...]:
    taken = {p.layer.name for p in placed}
    return tuple(layer for layer in layers if layer.name not in taken)


def _placed(layer: Layer, last: Placed | None, flow: Flow, is_decoder: bool) -> Iterator[Placed]:
    """The layer behind another, if it takes what that one gives."""
    if layer.kind == "linear":
        n_out, n_in = layer.shape
        # Images are flattened, on the way to a code: a multiple of their channels.
        flattens = flow.is_image and n_in % flow.n == 0 and not is_decoder
        if not flow.n or flattens or (n_in == flow.n and not flow.is_image):
            yield Placed(layer, flow if flow.n else Flow(n_in), Flow(n_out))
    elif layer.kind == "conv":
        yield from _convolutions(layer, flow, is_decoder)
    elif layer.kind == "prelu":
        if last is not None and last.layer.kind != "prelu" and layer.shape[0] in (1, flow.n):
            yield Placed(layer, flow, flow)
    elif (last is None or last.layer.kind not in ("norm", "batch_norm")) and flow.n in (0, layer.shape[0]):
        after = flow if flow.n else Flow(layer.shape[0])
        yield Placed(layer, after, after)


def _convolutions(layer: Layer, flow: Flow, is_decoder: bool) -> Iterator[Placed]:
    kinds = (True, False) if is_decoder else (False,)
    found = {kind: channels for kind in kinds if (channels := layer.channels(kind)) is not None}
    for kind, (n_in, n_out) in found.items():
        # In a decoder features become images: a multiple of the channels.
        takes = not flow.n or n_in == flow.n or (is_decoder and not flow.is_image and flow.n % n_in == 0)
        is_either = len(found) == 2 and n_in == n_out
        if takes and not (is_either and not kind):
            before = flow if flow.n else Flow(n_in, is_image=True)
            yield Placed(layer, before, Flow(n_out, is_image=True), None if is_either else kind)


def _fits(given: Flow, returned: Flow) -> bool:
    """Whether what a decoder returns may be parameters of what the encoder is given."""
    if given.is_image != returned.is_image:
        flat, image = (returned, given) if given.is_image else (given, returned)
        return flat.n % image.n == 0 and flat.n > image.n
    return returned.n % given.n == 0 and returned.n // given.n <= _MOST_PARAMETERS
