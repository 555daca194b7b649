"""`calibration.json`: what is written is read back, and nothing else is."""

import json
import math
from dataclasses import replace

import pytest

from explorer.atlas import Atlas, AtlasError
from explorer.atlas.calibration import (
    CALIBRATION_FILE,
    MAX_BYTES,
    StoredCalibration,
    read,
    write,
)
from explorer.bounds.calibration import Calibration, CalibrationSettings

DIGEST = "ab" * 32
FIGURES = Calibration(
    n_examples=200,
    n_trusted=190,
    n_annealed=40,
    seed=3,
    encoder_n_samples=512,
    sandwich_n_samples=1024,
    log_px_nats=-93.25,
    sandwich_nats=0.004,
    sandwich_se=0.002,
    bdmc_nats=-0.001,
    bdmc_se=0.003,
    coverage=0.94,
    coverage_se=0.02,
    bias_nats=-0.001,
    bias_se=0.002,
    rmse_nats=0.03,
    n_missed=0,
    reference_se=0.005,
    encoder_coverage=0.7,
    encoder_coverage_se=0.03,
    encoder_bias_nats=-0.6,
    encoder_rmse_nats=2.5,
)
STORED = StoredCalibration(DIGEST, CalibrationSettings(seed=3), FIGURES)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / CALIBRATION_FILE
    write(path, STORED)
    return path


