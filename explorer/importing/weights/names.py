"""What a layer's name says of its part in a VAE: people have a few dozen words for the same four things."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

# Of the underscored name of a layer, its numbers apart.
_ENCODER = re.compile(r"(^|_)(enc\w*?|inference|recognition|q|qz|qzx)(_|$)")
_DECODER = re.compile(
    r"(^|_)(\w*?dec\w*?|deconv\w*?|generat\w*|gen|generative|px|pxz|final|final_layer|out\w*)(_|$)"
)
_MEAN = re.compile(r"(^|_)z?(mu|mean|means|loc)(_|$)")
# What is said of the spread decides how it is read; the words that say nothing of its logarithm leave it open.
_SPREADS = {
    "log_variance": re.compile(r"(^|_)z?(log_?vars?|log_?variance|lv|log_?sigma_?(sq|squared|2))(_|$)"),
    "log_sigma": re.compile(r"(^|_)z?(log_?sigma|log_?std|log_?scale|log_?stddev)(_|$)"),
    "": re.compile(r"(^|_)z?(var|variance|sigma|std|stddev|scale|precision)(_|$)"),
}


@lru_cache(4096)
def plain(name: str) -> str:
    """Words with underscores between them: "encoder.fcMu.0" is "encoder_fc_mu_0"."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[A-Za-z])(?=\d+(\.|$))", "_", parts).lower())


@lru_cache(4096)
def network(name: str) -> str:
    """ "encoder", "decoder", or "" where the name does not say."""
    words = plain(name)
    if _ENCODER.search(words):
        return "encoder"
    return "decoder" if _DECODER.search(words) else ""


@lru_cache(4096)
def half(name: str) -> str:
    """ "mean", "spread", or "": of which part of a distribution a layer is the head."""
    words = plain(name)
    if any(pattern.search(words) for pattern in _SPREADS.values()):
        return "spread"
    return "mean" if _MEAN.search(words) else ""


def spread(name: str) -> str:
    """A key of `SPREADS`, or "" where the name leaves it open."""
    words = plain(name)
    return next((kind for kind, pattern in _SPREADS.items() if pattern.search(words)), "")


def index(name: str) -> tuple[str, int] | None:
    """The parent and the place of a layer in an `nn.Sequential`; None of one with a name of its own."""
    parent, _, last = name.rpartition(".")
    return (parent, int(last)) if last.isdecimal() and len(last) < 6 else None


def precedes(first: str, second: str) -> bool:
    """Whether one layer stands before another in a list that numbers them: "encoder.1.0" before "encoder.2.3"."""
    pairs = zip(first.split("."), second.split("."), strict=False)
    a, b = next(((a, b) for a, b in pairs if a != b), ("", ""))
    return a.isdecimal() and b.isdecimal() and natural(a) < natural(b)


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """By which names are sorted as people count."""
    parts: Sequence[str] = re.split(r"(\d+)", name)
    return tuple((int(p) if p.isdecimal() and len(p) < 12 else -1, p) for p in parts)


def number(name: str) -> str:
    """The last number of a name: "2" of "enc_bn2"."""
    found = re.findall(r"\d+", name)
    return found[-1] if found else ""
