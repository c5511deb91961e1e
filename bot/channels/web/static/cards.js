// Draws every kind of reply. A card that is settled has no buttons left, because the server sends none.

import { h, icon, newId } from "./dom.js";
import { drawForm } from "./form.js";
import { blocks, plain } from "./markup.js";
import { capital, listed, shortPrint, tone, until } from "./words.js";

export function draw(reply, ctx) {
  return (DRAW[reply.kind] ?? unknown)(reply, ctx);
}

const DRAW = { text, answer, form: drawForm, plan, approval, status, brief, said };

const unknown = (reply) => h("p", {}, `(A reply of kind ${reply.kind}, which this page cannot show yet.)`);

/** What is read out when a reply arrives or changes; "" where its element announces itself. */
export function spoken(reply) {
  switch (reply.kind) {
    case "status": return "";
    case "plan": return `Plan: ${reply.title}. ${capital(reply.state)}.`;
    case "approval": return `Approval asked: ${reply.title}. ${capital(reply.state)}.`;
    case "form": return reply.settled ? `${reply.title}: ${reply.settled}` : `Question: ${reply.title}`;
    case "brief": return `${reply.ticket}: ${reply.title}. ${capital(reply.status)}.`;
    case "said": return `${reply.name} says: ${reply.text}`;
    default: return plain(reply.blocks);
  }
}

/** Line and colour of a state, never colour alone. */
export const chip = (state, label = state) => h("span.chip", { class: tone(state) }, label ? capital(label) : "");

function text(reply, ctx) {
  return h("div.bubble", {}, h("div.prose", {}, blocks(reply.blocks)), ctx.buttons(reply.buttons));
}

function answer(reply, ctx) {
  return h("div.card.answer", {},
    reply.closest ? h("p.closest", {}, icon("warning"), "The closest I have. It may not be what you asked.") : null,
    h("div.prose", {}, blocks(reply.blocks)),
    reply.citations.length ? citations(reply.citations, ctx) : null,
    ctx.buttons(reply.buttons));
}

function citations(list, ctx) {
  const heading = newId("sources");
  return h("div.sources", {}, h("h4", { id: heading }, list.length > 1 ? "Sources" : "Source"),
    h("ol", { "aria-labelledby": heading }, list.map((c) => h("li", {}, citation(c, ctx)))));
}

function citation(c, ctx) {
  const title = c.section ? `${c.title} › ${c.section}` : c.title;
  return h("div.citation", {}, icon("book"), h("div", {},
    h("a", { href: link(c, ctx), target: "_blank", rel: "noopener" }, title),
    c.note ? h("p.hint", {}, c.note) : null,
    c.quote ? h("details", {}, h("summary", {}, "Show the passage"), h("blockquote", {}, c.quote)) : null));
}

