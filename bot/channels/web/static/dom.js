// Builds elements. Text only ever becomes a text node: nothing here, or anywhere on this page, interprets markup.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  check: "M4 10.5l4 4 8-9",
  cross: "M5 5l10 10M15 5L5 15",
  clock: "M10 5v5l3 2M10 2.5a7.5 7.5 0 100 15 7.5 7.5 0 000-15z",
  person: "M10 10a3.2 3.2 0 100-6.4 3.2 3.2 0 000 6.4zM4 17c.5-3.3 2.9-5 6-5s5.500 1.700 6 5",
  undo: "M7 4L3.500 7.500 7 11M4 7.500h7a4.500 4.500 0 010 9H8",
  warning: "M10 3.500l7.500 13h-15zM10 8.500v3.500M10 14.300v.2",
  back: "M12 4l-6 6 6 6",
  plus: "M10 4v12M4 10h12",
  send: "M10 16V4M5 9l5-5 5 5",
  sun: "M10 6.500a3.500 3.500 0 100 7 3.500 3.500 0 000-7zM10 1.500v2M10 16.500v2M1.500 10h2M16.500 10h2M4 4l1.400 1.400M14.600 14.600L16 16M16 4l-1.400 1.400M5.400 14.600L4 16",
  moon: "M16.500 12A7 7 0 018 3.500a7 7 0 108.500 8.500z",
  list: "M7 5h9.500M7 10h9.500M7 15h9.500M3.500 5h.1M3.500 10h.1M3.500 15h.1",
  book: "M4 4.500c2-1 4-1 6 .5 2-1.500 4-1.500 6-.5v11c-2-1-4-1-6 .5-2-1.500-4-1.500-6-.5zM10 5v11",
  lock: "M5 9h10v7.500H5zM7 9V6.500a3 3 0 016 0V9",
  bell: "M3 14.500h14M4.500 12a5.500 5.500 0 0111 0zM10 6.500V4.500M8.800 4h2.400",
  dot: "M10 8.500a1.500 1.500 0 100 3 1.500 1.500 0 000-3z",
  skip: "M5 10h10",
  arrow: "M4 10h12M11 5l5 5-5 5",
  down: "M5 8l5 5 5-5",
};

/** h("p.note", {id: "x"}, "text", child, …): attributes that are functions become listeners, null and false ones are left out. */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes ?? {})) set(element, key, value);
  element.append(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false && c !== ""));
  return element;
}

function set(element, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") element.addEventListener(key.replace(/^on/, "").toLowerCase(), value);
  else if (key === "class") element.className += ` ${value}`;
  else if (key === "value") element.value = value;
  else if (key === "checked") element.checked = true;
  else element.setAttribute(key, value === true ? "" : value);
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] ?? ICONS.dot);
  svg.append(path);
  return svg;
}

let made = 0;
export const newId = (prefix) => `${prefix}-${++made}`;

export function avatar(name, kind = "") {
  const words = name.split(/[\s.@]+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words[1] : ""].map((w) => (w ?? "").slice(0, 1).toUpperCase()).join("");
  const hue = [...name].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) % 6, 7);
  return h("span.avatar", { class: kind || `hue-${hue}`, "aria-hidden": "true" }, letters || "?");
}

export const deskFace = () => h("span.avatar.of-desk", { "aria-hidden": "true" }, icon("bell"));

/** Says something to people who listen rather than look. */
export function announce(text) {
  const place = document.getElementById("announcer");
  place.textContent = "";
  setTimeout(() => (place.textContent = text.slice(0, 300)), 60);
}
