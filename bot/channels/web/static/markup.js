// Draws the blocks that the server parsed (bot/domain/markup.py): elements and text nodes, links to http and https only.

import { h } from "./dom.js";

export const blocks = (list) => (list ?? []).map(block);

function block(b) {
  switch (b.kind) {
    case "heading": return h("p.block-heading", {}, spans(b.spans));
    case "list": return h("ul", {}, (b.items ?? []).map((i) => h("li", {}, blocks(i))));
    case "steps": return h("ol", { start: b.level ?? 1 }, (b.items ?? []).map((i) => h("li", {}, blocks(i))));
    case "quote": return h("blockquote", {}, (b.items ?? []).map(blocks));
    case "code": return h("pre", { tabindex: 0 }, (b.spans ?? []).map((s) => s.text).join(""));
    case "table": return table(b);
    case "rule": return h("hr");
    default: return h("p", {}, spans(b.spans));
  }
}

function table(b) {
  const [head, ...rows] = b.rows ?? [[]];
  return h("div.wide", { tabindex: 0 }, h("table", {},
    h("thead", {}, h("tr", {}, head.map((c) => h("th", { scope: "col" }, spans(c))))),
    h("tbody", {}, rows.map((r) => h("tr", {}, r.map((c) => h("td", {}, spans(c))))))));
}

export const spans = (list) => (list ?? []).map(drawSpan);

function drawSpan(s) {
  let node = s.code ? h("code", {}, s.text) : document.createTextNode(s.text);
  if (s.italic) node = h("em", {}, node);
  if (s.bold) node = h("strong", {}, node);
  return s.href && /^https?:\/\//i.test(s.href) ? h("a", { href: s.href, target: "_blank", rel: "noreferrer noopener" }, node) : node;
}

/** What a screen reader is told of blocks: their text. */
export const plain = (list) => (list ?? []).map((b) => [...(b.spans ?? []).map((s) => s.text), ...(b.items ?? []).map(plain)].join("")).join(" ");
