"""q(z|x) from what an encoder returns, a kind a file. To add one: a file here, and a row in `POSTERIORS`."""

from explorer.models.posteriors.diagonal import Diagonal
from explorer.models.posteriors.kind import PosteriorKind
from explorer.models.posteriors.registry import POSTERIORS

__all__ = ["POSTERIORS", "Diagonal", "PosteriorKind"]
