"""What a latent model may lack, and what stands in its place.

A model that says nothing has everything. One that lacks something has an attribute `capabilities`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# Numbers of a code. A fit takes a matrix of second derivatives, d passes through the decoder for each step of each
# start: on a small convolutional decoder 0.6 s an example at 64, 10 s at 256, minutes at 1024.
MOST_FITTED = 128


class CapabilityError(ValueError):
    """Something was asked that this model cannot do: says what it lacks and what can be had instead."""


@dataclass(frozen=True)
class Capabilities:
    """What a model has beside p(z) and p(x|z).

    Attributes:
        encoder: `posterior(x)`. Without it a Gaussian is fitted around the mode of p(z|x) for each x, which needs
            gradients.
        density: log q(z|x), exactly. Without it a Gaussian with the mean and variance of q's draws is used.
        gradients: log p(x|z) can be differentiated in z, twice. Without them log p(x) is estimated from the encoder's
            draws alone.
        fits: a Gaussian with all correlations can be fitted to p(z|x): there are gradients, and codes are no longer
            than `MOST_FITTED`.
    """

    encoder: bool = True
    density: bool = True
    gradients: bool = True
    fits: bool = True

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures has to know, in sentences; none where nothing is lacking."""
        told = (
            (self.encoder, NO_ENCODER),
            # Without an encoder there is no q whose density could be wanted.
            (self.density or not self.encoder, NO_DENSITY),
            (not self.why_no_fits, self.why_no_fits),
        )
        return tuple(sentence for is_there, sentence in told if not is_there)

    @property
    def why_no_fits(self) -> str:
        """Why nothing can be fitted to an example, in a sentence; empty where it can."""
        return NO_GRADIENTS if not self.gradients else "" if self.fits else TOO_LONG


NO_ENCODER = (
    "This model has no encoder: q(z|x) is a diagonal Gaussian fitted around the mode of p(z|x) for each example, so "
    "gap and ELBO are those of the best such fit, not of a network."
)
NO_DENSITY = (
    "The density of this model's q(z|x) is not known: the diagonal Gaussian with the mean and variance of its draws "
    "stands in its place, and ELBO and gap are that Gaussian's."
)
NO_GRADIENTS = (
    "This model has no gradients in z: nothing can be fitted to an example, so log p(x) comes from the encoder's draws "
    "and is marked where they do not fit, and the gap is not taken apart."
)
TOO_LONG = (
    f"This model's codes are too long for fits, which are made up to {MOST_FITTED} numbers: log p(x) comes from the "
    "encoder's draws alone and is marked where they do not fit, and the gap is not taken apart."
)


def capabilities_of(model: object) -> Capabilities:
    """What a model says it has, as far as the length of its codes allows."""
    said = getattr(model, "capabilities", None)
    found = said if isinstance(said, Capabilities) else Capabilities()
    is_short = getattr(model, "latent_dim", 0) <= MOST_FITTED
    return replace(found, fits=found.fits and found.gradients and is_short)


def require_gradients(model: object, work: str) -> None:
    """Raises `CapabilityError` where `work`, a noun, cannot be done for want of gradients."""
    if not capabilities_of(model).gradients:
        raise CapabilityError(f"{work} needs gradients of log p(x|z) in z, which this model does not have")


def require_fits(model: object, work: str) -> None:
    """Raises `CapabilityError` where `work`, a noun, cannot be done because nothing can be fitted to an example."""
    require_gradients(model, work)
    if not capabilities_of(model).fits:
        raise CapabilityError(
            f"{work} needs fits to p(z|x), which are made for codes of at most {MOST_FITTED} numbers; "
            f"this model's have {getattr(model, 'latent_dim', 0):,}"
        )
