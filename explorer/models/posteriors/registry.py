"""The kinds of posterior by name."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.models.posteriors.diagonal import Diagonal
from explorer.models.posteriors.flow import FlowPosterior
from explorer.models.posteriors.full_covariance import FullCovariance
from explorer.models.posteriors.kind import PosteriorKind

POSTERIORS: Mapping[str, type[PosteriorKind]] = {
    "diagonal": Diagonal,
    "full_covariance": FullCovariance,
    "flow": FlowPosterior,
}
