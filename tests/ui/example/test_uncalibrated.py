"""What is said of an imported model's figures before anybody held its errors against known data."""

import pytest

from explorer.atlas import AtlasSettings, query
from explorer.atlas.build.builder import build
from explorer.models import checkpoints
from explorer.models.fit_data import fitted
from explorer.models.program_vae import Provenance
from explorer.show.numbers import Units
from explorer.ui.example import taken_home, trust, uncalibrated
from explorer.ui.linked.table import columns
from explorer.workspace import Workspace
from tests import tiny

SETTINGS = AtlasSettings(n_samples=16, maps=("pca",))


@pytest.fixture(scope="module", params=["onnx", ""])
def entry(request, tmp_path_factory):
    """An imported model, and one of our own."""
    root = tmp_path_factory.mktemp("models")
    model = tiny.program_vae() if request.param else tiny.model()
    if request.param:
        model.provenance = Provenance(request.param, "theirs", "0" * 64, ("sigma was given.",))
    checkpoints.save(root / "one", model, {"data": "digits"})
    data = fitted(tiny.digits(12), model)
    build(checkpoints.load(root / "one"), data, root / "one" / "atlas", SETTINGS)
    return Workspace(root).open("one")


def test_nothing_imported_is_called_trusted_before_its_calibration(entry):
    is_imported = bool(uncalibrated.provenance(entry))
    assert bool(uncalibrated.warning(entry)) == is_imported
    words = set((trust.UNVOUCHED if is_imported else trust.WORDS).values())
    rows = query.page(entry.atlas, taken_home.file_columns(entry))
    file = taken_home.in_words(entry, rows)
    for column in ("trust", "encoder_trust"):
        assert set(file[column].to_pylist()) <= words
    rows = query.page(entry.atlas, columns.SHOWN)
    table = columns.frame(entry, rows, Units(64, False))
    assert {text.partition(" ")[2] for text in table["trust"]} <= words
    assert not {"trusted", "usable"} & set(trust.UNVOUCHED.values())
