# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the headings of a spreadsheet mean, as people write them in English and Portuguese. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, NamedTuple

# For each field, its own name first. Case, accents, spaces and punctuation make no difference.
HEADINGS: Final = {
    "name": ("name", "queue", "queue name", "nome", "fila", "nome da fila", "setor", "departamento"),
    "slug": ("slug", "identificador"),
    "number": (
        "number",
        "queue number",
        "extension",
        "internal number",
        "número",
        "nº",
        "n.",
        "núm.",
        "ramal",
        "ramal da fila",
        "número da fila",
        "nº da fila",
        "número do ramal",
        "nº do ramal",
        "número interno",
    ),
    "public_number": (
        "public_number",
        "DID",
        "DID number",
        "phone",
        "phone number",
        "número público",
        "nº público",
        "número DID",
        "número do DID",
        "nº DID",
        "DDR",
        "número DDR",
        "telefone",
        "telefone público",
        "número de telefone",
        "número externo",
        "fone",
    ),
    "max_wait_time": (
        "max_wait_time",
        "wait time",
        "max wait",
        "maximum wait",
        "maximum wait time",
        "tempo de espera",
        "tempo máximo",
        "tempo máximo de espera",
        "tempo máx. de espera",
        "tempo de espera máximo",
        "espera",
        "espera máxima",
        "espera máx.",
    ),
    "state": ("state", "status", "estado", "situação", "situação da fila"),
}
# In seconds, as headings and cells name them.
UNITS: Final = {
    **dict.fromkeys(("s", "seg", "segs", "segundo", "segundos", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("min", "mins", "minuto", "minutos", "minute", "minutes"), 60),
}


class Meaning(NamedTuple):
    """What a column contains. unit: that of its wait times, in seconds."""

    field: str
    unit: int = 1


def _words(heading: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", heading).casefold()
    return re.findall("[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))


def same(heading: str) -> str:
    """A key that is the same for equal headings."""
    return "".join(_words(heading))


_FIELDS: Final = {same(name): field for field, names in HEADINGS.items() for name in names}
_WRITTEN: Final = {same(name): name for names in HEADINGS.values() for name in names}


def meaning(heading: str) -> Meaning | None:
    """What a column with this heading contains; None if the heading isn't recognized."""
    if field := _FIELDS.get(same(heading)):
        return Meaning(field)
    *words, unit = _words(heading) or [""]
    if words and words[-1] in ("em", "in"):
        words.pop()
    is_time = unit in UNITS and _FIELDS.get("".join(words)) == "max_wait_time"
    return Meaning("max_wait_time", UNITS[unit]) if is_time else None


def known(headings: Iterable[object]) -> int:
    """How many of a row's cells are recognized headings."""
    return sum(isinstance(heading, str) and meaning(heading) is not None for heading in headings)


def nearest(heading: str) -> str | None:
    """The recognized heading that was likely meant; None if none is similar."""
    near = get_close_matches(same(heading), [key for key in _WRITTEN if len(key) > 2], 1)
    return _WRITTEN[near[0]] if near else None