function link(c, ctx) {
  if (c.url && /^https?:\/\//i.test(c.url)) return c.url;
  return `/knowledge/${c.path.split("/").map(encodeURIComponent).join("/")}?${new URLSearchParams({ as: ctx.as })}${c.anchor ? `#${encodeURIComponent(c.anchor)}` : ""}`;
}

const head = (kind, title, state) => h("header.card-head", {}, h("p.eyebrow", {}, kind), chip(state), h("h4", {}, title));

function plan(reply, ctx) {
  return h("article.card.plan", { class: tone(reply.state), "aria-label": `Plan: ${reply.title}` },
    head("Plan", reply.title, reply.state),
    reply.note ? h("p.card-note", {}, reply.note) : null,
    reply.approvals.filter((a) => a.state === "open").map((a) => awaited(a, ctx)),
    progress(reply),
    steps(reply.steps.map((s) => (s.state === "waiting" ? { ...s, state: UNRUN[reply.state] ?? "", undoable: s.undoable && !NEVER_RAN.includes(reply.state) } : s))),
    reply.approvals.length ? approvals(reply.approvals, ctx) : null,
    foot(reply, ctx, []));
}

/** What a step that has not run is called, by the state of its plan: nothing where none has run yet, or none will. */
const UNRUN = { running: "waiting", stopped: "not run" };
const NEVER_RAN = ["refused", "declined", "lapsed", "cancelled"];

function progress({ state, steps: all }) {
  const counted = { running: ["done", "already so"], undoing: ["undone"] }[state];
  if (!counted) return null;
  const of = state === "undoing" ? all.filter((s) => ["done", "undone"].includes(s.state)) : all;
  const through = of.filter((s) => counted.includes(s.state)).length;
  return h("div.progress", {}, h("progress", { max: of.length, value: through, "aria-label": "Progress" }), h("span", {}, `${through} of ${of.length}`));
}

/** Whose answer is waited for, and in the demo one step to where they give it. */
function awaited(a, ctx) {
  return h("div.awaited", {}, icon("clock"), h("div", {},
    h("p", {}, "Waiting for ", a.who.length ? h("strong", {}, listed(a.who.map(ctx.name), "or")) : a.kind, a.who.length ? `, as ${a.kind}` : ""), eyes(a, ctx)));
}

const STEP_ICONS = { done: "check", "already so": "check", failed: "cross", undone: "undo", "with a human": "person" };
const NO_UNDO = ["undone", "failed", "not run"];

const undoable = (s) => s.undoable && !NO_UNDO.includes(s.state);

function steps(list) {
  return h("ol.steps", { "aria-label": "Steps" }, list.map((s, n) => step(s, n > 0 && list[n - 1].rule === s.rule && list[n - 1].because === s.because)));
}

/** One step. Why it is there is said once where `repeated` steps share it; the rule's name stays on each. */
function step(s, repeated) {
  const rule = s.rule && s.rule !== "request" ? h("span.rule", {}, s.rule) : null;
  return h("li.step", { class: `is-${(s.state || "waiting").replaceAll(" ", "-")}` },
    h("span.step-mark", {}, s.state === "running" ? h("span.spinner", { "aria-hidden": "true" }) : icon(STEP_ICONS[s.state] ?? "dot")),
    h("div.step-body", {},
      h("p.step-line", {}, h("span", {}, s.sentence), h("span.step-state", {}, capital(s.state))),
      s.before || s.after ? change(s) : null,
      s.because && !repeated ? h("p.because", {}, s.because, rule) : null,
      s.said ? h("p.step-said", {}, s.said) : null,
      h("p.step-meta", {}, [s.because && repeated ? rule : null, carriedOutBy(s), undoable(s) ? "can be undone" : null].filter(Boolean).flatMap((part, n) => (n ? [" · ", part] : [part])))));
}

const carriedOutBy = (s) => (s.vendor === "human" ? "By a human at the help desk" : s.vendor ? `Through ${s.vendor}` : null);

/** Before → after; where that was undone, back again. */
export function change(s) {
  const [from, to] = s.state === "undone" ? [s.after, s.before] : [s.before, s.after];
  return h("p.change", {}, from ? h("span.before", {}, h("span.hidden-text", {}, "From "), from) : null,
    h("span.arrow", { "aria-hidden": "true" }, "→"), h("span.after", {}, h("span.hidden-text", {}, " to "), to || "nothing"));
}

function approvals(list, ctx) {
  return h("div.approvals", {}, h("h5", {}, "Approvals"), h("ul", {}, list.map((a) => h("li", {},
    h("div.approval-line", {}, h("span", {}, h("strong", {}, capital(a.kind)), a.who.length ? `: ${listed(a.who.map(ctx.name))}` : ""), chip(a.state)),
    a.decided ? h("p.hint", {}, a.decided) : null,
    a.because.map((b) => h("p.because", {}, b))))));
}

function eyes(a, ctx) {
  if (!ctx.company.demo) return null;
  if (a.kind === ctx.company.helpdesk) return ctx.desk ? null : h("p.eyes", {}, h("button.link", { type: "button", "data-key": "desk", onClick: () => ctx.company.lookAtDesk(ctx.ticket) }, "See it at the help desk"));
  const able = a.who.slice(0, 3).filter((n) => ctx.company.emailOf(n));
  return able.length ? h("p.eyes", {}, able.map((n) => h("button.link", { type: "button", "data-key": `as-${n}`, onClick: () => ctx.lookAs(n) }, `See it as ${n}`))) : null;
}

const DECIDED = { approved: "check", declined: "cross" };

function approval(reply, ctx) {
  const open = reply.buttons.length > 0;
  const about = [
    steps(reply.steps.map((s) => (s.state === "waiting" ? { ...s, state: "" } : s))),
    reply.because.length ? h("div.why", {}, h("h5", {}, "Why it needs you"), h("ul", {}, reply.because.map((b) => h("li", {}, b)))) : null,
  ];
  return h("article.card.approval", { class: tone(reply.state), "aria-label": `Approval: ${reply.title}` },
    head("Approval", reply.title, reply.state),
    h("p.asked", {}, "Asked by ", h("strong", {}, ctx.name(reply.asked_by))),
    reply.said ? h("blockquote.own-words", {}, reply.said) : null,
    open ? [h("h5", {}, "This will run, exactly"), about] : h("details.about", {}, h("summary", {}, "What it was about"), about),
    reply.decided ? h("p.decided", {}, icon(DECIDED[reply.state] ?? "clock"), reply.decided) : null,
    foot(reply, ctx, [
      reply.who.length ? `${open ? "May answer" : "Asked"}: ${listed(reply.who.map(ctx.name), open ? "or" : "and")}` : null,
      open ? capital(until(reply.expires)) : null,
    ]));
}

function foot(reply, ctx, facts) {
  return h("footer.card-foot", {},
    ctx.buttons(reply.buttons),
    h("p.facts", {}, facts.filter(Boolean).map((f) => h("span", {}, f)),
      h("span", { title: `Fingerprint ${reply.fingerprint}` }, "Fingerprint ", h("code", {}, shortPrint(reply.fingerprint))),
      reply.ticket ? h("button.link", { type: "button", "data-key": "timeline", onClick: () => ctx.timeline(reply.ticket) }, `Timeline of ${reply.ticket}`) : null));
}

const STATUS_ICONS = { working: "clock", done: "check", warning: "warning", failed: "cross" };

function status(reply, ctx) {
  return h("div.status", { class: `is-${reply.tone}` },
    h("div.status-line", { role: "status" },
      icon(STATUS_ICONS[reply.tone] ?? "dot"),
      h("span.hidden-text", {}, `${capital(reply.tone)}: `), h("div", {}, blocks(reply.blocks))),
    ctx.buttons(reply.buttons));
}

function brief(reply, ctx) {
  return h("article.card.brief", { "aria-label": `Ticket ${reply.ticket}` },
    head(reply.ticket, reply.title, reply.status),
    h("p.asked", {}, "From ", h("strong", {}, ctx.name(reply.requester))),
    reply.text ? h("div.prose.own-words", {}, blocks(reply.blocks)) : null,
    reply.lines.length ? h("ul.lines", {}, reply.lines.map((l) => h("li", {}, l))) : null,
    ctx.buttons(reply.buttons, h("button.link", { type: "button", "data-key": "timeline", onClick: () => ctx.timeline(reply.ticket) }, "Timeline")));
}

function said(reply, ctx) {
  return h("div.bubble.relayed", {}, h("p.who", {}, reply.name), h("p.words", {}, reply.text), ctx.buttons(reply.buttons));
}
