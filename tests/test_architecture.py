"""The arrows between the rooms, read off the imports, and what must never be imported or called."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from explorer.ui import served

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "explorer"
FILES = sorted(PACKAGE.rglob("*.py"))

# What a room may import beside itself. A room is a file or a folder of the package.
ALLOWED = {
    "datasets": {"files"},
    "files": set(),
    "findings": set(),
    "latent": {"show"},
    "likelihoods": set(),
    "show": {"datasets"},
    "steps": set(),
    "programs": set(),
    "models": {"datasets", "files", "likelihoods", "programs"},
    "importing": {"bounds", "datasets", "files", "findings", "likelihoods", "models", "programs", "steps"},
    "training": {"files", "likelihoods", "models"},
    "bounds": {"likelihoods", "models", "steps"},
    "geodesics": {"latent", "models", "steps"},
    "atlas": {"bounds", "datasets", "files", "latent", "models", "steps"},
    "builder": {"atlas", "files"},
    "workspace": {"atlas", "bounds", "datasets", "files", "latent", "models"},
    "explain": {"bounds", "datasets", "latent", "likelihoods", "models", "show", "steps", "workspace"},
}
TOP = {"cli", "ui", "__main__"}
# Figures are made in these rooms, and plotly's script is served or written by them.
DRAWING = {"explain", "live", "show", "ui"}
# Between the two: `live` serves what a workspace has opened, and knows no page and no command.
LIVE = {"atlas", "datasets", "files", "latent", "likelihoods", "models", "show", "workspace"}


def room(path):
    """The room of a file: `explorer/bounds/noise.py` is in `bounds`."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def module_of(path):
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "__init__" else parts


