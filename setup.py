"""What pyproject.toml cannot say: the small one of the checkpoints beside the package is carried within it."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SMALL = Path("checkpoints") / "digits-2d"


class WithModel(build_py):
    """Copies the package, and the model into it."""

    def run(self) -> None:
        super().run()
        # An editable install finds the repository's own folder.
        if not self.editable_mode:
            self.copy_tree(str(SMALL), str(Path(self.build_lib) / "explorer" / SMALL))


setup(cmdclass={"build_py": WithModel})
