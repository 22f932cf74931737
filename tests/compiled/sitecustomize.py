# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes Python cache code that it compiled from a zip, as it does for folders: Ansible ships modules as zips.

Every Python with this folder on PYTHONPATH loads this when it starts. The cache key is a hash of the source.
"""

from __future__ import annotations

import _imp
import functools
import marshal
import os
import sys
import zipimport
from types import CodeType

FOLDER = os.path.join(__file__.rpartition("/tests/")[0], ".cache", "compiled", str(sys.implementation.cache_tag))

compile_source = zipimport._compile_source  # type: ignore[attr-defined]


# Python asks twice for each file that it imports.
@functools.cache
def compiled(path: str, source: bytes) -> CodeType:
    file = os.path.join(FOLDER, _imp.source_hash(0, source).hex())
    try:
        with open(file, "rb") as stored:
            code: CodeType = marshal.load(stored)
        # Tracebacks must name the file.
        _imp._fix_co_filename(code, path)  # type: ignore[attr-defined]
    except FileNotFoundError:
        code = compile_source(path, source)
        os.makedirs(FOLDER, exist_ok=True)
        # Atomic, since other processes may run at the same time.
        with open(f"{file}.{os.getpid()}", "wb") as new:
            marshal.dump(code, new)
        os.replace(new.name, file)
    return code


zipimport._compile_source = compiled  # type: ignore[attr-defined]
