// Copyright (c) 2026, the evolux.contact_center contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Look at pages of the website as people see them, in Chromium: on phones, tablets, laptops and wide screens, light
// and dark. Prints one line for each thing that can't be read, and exits with 1 if there are any.
//
//     look.mjs CHROMIUM SITE [PICTURES]    SITE is the HTML's folder; full screenshots go to the folder PICTURES
//
// PAGES=docs/awx,index in the environment picks pages.

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const WIDTHS = [390, 820, 1280, 1600];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Runs in the page: what the layout hides.
function hidden() {
  const found = new Set();
  const say = (what, element) => found.add(`${what}: ${(element.innerText || element.alt || "").trim().slice(0, 60)}`);
  const lines = (node, start, end) => {
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, end);
    return new Set([...range.getClientRects()].map((box) => Math.round(box.bottom))).size;
  };
  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
  const main = document.querySelector("article");
  const edge = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > edge) say("the page scrolls sideways", document.querySelector("h1"));
  for (const element of document.querySelectorAll("article *, .mobile-header *, footer *")) {
    const box = element.getBoundingClientRect();
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || !box.width) continue;
    const style = getComputedStyle(element);
    const text = element.innerText?.trim();
    if (element.closest(".visually-hidden, .headerlink")) continue;
    if (text && /hidden|clip/.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1) say("cut", element);
    if (text && style.overflowY !== "visible" && element.scrollHeight > element.clientHeight + 1) say("cut", element);
    if (element.matches(".highlight-text pre") && element.scrollWidth > element.clientWidth + 1) say("message cut", element);
    let around = element.parentElement;
    while (around && around !== main && !scrolls(around)) around = around.parentElement;
    if (text && (!around || around === main) && box.right > edge + 1) say("beyond the edge", element);
    if (element.matches("table:not(:has(tr > :nth-child(4)))") && box.width > main.getBoundingClientRect().width + 1) say("table wider than the page", element);
    if (element.matches("tr") && text && box.height < parseFloat(style.fontSize)) say("row thinner than a line", element);
    if (element.matches("td, th") && text.length > 60 && element.clientWidth < 120) say("column squeezed", element);
    if (element.matches("img") && element.clientWidth < 600) say("picture too small to read", element);
    if (element.matches("h1, h2, h3, th, td:first-child")) {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode())
        for (const word of node.data.matchAll(/[\p{L}\p{N}_]+/gu))
          if (lines(node, word.index, word.index + word[0].length) > 1) say("broken word", element);
    }
  }
  return [...found];
}

// Runs in the page: marks a text for each combination of colors, size and line that is not among those seen before.
function markLooks(seen) {
  document.querySelectorAll("[data-look]").forEach((element) => element.removeAttribute("data-look"));
  const known = new Set(seen);
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || element.closest(".visually-hidden")) continue;
    const { color, fontSize, fontWeight, textDecorationLine } = getComputedStyle(element);
    const values = [element.tagName, fontSize, fontWeight, textDecorationLine, getComputedStyle(element.parentElement).color];
    for (let around = element; around; around = around.parentElement) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(around);
      values.push(backgroundColor, backgroundImage, opacity);
    }
    const look = [color, ...values.filter((value) => !["rgba(0, 0, 0, 0)", "none", "1"].includes(value))].join(" ");
    if (!known.has(look)) element.dataset.look = "";
    known.add(look);
  }
  return [...known];
}

const [program, site, pictures] = process.argv.slice(2);
const picked = process.env.PAGES && process.env.PAGES.split(",");
const browser = await chromium.launch({ executablePath: program });
const page = await browser.newPage();
let problems = 0;
const seen = { light: [], dark: [] };
for (const file of readdirSync(site, { recursive: true }).sort()) {
  const name = file.replace(/\.html$/, "");
  if (name === file || (picked && !picked.includes(name))) continue;
  const say = (where, what) => {
    console.log(`${name} (${where}): ${what}`);
    problems += 1;
  };
  await page.goto(pathToFileURL(join(resolve(site), file)).href);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const what of await page.evaluate(hidden)) say(width, what);
    // Colors don't depend on the width.
    for (const colorScheme of pictures || width === 1280 ? ["light", "dark"] : []) {
      await page.emulateMedia({ colorScheme });
      if (pictures) {
        const path = join(pictures, `${name.replaceAll("/", "_")}-${width}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: true });
      }
      if (width !== 1280) continue;
      // axe takes longer than all else, and finds nothing new in a text that looks like others.
      const before = seen[colorScheme].length;
      seen[colorScheme] = await page.evaluate(markLooks, seen[colorScheme]);
      if (seen[colorScheme].length === before) continue;
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => axe.run("[data-look]", { runOnly: ["color-contrast", "link-in-text-block"] }));
      const found = violations.flatMap(({ nodes }) => nodes).map(({ html, any }) => `${any[0].message} ${html.replace(/<(\w+)[^>]*?(class="[^"]*")?[^>]*>.*/s, "$1 $2")}`);
      for (const what of new Set(found)) say(`${width} ${colorScheme}`, what);
    }
  }
}
await browser.close();
process.exit(problems ? 1 : 0);
