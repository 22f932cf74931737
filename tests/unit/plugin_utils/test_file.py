# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that are written on the controller."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.evolux.contact_center.plugins.plugin_utils import _file


def test_a_folder_that_cant_be_written_to_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # File permissions wouldn't stop root.
    def refuse(**facts: str) -> Any:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.path.join(facts["dir"], ".acme.yml.x7"))

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(PermissionError) as raised:
        _file.write(str(tmp_path / "acme.yml"), b"", None)
    assert raised.value.filename == str(tmp_path)
    assert list(tmp_path.iterdir()) == []
