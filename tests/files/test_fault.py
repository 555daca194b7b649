import pickle

import pytest

from explorer.files import FileFault
from explorer.files.fault import MOST_CHARACTERS


def test_it_names_all_that_a_person_needs():
    error = FileFault("a/b.json", "latent_dim", "a whole number", "'two'", "Write a number.")
    assert str(error) == "a/b.json: latent_dim: expected a whole number, found 'two'. Write a number."


def test_a_message_has_one_line_and_an_end():
    error = FileFault("file", "k" * 10**6, "a\nb", "v" * 10**6)
    assert "\n" not in str(error)
    assert len(str(error)) < 2 * MOST_CHARACTERS + 200


@pytest.mark.parametrize("found", ["\ud800", "\x1b[31m", "\0", "\u202e"])
def test_what_cannot_be_printed_is_written_as_python_has_it(found):
    told = str(FileFault(f"file {found}", f"key {found}", "a text", found * 10**4))
    assert told.isprintable()
    assert found not in told
    assert found.encode("unicode_escape").decode() in told
    assert len(told) < 4 * MOST_CHARACTERS + 200


def test_letters_of_any_language_are_told_as_they_are():
    assert "Größe 大きさ" in str(FileFault("Größe 大きさ", "key", 1, 2))


def test_it_passes_from_process_to_process():
    error = FileFault("file", "key", 1, 2, "Do.")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
