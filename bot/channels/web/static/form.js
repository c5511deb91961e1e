// Forms and pick lists: fields by kind, checked before they are sent; the server checks again.

import { upload } from "./api.js";
import { combobox } from "./combobox.js";
import { h, icon, newId } from "./dom.js";
import { blocks } from "./markup.js";

const MAX_FILE = 10 * 1024 * 1024;
const FEW = 8;

export function drawForm(form, ctx) {
  if (form.settled) {
    return h("div.card.form.settled", {}, h("h4", {}, form.title), h("p.settled-line", {}, icon("arrow"), form.settled));
  }
  const [only] = form.fields;
  if (form.fields.length === 1 && only.choices.length && only.choices.length <= FEW && !only.many) return pickList(form, only, ctx);
  return fullForm(form, ctx);
}

/** One question with a few answers: each answer is a button. */
function pickList(form, field, ctx) {
  const heading = newId("form");
  const choose = (choice) => ctx.click({ verb: "form", ref: form.id, values: { [field.name]: choice.value } }).catch(() => {});
  return h("div.card.form.picks", { role: "group", "aria-labelledby": heading },
    h("h4", { id: heading }, form.title), blocks(form.blocks),
    field.label && field.label !== form.title ? h("p.pick-label", {}, field.label) : null,
    field.help ? h("p.hint", {}, field.help) : null,
    field.error ? h("p.error", { role: "alert" }, field.error) : null,
    h("ul.pick-list", {}, field.choices.map((c) =>
      h("li", {}, h("button.pick", { type: "button", "data-key": `pick-${c.value}`, onClick: () => choose(c) },
        h("span.pick-name", {}, c.label), c.detail ? h("span.pick-detail", {}, c.detail) : null)))),
    ctx.buttons(form.buttons));
}

function fullForm(form, ctx) {
  const heading = newId("form");
  const fields = form.fields.map((f) => drawField(f, ctx));
  const failure = h("p.error", { role: "alert" });
  const submit = h("button.button.primary", { type: "submit", "data-key": "submit" }, form.submit);
  const element = h("form.card.form", { novalidate: true, "aria-labelledby": heading, onSubmit: send },
    h("h4", { id: heading }, form.title), blocks(form.blocks), fields.map((f) => f.element), failure,
    h("div.buttons", {}, submit, ctx.bareButtons(form.buttons)));

  async function send(event) {
    event.preventDefault();
    failure.textContent = "";
    const wrong = fields.filter((f) => !f.check());
    if (wrong.length) return wrong[0].focus();
    if (submit.getAttribute("aria-disabled")) return;
    submit.setAttribute("aria-disabled", "true");
    try {
      const values = {};
      for (const field of fields) {
        const value = await field.value();
        if (value !== null) values[field.name] = value;
      }
      await ctx.click({ verb: "form", ref: form.id, values });
    } catch (error) {
      failure.textContent = error.message;
      submit.removeAttribute("aria-disabled");
    }
  }
  return element;
}

/** A field: {name, element, check() → fits, value() → what to send, focus()}. */
function drawField(field, ctx) {
  const id = newId("field"), hint = `${id}-hint`, problem = `${id}-error`;
  const described = [field.help ? hint : null, problem].filter(Boolean).join(" ");
  const control = controlFor(field, { id, described, ctx });
  const error = h("p.error", { id: problem, "aria-live": "polite" }, field.error);
  if (field.error) control.mark?.(true);
  const label = field.required ? field.label : [field.label, h("span.optional", {}, " (optional)")];
  const parts = [field.help ? h("p.hint", { id: hint }, field.help) : null, control.element, error];
  const element = control.grouped
    ? h("fieldset.field", { "aria-describedby": described }, h("legend", {}, label), parts)
    : h("div.field", {}, h("label", { for: id }, label), parts);
  return {
    name: field.name,
    element,
    focus: () => control.focus(),
    value: () => control.value(),
    check() {
      const sentence = control.problem?.() || (field.required && control.empty() ? "Please fill this in." : "");
      error.textContent = sentence;
      control.mark?.(Boolean(sentence));
      return !sentence;
    },
  };
}

function controlFor(field, at) {
  const options = optionsFor(field, at.ctx);
  if (options && field.many) return options.length <= FEW ? checks(field, at, options) : several(field, at, options);
  if (options) return field.choices.length && options.length <= FEW ? radios(field, at, options) : search(field, at, options);
  if (field.kind === "file") return fileInput(field, at);
  if (field.kind === "duration") return duration(field, at);
  return plainInput(field, at);
}

function optionsFor(field, ctx) {
  if (field.choices.length) return field.choices;
  const known = { person: ctx.company.peopleOptions, system: ctx.company.systems, group: ctx.company.groups }[field.kind];
  return known?.length ? known : null;
}

