import pickle

from explorer.files import FileFault
from explorer.files.fault import MOST_CHARACTERS


def test_it_names_all_that_a_person_needs():
    error = FileFault("a/b.json", "latent_dim", "a whole number", "'two'", "Write a number.")
    assert str(error) == "a/b.json: latent_dim: expected a whole number, found 'two'. Write a number."


def test_a_message_has_one_line_and_an_end():
    error = FileFault("file", "k" * 10**6, "a\nb", "v" * 10**6)
    assert "\n" not in str(error)
    assert len(str(error)) < 2 * MOST_CHARACTERS + 200


def test_it_passes_from_process_to_process():
    error = FileFault("file", "key", 1, 2, "Do.")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
