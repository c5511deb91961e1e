// A text field that searches a list: the ARIA combobox pattern. Arrow keys move, Enter chooses, Escape leaves it as it was.

import { h, icon, newId } from "./dom.js";

const MOST = 40;
const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

/**
 * options: () => [{value, label, detail}]; onPick(option). Returns {element, input, set(value)}.
 * `keep` false empties the field after each choice, for lists of several.
 */
export function combobox({ label, options, value = "", onPick, keep = true, id = newId("pick"), describedBy = null, required = false, placeholder = "Type to search" }) {
  const listId = `${id}-list`;
  let shown = [], active = -1, chosen = options().find((o) => o.value === value) ?? null;

  const input = h("input", {
    id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder,
    "aria-label": label, "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list",
    "aria-describedby": describedBy, "aria-required": required || null, value: chosen && keep ? chosen.label : "",
    onInput: () => open(input.value), onFocus: () => input.select(), onClick: () => open(""), onBlur: close, onKeydown: key,
  });
  const list = h("ul.options", { id: listId, role: "listbox", "aria-label": label, hidden: true });
  const element = h("div.combobox", {}, input, icon("down"), list);

  function matching(text) {
    const words = fold(text).split(/\s+/).filter(Boolean);
    const all = options().map((o) => [o, fold(`${o.label} ${o.detail ?? ""} ${o.value}`)]).filter(([, hay]) => words.every((w) => hay.includes(w)));
    const starts = (o) => (words.length && fold(o.label).startsWith(words[0]) ? 0 : 1);
    return all.map(([o]) => o).sort((a, b) => starts(a) - starts(b)).slice(0, MOST);
  }

  function open(text) {
    shown = matching(text);
    list.replaceChildren(...(shown.length ? shown.map(row) : [h("li.none", { role: "option", "aria-disabled": "true" }, "Nothing fits these letters.")]));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    move(shown.length && text ? 0 : Math.max(-1, shown.findIndex((o) => o.value === chosen?.value)));
  }

  function row(option, n) {
    return h("li", { id: `${listId}-${n}`, role: "option", "aria-selected": "false", onMousedown: (e) => { e.preventDefault(); pick(option); } },
      h("span.option-label", {}, option.label), option.detail ? h("span.option-detail", {}, option.detail) : null);
  }

  function move(to) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = to;
    const current = active >= 0 && shown.length ? list.children[active] : null;
    current?.setAttribute("aria-selected", "true");
    current?.scrollIntoView({ block: "nearest" });
    if (current) input.setAttribute("aria-activedescendant", current.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function pick(option) {
    chosen = keep ? option : null;
    close();
    input.removeAttribute("aria-invalid");
    onPick(option);
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.value = chosen ? chosen.label : "";
  }

  function key(event) {
    const closed = list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (closed) open("");
      else if (shown.length) move((active + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length);
    } else if (event.key === "Enter" && !closed) {
      event.preventDefault();
      if (shown[active]) pick(shown[active]);
    } else if (event.key === "Escape" && !closed) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  }

  return { element, input, set(next) { chosen = options().find((o) => o.value === next) ?? null; close(); } };
}
