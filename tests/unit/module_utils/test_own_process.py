# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module in a zip, as Ansible ships it, is loaded without doing anything twice. Ansible's worker isn't changed."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
OWN = "ansible_collections/evolux/contact_center/plugins"
UTILS = f"{OWN}/module_utils".replace("/", ".")
FIRST = f"{UTILS}._own_process"
MODULES = sorted(path for path in (PLUGINS / "modules").glob("*.py") if UTILS in path.read_text())

# Imports a module from a place, and says in the end what was compiled on the way, and how the process is left.
LOAD = """
import atexit, gc, json, sys
module, place = sys.argv[1:]
compiled = []
sys.addaudithook(lambda event, given: compiled.append(str(given[1])) if event == "compile" else None)
def say():
    importers = [type(found).__name__ for path, found in sys.path_importer_cache.items() if "module_utils" in path]
    print(json.dumps({
        "compiled": [name for name in compiled if place in name],
        "files": [found.__file__ for name, found in sys.modules.items() if name.startswith("ansible_collections.")],
        "importers": importers,
        "searches": [gc.isenabled(), gc.get_freeze_count() == 0],
    }))
# What is registered first is called last.
atexit.register(say)
sys.path.insert(0, place)
__import__(module)
"""


def load(module: Path, place: Path) -> dict[str, Any]:
    # Without what else the tests let Python do when it starts.
    command = [sys.executable, "-I", "-c", LOAD, f"{OWN}.modules.{module.stem}".replace("/", "."), str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive like Ansible's, in which all packages are empty."""
    path = tmp_path_factory.mktemp("shipped") / "payload.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (*(PLUGINS / "module_utils").glob("*.py"), *MODULES):
            archive.write(file, f"{OWN}/{file.relative_to(PLUGINS)}")
        for folder in (*Path(OWN).parents, Path(OWN), Path(OWN) / "modules", Path(OWN) / "module_utils"):
            if folder != Path():
                archive.writestr(f"{folder}/__init__.py", "")
    return path


@pytest.mark.each_core
@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_shipped_module_compiles_each_file_once(module: Path, shipped: Path) -> None:
    loaded = load(module, shipped)
    times = Counter(name for name in loaded["compiled"] if "/module_utils/_" in name)
    twice = {name for name, count in times.items() if count > 1}
    assert len(times) > 10
    # What is imported first can't change how it is imported itself.
    assert {Path(name).name for name in twice} <= {"__init__.py", "_own_process.py"}
    assert set(times) <= set(loaded["files"])
    assert loaded["searches"] == [False, False]


@pytest.mark.each_core
def test_nothing_changes_where_ansible_imports_a_module_from_a_folder() -> None:
    tree = Path(next(path for path in sys.path if path.endswith(".cache/tree")))
    loaded = load(PLUGINS / "modules" / "evolux_queues.py", tree)
    assert set(loaded["importers"]) == {"FileFinder"}
    assert loaded["searches"] == [True, True]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_modules_import_it_before_their_other_files(module: Path) -> None:
    names = [
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.parse(module.read_text()).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    ]
    assert next(name for name in names if name.startswith(UTILS)) == FIRST
