// Copyright (c) 2026, the evolux.contact_center contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Check texts for the words of lists, with prh. Standard input is JSON: {"lists": {LIST: FILE}, "texts": [{name, text, list}]}.
// Prints what it finds, a line each, and exits with 1 if there is anything.

import { readFileSync } from "node:fs";
import prh from "prh";

// Loading a list applies each rule to its examples and throws if a result differs.
function load(list) {
  const engine = prh.fromYAMLFilePath(list);
  for (const { pattern, specs } of engine.rules)
    if (!specs.some(({ from, to }) => from !== to) || !specs.some(({ from, to }) => from === to))
      throw new Error(`${pattern} needs an example that it changes and one that it leaves alone`);
  return engine;
}

const { lists, texts } = JSON.parse(readFileSync(0, "utf8"));
const engines = Object.fromEntries(Object.entries(lists).map(([name, file]) => [name, load(file)]));
let problems = 0;
for (const { name, text, list } of texts) {
  for (const { index, matches, expected, rule } of engines[list].makeChangeSet(name, text).diffs) {
    const before = text.slice(0, index).split("\n");
    const better = expected.replace(/\$(\d)/g, (_, group) => matches[group] ?? "");
    const hint = rule.raw.prh ? `, ${rule.raw.prh}` : "";
    console.log(`${name}:${before.length}:${before.at(-1).length + 1}: "${matches[0].replace(/\s+/g, " ")}": better "${better}"${hint}`);
    problems += 1;
  }
}
process.exit(problems ? 1 : 0);
