"""What several builds of a test compute once."""

import pytest

from explorer.atlas.build import builder as building


@pytest.fixture(scope="module")
def kept():
    """What was computed of examples, by what was asked for and their ids: it has nothing to do with the disk."""
    return {}


@pytest.fixture
def kept_scores(kept, monkeypatch):
    """Scores that are computed once for a batch, whichever build asks for them; all of them of one model."""
    scorer, score_elbo = building.scorer, building.score_elbo

    def once(what, examples, compute):
        key = (what, *examples.ids.tolist())
        if key not in kept:
            kept[key] = compute()
        return kept[key]

    def kept_scorer(model, settings):
        return lambda examples: once(settings, examples, lambda: scorer(model, settings)(examples))

    def kept_elbo(model, examples, *how):
        return once(how, examples, lambda: score_elbo(model, examples, *how))

    monkeypatch.setattr(building, "scorer", kept_scorer)
    monkeypatch.setattr(building, "score_elbo", kept_elbo)
