"""`import`, `check` and `open` of what another program stored: clear readings are taken, others are asked about."""

import json
import shlex
from dataclasses import replace

import pytest

from explorer import builder
from explorer.cli import main, understood
from explorer.cli import open as opening
from explorer.cli.invocation import program
from explorer.importing import confined, settled, stored_draft
from explorer.models import checkpoints
from tests import tiny
from tests.importing import trained

pytestmark = pytest.mark.slow
BERNOULLI = {"likelihood": {"kind": "bernoulli"}}
HEAD = {"known": {"order": "mean_first", "spread": "log_variance"}}


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("EXPLORER_DATA", "EXPLORER_CHECKPOINTS", "EXPLORER_MODELS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def drafts_read():
    """What was read, by the contents of its files."""
    return {}


@pytest.fixture(autouse=True)
def read_once(drafts_read, monkeypatch):
    """A process reads each content once: it takes seconds to begin, and `tests/importing` tries it out."""
    read = confined.read

    def kept(path):
        contents = tuple(file.read_bytes() for file in sorted(path.glob("*")))
        if not contents or contents not in drafts_read:
            drafts_read[contents] = read(path)
        return drafts_read[contents]

    monkeypatch.setattr(confined, "read", kept)


@pytest.fixture
def source(tmp_path):
    """A folder with the draft of a VAE that was trained."""

    def of(name="theirs", **changes):
        (tmp_path / name).mkdir()
        networks = trained.networks(trained.weights(), after=("aten.sigmoid.default",))
        stored_draft.save(tmp_path / name, trained.draft(networks, **changes))
        return name

    return of


def run(capsys, line):
    status = main(shlex.split(line))
    return status, capsys.readouterr()


def test_a_clear_reading_is_stored_with_what_was_assumed(source, tmp_path, capsys):
    status, said = run(
        capsys, f"import {source(**BERNOULLI, said=('It is a toy.',))} --data digits --out mine"
    )
    assert status == 0, said.err
    assert "clear: mean first, log variance, probabilities" in said.out
    assert f"mine. Next: {program()} open mine --data digits" in said.out
    checkpoint = checkpoints.load(tmp_path / "mine")
    assert checkpoint.config["training"] == {"data": "digits"}
    origin = checkpoint.config["provenance"]
    assert (origin["make"], origin["source"]) == ("draft", "theirs")
    assert origin["sha256"] != "0" * 64
    assert "of 48 readings on 355 examples of digits" in origin["assumed"][-1]
    assert "# mine\n" in (tmp_path / "mine" / "README.md").read_text()
    assert not (tmp_path / "mine.partial").exists()


def test_what_is_stored_is_scored_as_it_was_tried(source, capsys):
    run(capsys, f"import {source(**BERNOULLI)} --data digits --out mine")
    assert run(capsys, "check mine")[0] == 0
    *_, found = json.loads(run(capsys, "check mine --json")[1].out)["findings"]
    *_, tried = json.loads(run(capsys, "check theirs --data digits --json")[1].out)["findings"]
    assert found["found"] == tried["found"]


def test_nothing_is_overwritten(source, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    status, said = run(capsys, f"import {source(**BERNOULLI)} --data digits --out mine")
    assert status == 2
    assert "mine: folder: expected nothing of this name, found something" in said.err


def test_an_open_likelihood_is_asked_for_and_nothing_written(source, tmp_path, capsys):
    status, said = run(capsys, f"import {source(**HEAD)} --data digits --out mine")
    assert status == 1
    assert "the likelihood is open, and no ELBO decides it" in said.out
    assert "Nothing was written" in said.out
    assert not (tmp_path / "mine").exists()
    assert run(capsys, "check theirs --data digits")[0] == 1


@pytest.mark.parametrize(
    "more, kind",
    [("--likelihood bernoulli", "bernoulli"), ("--choose 1", "bernoulli"), ("--choose 3", "gaussian")],
)
def test_whoever_imports_it_may_say_which(source, tmp_path, capsys, more, kind):
    status, _ = run(capsys, f"import {source(**HEAD)} --data digits --out mine {more}")
    config = checkpoints.load(tmp_path / "mine").config
    assert status == 0
    assert config["likelihood"]["kind"] == kind
    assert config["provenance"]["assumed"]


def test_without_data_what_is_open_is_listed(source, capsys):
    status, said = run(capsys, f"import {source()} --out mine")
    assert status == 2
    for words in ("what one example is: --data NAME", "its likelihood: --likelihood KIND"):
        assert words in said.err


def test_without_data_a_source_that_says_all_is_stored(source, tmp_path, capsys):
    data = tiny.DIGITS.__class__((1, 8, 8), "grey image", 2, binarise=True)
    name = source(data=data, **BERNOULLI)
    reading = "order=mean_first,spread=log_variance,output=probabilities"
    assert run(capsys, f"import {name} --out mine")[0] == 2
    assert run(capsys, f"import {name} --out mine --reading {reading}")[0] == 0
    assert (
        "Said by whoever imported it"
        in checkpoints.load(tmp_path / "mine").config["provenance"]["assumed"][0]
    )


@pytest.mark.parametrize(
    "line, words",
    [
        ("import theirs --out mine --data digits --reading order=sideways", "expected order=mean_first"),
        ("import theirs --out mine --data digits --sigma -1", "expected a positive number"),
        ("import theirs --out mine --data digits --choose 99", "expected 1 to"),
        ("import theirs --out mine --data digits --networks other", "expected one of"),
        ("import nowhere --out mine --data digits", "found nothing"),
        ("check theirs", "name data to try it on"),
    ],
)
def test_what_cannot_be_done_is_told(source, capsys, line, words):
    source(**BERNOULLI, **HEAD)
    try:
        status, said = run(capsys, line)
    except SystemExit as ended:
        status, said = ended.code, capsys.readouterr()
    assert status == 2
    assert words in said.err


def test_a_checkpoint_of_this_program_is_checked_too(capsys):
    tiny.save(checkpoints.Path("tiny"))
    status, said = run(capsys, "check tiny --data digits")
    assert status in (0, 1)
    assert "no layer is in training mode" in said.out


def test_open_imports_builds_and_shows_and_does_so_once(source, tmp_path, capsys, monkeypatch):
    queries, builds = [], []
    monkeypatch.setattr(opening, "_serve", lambda port, query, is_seen: queries.append(query))
    monkeypatch.setattr(builder, "start", lambda out, model, data, **_: builds.append((model, data)))
    monkeypatch.setenv("EXPLORER_MODELS", "")
    name = source(**BERNOULLI, **HEAD)
    for _ in range(2):
        assert run(capsys, f"open {name} --data digits --no-browser")[0] == 0
        monkeypatch.setenv("EXPLORER_MODELS", "")
    assert queries == ["?model=theirs"] * 2
    assert [(str(model), data) for model, data in builds] == [("checkpoints/theirs", "digits")] * 2


def test_open_stops_where_the_reading_is_not_clear(source, capsys, monkeypatch):
    monkeypatch.setattr(opening, "_serve", lambda *_: pytest.fail("served"))
    status, said = run(capsys, f"open {source(**HEAD)} --data digits --no-browser")
    assert status == 1
    assert "import theirs --out checkpoints/theirs --data digits --choose N" in said.err


def test_open_takes_what_is_said_of_a_source(source, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(opening, "_serve", lambda *_: None)
    monkeypatch.setattr(builder, "start", lambda *_, **__: None)
    monkeypatch.setenv("EXPLORER_MODELS", "")
    line = f"open {source(**HEAD)} --data digits --no-browser --likelihood "
    for _ in range(2):
        status, said = run(capsys, line + "bernoulli")
        assert status == 0, said.err
    config = checkpoints.load(tmp_path / "checkpoints" / "theirs").config
    assert config["likelihood"]["kind"] == "bernoulli"
    # What is there was read otherwise.
    status, said = run(capsys, line + "gaussian --sigma 1")
    assert status == 2
    assert "checkpoints/theirs: folder: expected nothing of this name" in said.err
    status, said = run(capsys, "open checkpoints/theirs --likelihood bernoulli")
    assert status == 2
    assert "--likelihood: expected a model that another program stored" in said.err


def test_whoever_knows_the_loss_is_told_what_to_say(source, capsys):
    _, said = run(capsys, f"check {source(**HEAD)} --data digits")
    assert "binary cross-entropy is --likelihood bernoulli" in said.out


def test_of_many_ways_to_put_weights_together_a_few_are_listed(source):
    networks = trained.networks(trained.weights())
    many = trained.draft(*(replace(networks, name=f"way {i}") for i in range(30)))
    (asked,) = (line for line in settled.open_questions(many) if "--networks" in line)
    assert "(way 0; way 1; way 2, and 27 more)" in asked


def test_what_was_assumed_is_told_once(source, capsys):
    run(capsys, f"import {source(**BERNOULLI, said=('It is a toy.',))} --data digits --out mine")
    _, said = run(capsys, "check mine --json")
    told = [one["found"] for one in json.loads(said.out)["findings"] if one["check"] == "conventions"]
    assert told
    assert len(set(told)) == len(told)


def test_a_function_of_ones_own_is_a_source_where_it_can_be_imported():
    assert understood.is_foreign(checkpoints.Path("explorer.models:build"))
    for text in ("no_such_package:build", "digits:resized-4x4", "checkpoints/mine", "vae.pt"):
        assert not understood.is_foreign(checkpoints.Path(text))
