// A ticket from its first message on, in a drawer: messages, decisions, approvals, steps, audit entries.

import { get } from "./api.js";
import { change, chip } from "./cards.js";
import { h, icon, newId } from "./dom.js";
import { capital, exact, listed, shortPrint } from "./words.js";

export async function showTimeline(ticket, as, company) {
  const title = newId("timeline");
  const content = h("div.drawer-body", {}, h("p.hint", { role: "status" }, "Loading…"));
  const dialog = h("dialog.drawer", { "aria-labelledby": title, onClose: () => dialog.remove(), onClick: (e) => e.target === dialog && dialog.close() },
    h("header.drawer-head", {}, h("h2", { id: title }, `Timeline of ${ticket}`),
      h("button.icon-button", { type: "button", "aria-label": "Close the timeline", onClick: () => dialog.close() }, icon("cross"))),
    content);
  document.body.append(dialog);
  dialog.showModal();
  try {
    const told = await get(`/api/tickets/${encodeURIComponent(ticket)}/timeline`, { as });
    content.replaceChildren(...drawTimeline(told, company));
  } catch (error) {
    content.replaceChildren(h("p.error", { role: "alert" }, error.message));
  }
}

function drawTimeline(told, company) {
  const items = [
    ...told.said.map((m) => ({ at: m.at, order: 0, node: () => message(m, company) })),
    ...told.plans.map((p) => ({ at: p.created, order: 1, node: () => plan(p) })),
    ...told.plans.flatMap((p) => p.approvals.flatMap((a) => a.votes.map((v) => ({ at: v.at, order: 2, node: () => vote(a, v) })))),
    ...told.entries.map((e) => ({ at: e.at, order: 3, node: () => entry(e) })),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.order - b.order);
  const list = h("ol.timeline", {}, items.map((i) => i.node()));
  const audit = h("input", { type: "checkbox", checked: true, onChange: () => list.classList.toggle("no-entries", !audit.checked) });
  return [
    h("div.drawer-summary", {}, chip(told.ticket.status), h("p", {}, told.ticket.summary),
      h("p.hint", {}, `Opened by ${told.ticket.name}, ${exact(told.ticket.created)}`),
      told.ticket.assignee ? h("p.hint", {}, `Taken by ${company.name(told.ticket.assignee)}`) : null,
      told.spent ? h("p.hint", {}, told.spent) : null),
    h("label.toggle", {}, audit, `Show the audit ledger (${told.entries.length})`),
    list,
  ];
}

const item = (kind, mark, at, ...content) => h("li.event", { class: kind }, h("span.event-mark", {}, icon(mark)), h("div.event-body", {}, h("time", { datetime: at }, exact(at)), ...content));

const message = (m, company) => item("message", "person", m.at, h("p", {}, h("strong", {}, company.name(m.person)), " said"), h("p.own-words.words", {}, m.text));

const vote = (a, v) => item("vote", v.approve ? "check" : "cross", v.at, h("p", {}, h("strong", {}, v.name), v.approve ? " approved" : " declined", ` for ${a.kind}`), v.reason ? h("p.own-words.words", {}, v.reason) : null);

const entry = (e) => item("entry", "lock", e.at, h("p", {}, h("code", {}, `#${e.number}`), ` ${e.kind} · ${e.actor} · `, h("code", {}, e.hash)),
  Object.keys(e.data).length ? h("details", {}, h("summary", {}, "Details"), h("pre", { tabindex: 0 }, JSON.stringify(e.data, null, 2))) : null);

function plan(p) {
  return item("decision", "list", p.created,
    h("div.approval-line", {}, h("strong", {}, "Plan and decision"), chip(p.state)),
    p.note ? h("p", {}, p.note) : null,
    h("h3", {}, "Rules that fired"),
    p.reasons.length ? h("ul.rules", {}, p.reasons.map((r) => h("li", {}, h("span.rule", {}, r.rule), " ", r.because))) : h("p.hint", {}, "None: nothing stood in the way."),
    h("h3", {}, "Steps"),
    h("ol.plain-steps", {}, p.steps.map(step)),
    p.approvals.length ? h("h3", {}, "Approvals") : null,
    p.approvals.length ? h("ul.rules", {}, p.approvals.map((a) => h("li", {}, h("div.approval-line", {}, h("span", {}, `${capital(a.kind)}: ${listed(a.who)}`), chip(a.state)), h("p.hint", {}, `Asked ${exact(a.opened)}, open until ${exact(a.expires)}`)))) : null,
    h("p.hint", {}, "Fingerprint ", h("code", {}, shortPrint(p.fingerprint))));
}

const step = (s) => h("li", {},
  h("div.approval-line", {}, h("span", {}, s.sentence), chip(s.state)),
  s.before || s.after ? change(s) : null,
  s.because ? h("p.because", {}, s.because, s.rule ? h("span.rule", {}, s.rule) : null) : null,
  s.reasons.length ? h("details", {}, h("summary", {}, `Judged: ${s.verdict}, by ${s.reasons.length} ${s.reasons.length === 1 ? "rule" : "rules"}`), h("ul.rules", {}, s.reasons.map((r) => h("li", {}, h("span.rule", {}, r.rule), " ", r.because)))) : null,
  s.said ? h("p.step-said", {}, s.said) : null);
