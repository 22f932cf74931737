# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the check of words reads of a file, and what it reports."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import check_words
from node_tools import install, program

PYTHON = '''"""A list is no
queue."""

anew = [f"{anew} upon", r'whilst' "amongst"]  # beside it
# for want
# of memory
ok = ["is", "no queue", "for", "want of"]
'''

MARKDOWN = """A name, and
beside it:

```yaml
# upon
```

- ~~~
  whilst
  ```
  ~~~

````{container} ways
```{container}
A page tells `all`.
```

```
anew
```
Once upon
````
"""

YAML = """options:
  name:
    description:
      - What there
        is no name for, is
        no name.
# for want
# of memory
"""


def found(capfd: pytest.CaptureFixture[str], file: Path) -> tuple[int, list[str]]:
    """What the check ends with, and the places and words that it finds."""
    code = check_words.main([str(file)])
    lines = capfd.readouterr().out.splitlines()
    return code, [line.removeprefix(f"{file}:").partition(": better ")[0] for line in lines]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "a.py",
            PYTHON,
            [
                '1:11: "is no"',
                '4:18: "upon"',
                '4:27: "whilst"',
                '4:36: "amongst"',
                '4:49: "beside"',
                '5:3: "for want of"',
            ],
        ),
        ("a.md", MARKDOWN, ['2:1: "beside"', '15:8: "tells"', '21:6: "upon"']),
        ("a.yml", YAML, ['5:25: "is no"', '7:3: "for want of"']),
        ("a.pt-BR.md", "Um tenant de\nensaio, beside anew.\n", ['1:11: "de ensaio"']),
        ("_report_texts.py", 'A = "beside", "de ensaio"\n', ['1:6: "beside"', '1:16: "de ensaio"']),
    ],
)
def test_prose_is_read_and_code_is_not(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, text: str, expected: list[str]
) -> None:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")

    assert found(capfd, file) == (1, expected)


def test_nothing_found(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.md"
    file.write_text("There is no queue.\n", encoding="utf-8")

    assert found(capfd, file) == (0, [])


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        ("[{from: Anew., to: Anew.}, {from: New., to: New.}]", "spec failed"),
        ("[{from: Anew., to: again.}]", "needs an example that it changes and one that it leaves alone"),
        ("[{from: New., to: New.}]", "needs an example that it changes and one that it leaves alone"),
    ],
)
def test_a_rule_proves_itself(tmp_path: Path, specs: str, message: str) -> None:
    rules = tmp_path / "en.yml"
    rules.write_text(f"version: 1\nrules: [{{expected: again, pattern: /anew/i, specs: {specs}}}]\n", encoding="utf-8")

    done = subprocess.run(
        [program("node"), str(install() / "words.mjs")],
        input=f'{{"lists": {{"en": "{rules}"}}, "texts": []}}',
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert message in done.stderr


def test_every_kind_of_prose_is_read() -> None:
    names = check_words.files()

    assert {"README.md", "Makefile", "demo/run", "plugins/modules/evolux_queue.py", "docs/pt-BR/git.md"} <= set(names)
    assert not [name for name in names if name.startswith(("tests/words/", "LICENSE"))]