def edit(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def refused(path):
    with pytest.raises(AtlasError) as caught:
        read(path, DIGEST)
    error = caught.value
    assert error.path == path
    for part in (str(path), error.key, error.expected, error.found, "python -m explorer calibrate"):
        assert part in str(error)
    assert len(str(error)) < len(str(path)) + 1000
    return error


def test_what_is_written_is_read_back(path):
    assert read(path, DIGEST) == STORED
    assert [p.name for p in path.parent.iterdir()] == [CALIBRATION_FILE]


def test_the_file_says_its_version_its_model_and_its_verdict(path):
    content = json.loads(path.read_text())
    assert content["format_version"] == 1
    assert content["model_digest"] == DIGEST
    assert content["settings"]["n_examples"] == 200
    assert content["verdict"] == "calibrated"


def test_figures_that_are_not_known_stay_so(path):
    figures = replace(FIGURES, n_annealed=0, bdmc_nats=math.nan, bdmc_se=math.nan)
    write(path, replace(STORED, calibration=figures))
    assert "NaN" not in path.read_text()
    assert json.loads(path.read_text())["calibration"]["bdmc_nats"] is None
    found = read(path, DIGEST)
    assert found is not None
    assert math.isnan(found.calibration.bdmc_nats)
    assert math.isnan(found.calibration.bdmc_se)
    assert found.calibration.coverage == FIGURES.coverage


def test_no_file_is_none(tmp_path):
    assert read(tmp_path / CALIBRATION_FILE, DIGEST) is None
    assert read(tmp_path / "nowhere" / CALIBRATION_FILE, DIGEST) is None


def test_words_in_the_file_are_never_taken_over(path):
    edit(path, lambda c: c.update(verdict="<script>", reason="<b>perfect</b>"))
    found = read(path, DIGEST)
    assert found == STORED
    assert found.calibration.verdict == "calibrated"


def test_an_atlas_with_a_calibration_opens_as_before(copied):
    folder = copied / "tiny" / "atlas"
    write(folder / CALIBRATION_FILE, STORED)
    atlas = Atlas.open(folder)
    atlas.verify()
    assert atlas.n_examples == 40


# damage


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", "[" * 60_000])
def test_a_damaged_file_is_told(path, text):
    path.write_text(text)
    assert refused(path).key == ("format_version" if text == "{}" else "content")


def test_another_encoding_is_told(path):
    path.write_bytes(b"\xff\xfe\x00")
    assert refused(path).key == "content"


def test_a_folder_of_that_name_is_told(tmp_path):
    (tmp_path / CALIBRATION_FILE).mkdir()
    assert refused(tmp_path / CALIBRATION_FILE).key == "content"


def test_a_file_of_any_size_costs_little(path):
    with path.open("ab") as file:
        file.truncate(1 << 34)
    error = refused(path)
    assert error.key == "size"
    assert str(MAX_BYTES) in error.expected


@pytest.mark.parametrize("version", [0, 2, "1", None, True, 1.0])
def test_another_format_is_told(path, version):
    edit(path, lambda c: c.update(format_version=version))
    assert (refused(path).key, refused(path).expected) == ("format_version", "1")


@pytest.mark.parametrize("digest", ["cd" * 32, "", None, 7, "<b>" * 10_000])
def test_another_model_is_told(path, digest):
    edit(path, lambda c: c.update(model_digest=digest))
    assert refused(path).key == "model_digest"


@pytest.mark.parametrize("section", ["settings", "calibration"])
@pytest.mark.parametrize(
    "change",
    [
        lambda c, s: c.pop(s),
        lambda c, s: c.update({s: []}),
        lambda c, s: c.update({s: "many"}),
        lambda c, s: c[s].pop("n_examples"),
        lambda c, s: c[s].update(surprise=1),
    ],
)
def test_sections_have_exactly_their_entries(path, section, change):
    edit(path, lambda c: change(c, section))
    assert refused(path).key == section


INTEGERS = [-1, 1 << 63, 1.5, "7", None, True, [], {}]
NUMBERS = ["0.5", "<b>0.5</b>", True, [], {}, math.nan, math.inf, -math.inf]


@pytest.mark.parametrize("name", [k for k, v in Calibration.__annotations__.items() if v == "int"])
@pytest.mark.parametrize("value", INTEGERS)
def test_a_count_is_a_whole_number(path, name, value):
    edit(path, lambda c: c["calibration"].update({name: value}))
    assert refused(path).key == f"calibration.{name}"


@pytest.mark.parametrize("name", [k for k, v in Calibration.__annotations__.items() if v == "float"])
@pytest.mark.parametrize("value", NUMBERS)
def test_a_figure_is_a_finite_number(path, name, value):
    edit(path, lambda c: c["calibration"].update({name: value}))
    assert refused(path).key == f"calibration.{name}"


@pytest.mark.parametrize("name", ["coverage", "encoder_coverage"])
@pytest.mark.parametrize("value", [-0.01, 1.01])
def test_a_share_lies_between_none_and_all(path, name, value):
    edit(path, lambda c: c["calibration"].update({name: value}))
    assert refused(path).key == f"calibration.{name}"


@pytest.mark.parametrize("name", ["sandwich_se", "coverage_se", "rmse_nats", "encoder_rmse_nats"])
def test_an_error_is_not_negative(path, name):
    edit(path, lambda c: c["calibration"].update({name: -0.1}))
    assert refused(path).key == f"calibration.{name}"


@pytest.mark.parametrize(
    "name, value",
    [("n_trusted", 201), ("n_annealed", 41), ("n_missed", 191), ("n_examples", 100), ("seed", 4)],
)
def test_counts_fit_each_other(path, name, value):
    edit(path, lambda c: c["calibration"].update({name: value}))
    assert refused(path).key == f"calibration.{name}"


@pytest.mark.parametrize("name", list(CalibrationSettings.__annotations__))
@pytest.mark.parametrize("value", [-1, None, "3", math.nan])
def test_settings_are_checked_too(path, name, value):
    edit(path, lambda c: c["settings"].update({name: value}))
    assert refused(path).key in ("settings", f"settings.{name}")


def test_a_write_that_fails_leaves_the_old_file(path, monkeypatch):
    def full(*arguments):
        raise OSError("no space left on device")

    before = path.read_bytes()
    monkeypatch.setattr("explorer.files.write.DISK.rename", full)
    with pytest.raises(OSError):
        write(path, replace(STORED, calibration=replace(FIGURES, coverage=0.5)))
    assert path.read_bytes() == before
