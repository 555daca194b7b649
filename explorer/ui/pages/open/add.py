"""How models and data come in: by their path, sent by the browser, or those that are shipped."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.datasets.registry import READERS
from explorer.importing.registry import MAKES, make_of
from explorer.models import folders
from explorer.ui.pages.open import foreign, sent
from explorer.ui.state import allowed, session, workspace
from explorer.ui.widgets.markdown import plain
from explorer.ui.widgets.widget import Widget

_PATH, _OPTIONS = Widget[str]("open_path"), Widget[str]("open_options")
_NAME = Widget[str]("open_model_name")


def add() -> None:
    """Three ways."""
    by_path, by_sending, by_example = st.tabs(["By path", "Send files", "Examples"])
    with by_path:
        _by_path()
    with by_sending:
        _by_sending()
    with by_example:
        _by_example()


def _by_path() -> None:
    st.caption(
        "A checkpoint's folder, what another program stored of a VAE, a data file, or a folder of images, on the "
        "machine that the app runs on."
    )
    row = st.container(horizontal=True, vertical_alignment="bottom")
    row.text_input(
        "Path", key=_PATH.beginning_with(""), placeholder="checkpoints/mine, or flowers/, or spectra.csv"
    )
    row.text_input(
        "Options of data",
        key=_OPTIONS.beginning_with(""),
        placeholder=":resized-32x32",
        width=200,
        help="As on the command line, after the path: docs/your-data.md lists them.",
    )
    row.button("Add", key="open_add", icon=":material/add:", on_click=_add)
    st.caption(plain(f"Paths are read in {', '.join(map(str, allowed.roots()))}; EXPLORER_ROOTS names more."))


def _add() -> None:
    with session.told_problems():
        path = allowed.allowed(_PATH.value)
        if folders.is_ours(path):
            workspace.current().add(path)
        elif make_of(path) is not None:
            foreign.begin(path)
        elif any(reader.takes(str(path)) for reader in READERS.values()):
            sent.add_data(path, _OPTIONS.value.strip())
        else:
            makes = "; ".join(make.title for make in MAKES.values())
            expected = f"a checkpoint's folder; {makes}; or data: {', '.join(READERS)}"
            raise ValueError(f"{path}: expected {expected}; found another")
        _PATH.given("")


def _by_sending() -> None:
    data, model = st.columns(2, gap="medium")
    with data:
        files = st.file_uploader(
            f"A data file, at most {sent.MAX_BYTES >> 20} MiB",
            type=[suffix[1:] for suffix in sent.DATA_SUFFIXES],
            key="open_data_file",
        )
        if files is not None and st.button("Keep these data", key="open_keep_data"):
            with session.told_problems():
                sent.keep_data(files.name, files.getvalue())
            st.rerun()
    with model:
        sent_files = st.file_uploader(
            f"A model: all of its files, at most {sent.MAX_BYTES >> 20} MiB each",
            type=[suffix[1:] for suffix in sent.MODEL_SUFFIXES],
            accept_multiple_files=True,
            key="open_model_files",
            help="Of a checkpoint config.json and model.safetensors; of another program what it stored.",
        )
        st.text_input("Its name", key=_NAME.beginning_with("my-model"))
        if sent_files and st.button("Keep this model", key="open_keep_model"):
            with session.told_problems():
                _keep_model({file.name: file.getvalue() for file in sent_files})
            st.rerun()
    st.caption(plain(f"Kept in {allowed.uploads()}."))


def _keep_model(files: dict[str, bytes]) -> None:
    """Adds a checkpoint to the list; of another program, offers to import it."""
    if sent.is_ours(files):
        workspace.current().add(sent.keep_model(_NAME.value, files))
        return
    path = sent.keep_foreign(_NAME.value, files)
    if make_of(path) is None:
        makes = "; ".join(make.title for make in MAKES.values())
        raise ValueError(f"{', '.join(files)[:200]}: expected config.json and model.safetensors, or {makes}")
    foreign.begin(path)


def _by_example() -> None:
    there = workspace.current()
    known = {there.folder(name).resolve() for name in there.names()}
    shipped = [path for path in folders.listed(folders.SHIPPED).values() if path.resolve() not in known]
    if not shipped:
        st.caption("All that is shipped is in the list above.")
    for path in shipped:
        st.button(
            f"Add {plain(path.name)}", key=f"open_example_{path.name}", on_click=_add_shipped, args=(path,)
        )


def _add_shipped(path: Path) -> None:
    workspace.current().add(path)
