"""The selected example: what it is, what the model makes of it, and how loose the bound is here."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from explorer.bounds import Posterior, Reliability, reliability
from explorer.ui import decoding, figures, pictures, running, session
from explorer.ui.decoding import Bounds
from explorer.ui.numbers import Units, number
from explorer.ui.view import View, selecting
from explorer.workspace import Entry

N_DRAWS = 6
IMAGE_PIXELS = 168
# Burda et al. 2016 call a unit active when its posterior mean varies by more than this over the data;
# for one example the same number in nats of KL serves.
ACTIVE_KL_NATS = 0.01
_VERDICTS = {
    Reliability.GOOD: "Trusted",
    Reliability.USABLE: "Usable, the error may be too small",
    Reliability.UNRELIABLE: "Not trusted: a few draws carry the sum, log p(x) is probably higher",
}
_MEANINGS = {
    "ELBO": "E_q[log p(x|z) p(z)/q(z|x)]: a lower bound on log p(x), here averaged over the draws.",
    "log p(x)": "L_K, importance-sampled with draws of q(z|x): a lower bound in expectation that rises to log p(x) "
    "with K.",
    "gap": "log p(x) minus ELBO from the same draws: an estimate of KL(q(z|x) || p(z|x)).",
    "rate": "KL(q(z|x) || p(z)): nats that the code spends on this example.",
    "distortion": "minus E_q[log p(x|z)]: nats left to describe the example given its code.",
}


def inspector(entry: Entry, view: View) -> None:
    """The card beside the map."""
    if view.selected is None:
        st.markdown("#### Nothing selected\nClick a point on the map.")
        return
    units = Units(int(np.prod(entry.dataset.shape)), view.in_bits)
    _head(entry, view)
    posterior = decoding.encoded(entry, view.selected)
    _images(entry, view, posterior)
    found = running.newest(entry, view.selected)
    _figures(found, posterior, units)
    running.control(entry, view.selected)
    st.plotly_chart(
        figures.bound_curve(found.encoder, found.prior, float(found.encoder.last.elbo_nats), units),
        key="bound_curve",
        config={"displayModeBar": False},
        alt="L_K against the number of draws K, with the naive prior estimate below it",
    )
    _kl(posterior, units)


def _head(entry: Entry, view: View) -> None:
    assert view.selected is not None, "the caller checks"
    row = entry.atlas.row(view.selected)
    left, back, on = st.columns([8, 1, 1], vertical_alignment="center", gap="small")
    name = escape(label_name(entry, row))
    left.html(f"<p class='lx-head'>{name} <small>example {view.selected}</small></p>")
    turn = [(back, -1, "previous", "chevron_left"), (on, 1, "next", "chevron_right")]
    for place, step, word, icon in turn:
        place.button(
            "",
            key=word,
            icon=f":material/{icon}:",
            help=f"The {word} example",
            type="tertiary",
            on_click=_step,
            args=(entry, step),
        )


def _step(entry: Entry, step: int) -> None:
    view = st.session_state.view
    row = (entry.atlas.row(view.selected) + step) % entry.atlas.n_examples
    example_id = int(entry.dataset.example_ids[row])
    session.change(selecting(view, example_id, session.place_on(entry, view.map_id)))


def label_name(entry: Entry, row: int) -> str:
    """The label of a row in words."""
    label = int(entry.dataset.labels[row])
    names = entry.dataset.label_names
    return names[label] if 0 <= label < len(names) else "no label"


def _images(entry: Entry, view: View, posterior: Posterior) -> None:
    assert view.selected is not None, "the caller checks"
    code = posterior.mean.numpy()
    shown = {
        "original x": entry.dataset.x(entry.atlas.row(view.selected))[0],
        "reconstruction": decoding.decode(entry, code)[0],
    }
    if view.handles:
        shown["at the handle"] = decoding.decode(entry, decoding.handle_codes(entry, view)[:1])[0]
    st.html(_gallery(shown, "lx-images"))
    draws = decoding.draw(entry, code[0], N_DRAWS, seed=view.selected)
    st.html(_gallery({f"{i + 1}": d for i, d in enumerate(draws)}, "lx-images lx-draws", captions=False))
    st.html(
        "<p class='lx-caption'>Samples of p(x|z) at the posterior mean: the pixels' own noise included</p>"
    )


def _gallery(shown: dict[str, np.ndarray], classes: str, captions: bool = True) -> str:
    cells = []
    for caption, x in shown.items():
        below = f"<figcaption>{escape(caption)}</figcaption>" if captions else ""
        source = pictures.data_uri(x, IMAGE_PIXELS)
        cells.append(f"<figure><img src='{source}' alt='{escape(caption)}'>{below}</figure>")
    return f"<div class='{classes}'>{''.join(cells)}</div>"


def _figures(found: Bounds, posterior: Posterior, units: Units) -> None:
    last, total = found.encoder.last, found.encoder.total
    k, n = float(last.pareto_k), int(last.n_samples)
    trust = reliability(k, n)
    rate = float(posterior.kl_by_dim_nats.sum())
    distortion = -float(total.reconstruction / n)
    rows = [
        ("ELBO", units.text(float(last.elbo_nats), float(last.elbo_se)), ""),
        ("log p(x)", units.text(float(last.log_px_nats), float(last.log_px_se)), ""),
        ("gap", units.text(float(last.gap_nats), float(last.gap_se)), "lx-strong"),
        ("rate", units.text(rate), ""),
        ("distortion", units.text(distortion), ""),
    ]
    cells = "".join(
        f"<tr class='{kind}'><th title='{escape(_MEANINGS[name])}'>{name}</th>"
        f"<td data-testid='figure-{name.split('(')[0].replace(' ', '-')}'>{text}</td></tr>"
        for name, text, kind in rows
    )
    st.html(
        f"<p class='lx-caption lx-unit'>{units.name}, ± one standard error</p>"
        f"<table class='lx-figures'>{cells}</table>{_bound_bar(trust)}{_verdict(trust, k, float(last.ess), n)}"
    )


def _verdict(trust: Reliability, k: float, ess: float, n: int) -> str:
    return (
        f"<p class='lx-verdict' data-testid='verdict'><span class='lx-dot lx-{trust}'></span>"
        f"<span>{_VERDICTS[trust]} · k̂ {number(k)} · ESS {number(ess, 1)} of {n:,}</span></p>"
    )


def _bound_bar(trust: Reliability) -> str:
    """ELBO and log p(x) as the two ends of the gap; the upper end is hollow when it is not trusted."""
    hollow = " lx-hollow" if trust is Reliability.UNRELIABLE else ""
    return (
        "<div class='lx-bound' role='img' aria-label='the gap lies between the ELBO and log p(x)'>"
        "<span>ELBO</span><i class='lx-end'></i><i class='lx-gap'></i>"
        f"<i class='lx-end{hollow}'></i><span>log p(x)</span></div>"
    )


def _kl(posterior: Posterior, units: Units) -> None:
    kl = posterior.kl_by_dim_nats.numpy()[0]
    n_active = int((kl > ACTIVE_KL_NATS).sum())
    st.html(
        f"<p class='lx-caption'>KL by latent dimension, {units.name}: {n_active} of {len(kl)} in use here</p>"
    )
    st.plotly_chart(
        figures.kl_bars(kl, units),
        key="kl_bars",
        config={"displayModeBar": False},
        alt="KL by latent dimension, largest first",
    )
