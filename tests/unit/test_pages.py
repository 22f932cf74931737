# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages that are made of the same tables as tests."""

from __future__ import annotations

from pathlib import Path

from fault_matrix import documentation

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_of_faults_is_what_the_matrix_says() -> None:
    written = (DOCS / "faults.md").read_text(encoding="utf-8")
    assert written == documentation(), "take it over with: python tests/fault_matrix.py > docs/faults.md"