const attributes = (field, { id, described }) => ({ id, name: field.name, "aria-describedby": described, "aria-required": field.required || null, "data-key": field.name });
const marker = (input) => (wrong) => (wrong ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid"));

function plainInput(field, at) {
  const set = { ...attributes(field, at), value: asText(field.value) };
  const input = field.kind === "long"
    ? h("textarea", { ...set, rows: 4, maxlength: 2000 })
    : h("input", { ...set, type: field.kind === "date" ? "date" : "text", maxlength: field.kind === "date" ? null : 500 });
  return {
    element: input, mark: marker(input), focus: () => input.focus(), empty: () => !input.value.trim(),
    value: async () => (field.many ? lines(input.value) : input.value.trim() || null),
  };
}

const asText = (value) => (Array.isArray(value) ? value.join(", ") : value ?? "");
const lines = (text) => text.split(/[,\n]/).map((t) => t.trim()).filter(Boolean);

function search(field, at, options) {
  let value = field.value ?? "";
  const box = combobox({ label: field.label, options: () => options, value, id: at.id, describedBy: at.described, required: field.required, onPick: (o) => { value = o.value; box.set(value); } });
  return { element: box.element, mark: marker(box.input), focus: () => box.input.focus(), empty: () => !value, value: async () => value || null };
}

function several(field, at, options) {
  const chosen = new Map((field.value ?? []).map((v) => [v, options.find((o) => o.value === v)?.label ?? v]));
  const chips = h("ul.chips", { "aria-label": `Chosen: ${field.label}` });
  const box = combobox({ label: field.label, options: () => options.filter((o) => !chosen.has(o.value)), keep: false, id: at.id, describedBy: at.described, required: field.required, placeholder: "Type to search and add", onPick: (o) => { chosen.set(o.value, o.label); draw(); } });
  function draw() {
    chips.replaceChildren(...[...chosen].map(([value, label]) => h("li", {}, label,
      h("button", { type: "button", "aria-label": `Remove ${label}`, onClick: () => { chosen.delete(value); draw(); box.input.focus(); } }, icon("cross")))));
  }
  draw();
  return { element: h("div", {}, chips, box.element), mark: marker(box.input), focus: () => box.input.focus(), empty: () => !chosen.size, value: async () => (chosen.size ? [...chosen.keys()] : null) };
}

function boxes(field, at, options, type, on) {
  const inputs = options.map((o) => h("input", { type, name: at.id, value: o.value, checked: on(o.value), "data-key": `${field.name}-${o.value}` }));
  const element = h("div.choices", {}, options.map((o, n) => h("label.choice", {}, inputs[n],
    h("span", {}, h("span.option-label", {}, o.label), o.detail ? h("span.option-detail", {}, o.detail) : null))));
  const picked = () => inputs.filter((i) => i.checked).map((i) => i.value);
  return { grouped: true, element, focus: () => inputs[0].focus(), empty: () => !picked().length, picked };
}

function radios(field, at, options) {
  const group = boxes(field, at, options, "radio", (v) => v === field.value);
  return { ...group, value: async () => group.picked()[0] ?? null };
}

function checks(field, at, options) {
  const group = boxes(field, at, options, "checkbox", (v) => (field.value ?? []).includes(v));
  return { ...group, value: async () => (group.picked().length ? group.picked() : null) };
}

function duration(field, at) {
  const [, amount = "", letter = "D"] = /^P(\d+)([DWMY])$/.exec(field.value ?? "") ?? [];
  const count = h("input.count", { ...attributes(field, at), type: "number", min: 1, max: 999, value: amount });
  const unit = h("select", { "aria-label": `${field.label}: unit` }, [["D", "days"], ["W", "weeks"], ["M", "months"], ["Y", "years"]].map(([v, t]) => h("option", { value: v, selected: v === letter }, t)));
  return {
    element: h("div.duration", {}, count, unit), mark: marker(count), focus: () => count.focus(), empty: () => !count.value,
    problem: () => (count.value && !/^[1-9]\d{0,2}$/.test(count.value) ? "Please give a whole number." : ""),
    value: async () => (count.value ? `P${count.value}${unit.value}` : null),
  };
}

function fileInput(field, at) {
  const input = h("input", { ...attributes(field, at), type: "file", multiple: field.many });
  return {
    element: h("div.file", {}, input, h("p.hint", {}, icon("lock"), "Up to 10 MB. Kept in memory only, never stored.")),
    mark: marker(input), focus: () => input.focus(), empty: () => !input.files.length,
    problem: () => ([...input.files].some((f) => f.size > MAX_FILE) ? "This file is larger than 10 MB." : ""),
    async value() {
      const sent = [];
      for (const file of input.files) sent.push({ file: (await upload(at.ctx.as, file)).file });
      return field.many ? sent : sent[0] ?? null;
    },
  };
}
