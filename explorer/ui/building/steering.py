"""What a person asks of the build of a model, as callbacks: what goes wrong is told on the page."""

from __future__ import annotations

from explorer import builder
from explorer.atlas import AtlasSettings
from explorer.ui.state import session, workspace


def begin(name: str, data: str, settings: AtlasSettings | None = None) -> None:
    """Begins to build the atlas of a model from these data."""
    there = workspace.current()
    with session.told_problems():
        builder.start(
            there.atlas_folder(name),
            there.folder(name),
            data,
            data_root=there.data_root,
            settings=settings or AtlasSettings(),
        )


def go_on(name: str) -> None:
    """Goes on with a build that was stopped."""
    there = workspace.current()
    with session.told_problems():
        builder.go_on(there.atlas_folder(name), there.folder(name), there.data_root)


def pause(name: str, is_wanted: bool) -> None:
    """Has the build wait, or go on."""
    with session.told_problems():
        builder.ask(workspace.current().atlas_folder(name), pause=is_wanted)


def stop(name: str) -> None:
    """Has the build keep what it has, and end."""
    with session.told_problems():
        builder.stop(workspace.current().atlas_folder(name))