def imports(path, tree=None):
    """Dotted names that a file imports, relative ones made whole."""
    for node in ast.walk(tree or ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module_of(path)
            if path.name != "__init__.py":
                package = package[:-1]
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            # `from explorer import datasets` imports a room; `from explorer.models.latent_model import VAE` a name.
            yield from (f"{base}.{alias.name}" for alias in node.names)


def rooms(path):
    """Other rooms that a file imports."""
    known = {room(p) for p in FILES}
    parts = [name.split(".") for name in imports(path) if name.startswith("explorer.")]
    return {p[1] for p in parts if p[1] in known} - {room(path)}


def top_level(path):
    return {name.split(".")[0] for name in imports(path)}


def of(*names):
    found = [p for p in FILES if room(p) in names]
    assert found, f"no file is in {names}"
    return found


def test_every_room_has_its_arrows():
    assert {room(p) for p in FILES} == set(ALLOWED) | TOP | {"live", "__init__"}


@pytest.mark.parametrize("name", ALLOWED)
def test_a_room_imports_only_what_lies_below_it(name):
    for path in of(name):
        assert rooms(path) <= ALLOWED[name], path


def test_the_arrows_have_no_circle():
    below = dict(ALLOWED)
    while below:
        leaves = {name for name, needs in below.items() if not needs & below.keys()}
        assert leaves, f"a circle among {sorted(below)}"
        below = {name: needs for name, needs in below.items() if name not in leaves}


def test_the_routes_know_no_page_and_no_command():
    for path in of("live"):
        assert rooms(path) <= LIVE, path


def test_nothing_imports_the_pages_or_the_commands():
    for path in FILES:
        if room(path) not in TOP:
            assert not rooms(path) & TOP, path


def test_the_commands_know_of_the_app_only_how_it_is_started():
    for path in of("cli"):
        named = {name for name in imports(path) if name.startswith("explorer.ui")}
        assert named <= {"explorer.ui", "explorer.ui.served"}, path
        assert "live" not in rooms(path), path


def test_only_the_pages_import_streamlit_and_only_what_draws_imports_plotly():
    for path in FILES:
        if room(path) != "ui":
            assert "streamlit" not in top_level(path), path
        if room(path) not in DRAWING:
            assert "plotly" not in top_level(path), path


def test_umap_is_imported_in_one_function_of_one_file():
    importing = [p for p in FILES if top_level(p) & {"umap", "numba", "pynndescent"}]
    assert importing == [PACKAGE / "latent" / "maps" / "umap.py"]
    outside = [n for n in ast.parse(importing[0].read_text()).body if not isinstance(n, ast.FunctionDef)]
    assert "umap" not in {
        name.split(".")[0] for n in outside for name in imports(importing[0], ast.Module([n], []))
    }


def test_nothing_unpickles_or_runs_text():
    forbidden = {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "shelve", "marshal"}
    for path in FILES:
        assert not top_level(path) & forbidden, path
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("eval", "exec", "compile", "__import__"), path
                assert not (called == "torch.load" and not _is_restricted(node)), path
                assert not (called == "np.load" and not _refuses_pickles(node)), path


def _is_restricted(call):
    """Whether what a pickle names is not called: said in the call, not left to the version's default."""
    return any(k.arg == "weights_only" and ast.unparse(k.value) == "True" for k in call.keywords)


def _refuses_pickles(call):
    return any(k.arg == "allow_pickle" and ast.unparse(k.value) == "False" for k in call.keywords)


def test_files_are_written_in_one_room():
    """There they are written whole or not at all, and every step can be made to fail by a test."""
    for path in FILES:
        if room(path) != "files":
            assert not list(_writes(ast.parse(path.read_text(encoding="utf-8")))), path


def _writes(tree):
    """Calls that write, rename or link a file."""
    writing = {"write_text", "write_bytes", "rename", "touch", "symlink_to", "mkdir", "makedirs"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        texts = [
            n.value for n in (*node.args, *(k.value for k in node.keywords)) if isinstance(n, ast.Constant)
        ]
        opens = name == "open" and any(
            isinstance(t, str) and set(t) & set("wax+") and len(t) < 4 for t in texts
        )
        # Of two, the method with one argument is the path's.
        moves = (
            name == "replace"
            and isinstance(node.func, ast.Attribute)
            and len(node.args) == 1
            and not node.keywords
        )
        is_ours = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "write"
        if not is_ours and (name in writing or opens or moves):
            yield ast.unparse(node)


def test_the_core_prints_nothing_and_reads_no_environment():
    # The builder hands the environment on to its process.
    for path in of(*ALLOWED.keys() - {"builder"}):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        assert not called & {"print", "os.getenv", "os.environ.get"}, path
        assert "os.environ" not in ast.unparse(tree), path


@pytest.mark.slow
def test_using_an_atlas_never_imports_umap():
    code = (
        "import sys, explorer, explorer.atlas.build, explorer.atlas.query\n"
        "explorer.Workspace('checkpoints').open('digits-2d').chart('umap')\n"
        "print(sorted({'umap', 'numba', 'pynndescent'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_app_starts_without_umap():
    """Everything that `streamlit run streamlit_app.py` imports before a page is drawn, and the pages."""
    pages = [
        ".".join(module_of(p))
        for p in of("ui")
        if p.name not in ("main.py", "streamlit_app.py", "__init__.py")
    ]
    code = (
        "import sys, importlib, threading\n"
        # As if a page had been drawn some time ago.
        "from explorer.ui import startup; startup.drawn.set(); startup._SECONDS_TO_REST = 0\n"
        "import streamlit_app\n"
        "for page in sys.argv[1:]: importlib.import_module(page)\n"
        # What prepares the first page is still at it: torch aborts a process that ends in the midst of its work.
        "for thread in set(threading.enumerate()) - {threading.main_thread()}: thread.join()\n"
        "print('umap' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *pages], cwd=ROOT, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1] == "False"


@pytest.mark.slow
def test_the_first_page_imports_nothing_that_it_does_not_need():
    """Each takes 0.1 to 0.4 s of the start; they are imported when they are first used."""
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file(sys.argv[1], default_timeout=60).run()\n"
        "assert page.get('bidi_component') and not page.exception\n"
        "late = {'pandas', 'duckdb', 'scipy.spatial', 'scipy.sparse', 'pyarrow.compute', 'umap'}\n"
        "print(sorted(late & set(sys.modules)))"
    )
    main = str(PACKAGE / "ui" / "frame" / "main.py")
    answer = subprocess.run([sys.executable, "-c", code, main], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == "[]"


def test_the_leaves_do_not_import_torch():
    code = "import sys, explorer.datasets, explorer.latent; print('torch' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"


# The rooms of the app. A linked view is a room each, and so is a page.
KERNEL = {"state", "browser", "jobs", "widgets", "example"}
FEATURES = {"map", "path", "inspector", "selecting", "export", "building"}
REGISTRIES = {"linked.registry", "pages.registry"}
ROUTERS = {"app", "served", "startup", "no_delay", "gate"}
APP = [p for p in FILES if room(p) == "ui" and p.name != "__init__.py"]


def app_room(module):
    """The room of a module of the app: "linked.table" of `linked.table.columns`, "state" of `state.view`."""
    parts = module.split(".")
    is_shelf = parts[0] in ("linked", "pages")
    return ".".join(parts[: 2 if is_shelf else 1])


def app_rooms(path):
    """Other rooms of the app that a file imports."""
    modules = {".".join(module_of(p)[2:]) for p in APP}
    named = {name.removeprefix("explorer.ui.") for name in imports(path)} & modules
    return {app_room(module) for module in named} - {app_room(".".join(module_of(path)[2:]))}


def app_files(is_meant):
    found = [p for p in APP if is_meant(app_room(".".join(module_of(p)[2:])))]
    assert found
    return found


def is_feature(name):
    return name in FEATURES or (name.startswith("linked.") and name not in REGISTRIES)


def is_page(name):
    return name.startswith("pages.") and name not in REGISTRIES


def test_every_room_of_the_app_is_one_of_these():
    rooms_there = {app_room(".".join(module_of(p)[2:])) for p in APP}
    rest = {name for name in rooms_there if not is_feature(name) and not is_page(name)}
    assert rest == KERNEL | REGISTRIES | ROUTERS | {"frame"}
    assert rooms_there >= FEATURES


def test_the_kernel_and_the_registries_import_no_feature():
    for path in app_files(lambda name: name in KERNEL | REGISTRIES):
        assert app_rooms(path) <= KERNEL | REGISTRIES, path


def test_a_feature_imports_no_other_feature_but_the_map():
    for path in app_files(is_feature):
        assert app_rooms(path) <= KERNEL | REGISTRIES | {"map"}, path


def test_the_script_of_every_page_does_not_lie_beside_the_pages():
    """Streamlit takes a folder `pages` beside it for the pages themselves."""
    assert served.MAIN.is_file()
    assert not (served.MAIN.parent / "pages").exists()


def test_the_frame_imports_no_page():
    for path in app_files(lambda name: name == "frame"):
        assert not any(map(is_page, app_rooms(path))), path


def test_nobody_imports_a_page():
    """Not even another page, and not the script of all pages: it reads the registry."""
    for path in APP:
        assert not any(map(is_page, app_rooms(path))), path


def test_the_session_is_reached_through_typed_keys():
    reaching = {
        path.relative_to(PACKAGE / "ui").as_posix() for path in APP if "session_state" in path.read_text()
    }
    assert reaching == {"browser/bridge.py", "state/scratch.py", "widgets/widget.py"}


def test_one_name_is_one_idea():
    """A class's name is given once; the shapes that the routes ask for are those of the classes that have them."""
    named = [
        (node.name, path)
        for path in FILES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    counts = Counter(name for name, path in named if path != PACKAGE / "live" / "sources.py")
    assert [name for name, n in counts.items() if n > 1] == []
