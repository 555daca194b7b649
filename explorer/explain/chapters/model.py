"""Step 1: what the model says of an example, and why that is an integral over a needle."""

from __future__ import annotations

from explorer.explain.chapters.parts import noted
from explorer.explain.figures.needle import along_axis
from explorer.explain.terms.needle import Needle
from explorer.explain.terms.results import Results
from explorer.explain.typesetting import words
from explorer.explain.typesetting.blocks import (
    Block,
    Chapter,
    Definitions,
    Diagram,
    Formula,
    Note,
    Numbers,
    Picture,
    Pictures,
    Prose,
    Row,
    Sources,
)
from explorer.explain.typesetting.references import DOERSCH, KINGMA
from explorer.explain.typesetting.symbols import defined
from explorer.show.numbers import latent_name, number

NEAR, FAR = 0.1, 0.5
# A loss at the far place below which nobody would speak of a needle: a factor of about a hundred.
BLUNT_NATS = 5.0


def chapter(found: Results) -> Chapter:
    """The model, the integral, the needle."""
    d = found.subject.model.latent_dim
    needle = noted(found.needle)
    return Chapter(
        1,
        "model",
        "The model",
        (
            Prose(
                f"Data are complicated; a code is simple. The model first draws a code $z$ of $d = {d}$ "
                f"{'number' if d == 1 else 'numbers'} from a standard normal density, and a decoder then says how "
                "probable every possible example is, given that code. How probable is *this* example? Any code might "
                "have made it, so the answer is an average over all of them. Beside the decoder an encoder was "
                "trained: shown an example, it answers with a density $q(z \\mid x)$ over the codes that it thinks "
                "likely."
            ),
            Definitions(defined("x", "z", "d", "prior", "likelihood", "evidence", "E", "q", "e")),
            Formula(
                r"p(x) = \int p(x \mid z)\,p(z)\,\mathrm{d}z = \mathbb{E}_{z \sim p(z)}\left[p(x \mid z)\right]",
                "p of x is the integral of p of x given z times p of z, which is the expectation of p of x given z for "
                "z drawn from the prior.",
            ),
            *_pictures(found),
            *((needle,) if isinstance(needle, Note) else _needle(needle)),
            Sources((KINGMA, DOERSCH)),
        ),
    )


def _pictures(found: Results) -> tuple[Block, ...]:
    shown = [Picture("x", found.subject.x, "x, the example")]
    if found.reconstruction is not None and not isinstance(noted(found.reconstruction), Note):
        shown.append(Picture("reconstruction", found.reconstruction, "decoded from the mean of q(z|x)"))  # type: ignore[arg-type]  # neither None nor missing
    return (Pictures(tuple(shown), found.subject.features),)


def _needle(found: Needle) -> tuple[Block, ...]:
    axis = latent_name(found.axis)
    return (
        Prose(_sentences(found)),
        Diagram(
            "needle",
            f"The likelihood of this example along {axis}",
            f"log p(x|z) along {axis} through the mean of q(z|x), from 1.5 prior standard deviations below to as many "
            f"above, and p(x|z) itself as a share of its peak. {_plainly(found)}",
            lambda: along_axis(found),
        ),
        Numbers(
            "The likelihood at two codes",
            (
                Row(
                    "at-mean",
                    r"\log p(x \mid z)",
                    "at the encoder's answer",
                    words.nats(found.at_mean),
                    "The code is the mean of q(z|x), where the encoder puts this example.",
                    found.at_mean,
                ),
                Row(
                    "at-origin",
                    r"\log p(x \mid z)",
                    "in the middle of the prior",
                    words.nats(found.at_origin),
                    "The code is the mean of the prior, where its density is highest.",
                    found.at_origin,
                ),
            ),
        ),
    )


def _sentences(found: Needle) -> str:
    if not _plainly(found):
        return "At the encoder's answer the likelihood of this example has no finite logarithm."
    if (found.loss(FAR) or 0.0) < BLUNT_NATS:
        return (
            f"{_plainly(found)} A nat is a factor of $e$: for this example the integrand is broad along this axis, as "
            "many codes explain it about as well."
        )
    return (
        f"{_plainly(found)} A nat is a factor of $e$, so most codes contribute nothing that could be seen: the "
        "integrand is a needle, and $p(x)$ is how much of it there is."
    )


def _plainly(found: Needle) -> str:
    losses = found.loss(NEAR), found.loss(FAR)
    if losses[0] is None or losses[1] is None:
        return ""
    near, far = (number(loss) for loss in losses if loss is not None)
    return (
        f"A tenth of the prior's standard deviation from the middle of the encoder's answer along "
        f"{latent_name(found.axis)}, on the steeper side, log p(x|z) is lower by {near} nats; half a standard "
        f"deviation away, by {far} nats."
    )
