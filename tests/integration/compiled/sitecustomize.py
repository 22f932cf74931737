# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Has Python remember what it has compiled of a zip, as it does of folders: Ansible ships modules as zips.

With this folder on PYTHONPATH, every Python does it when it starts. What the code is kept by is a hash of its source.
"""

from __future__ import annotations

import _imp
import marshal
import os
import sys
import zipimport
from types import CodeType

FOLDER = os.path.join(__file__.rpartition("/tests/")[0], ".cache", "compiled", str(sys.implementation.cache_tag))

compile_source = zipimport._compile_source  # type: ignore[attr-defined]


def compiled(path: str, source: bytes) -> CodeType:
    file = os.path.join(FOLDER, _imp.source_hash(0, source).hex())
    try:
        with open(file, "rb") as stored:
            code: CodeType = marshal.load(stored)
        # Tracebacks name the file.
        _imp._fix_co_filename(code, path)  # type: ignore[attr-defined]
    except FileNotFoundError:
        code = compile_source(path, source)
        os.makedirs(FOLDER, exist_ok=True)
        # At once, for others that run at the same time.
        with open(f"{file}.{os.getpid()}", "wb") as new:
            marshal.dump(code, new)
        os.replace(new.name, file)
    return code


zipimport._compile_source = compiled  # type: ignore[attr-defined]
