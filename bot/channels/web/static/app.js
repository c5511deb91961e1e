// Starts the page: the company, two panes, the colour theme, the phone's tabs.

import { get } from "./api.js";
import { h, icon } from "./dom.js";
import { Pane } from "./pane.js";

const SUGGESTIONS = [
  "Why isn't my Microsoft Teams microphone working?",
  "Remove John's access to email and Slack.",
  "Provision a laptop with standard apps for Jane and ship it to her home.",
  "I need Figma for two weeks.",
];

class Company {
  constructor(told) {
    this.title = told.company;
    this.demo = told.demo;
    this.helpdesk = told.helpdesk;
    this.welcomed = told.welcomed;
    this.people = new Map(told.people.map((p) => [p.email, p]));
    this.systems = told.systems;
    this.groups = told.groups;
    this.suggestions = SUGGESTIONS;
    this.peopleOptions = told.people.map((p) => ({ value: p.email, label: p.name, detail: [p.title, p.department].filter(Boolean).join(" · ") }));
  }

  name(email) { return this.people.get(email)?.name ?? (email === "bellhop@desk.internal" ? "Bellhop" : email); }

  /** The e-mail address of the one active person of this name; null where there is none or more than one. */
  emailOf(name) {
    const found = [...this.people.values()].filter((p) => p.name === name && p.active);
    return found.length === 1 ? found[0].email : null;
  }

  /** Shows a ticket on the employee's side with this person's eyes. */
  lookAs(name, ticket) {
    document.getElementById("tab-employee").click();
    this.employee.become(this.emailOf(name), ticket);
    document.getElementById("employee-person").focus();
  }

  /** Shows a ticket as the help desk's analysts see it. */
  lookAtDesk(ticket) {
    document.getElementById("tab-desk").click();
    this.desk.show(ticket);
  }

  switchable(kind) {
    return this.peopleOptions.filter((o) => { const p = this.people.get(o.value); return p.active && (kind !== "desk" || p.analyst); });
  }

  first(kind, wanted) {
    const able = this.switchable(kind).map((o) => o.value);
    if (able.includes(wanted)) return wanted;
    return kind === "desk" ? able[0] : able.find((e) => e === this.welcomed) ?? able.find((e) => !this.people.get(e).analyst) ?? able[0];
  }
}

const kept = {
  read(name) { return new URLSearchParams(location.search).get(name) ?? localStorage.getItem(`bellhop-${name}`); },
  write(name, value) {
    localStorage.setItem(`bellhop-${name}`, value);
    const query = new URLSearchParams(location.search);
    query.set(name, value);
    history.replaceState(null, "", `?${query}`);
  },
};

function theme() {
  const button = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = localStorage.getItem("bellhop-theme");
  function show() {
    const isDark = chosen ? chosen === "dark" : dark.matches;
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    button.setAttribute("aria-label", isDark ? "Switch to light colours" : "Switch to dark colours");
    button.replaceChildren(icon(isDark ? "sun" : "moon"));
  }
  button.addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("bellhop-theme", chosen);
    show();
  });
  dark.addEventListener("change", show);
  show();
}

function tabs() {
  const all = [...document.querySelectorAll("[role=tab]")];
  const main = document.getElementById("main");
  function choose(tab) {
    all.forEach((t) => { t.setAttribute("aria-selected", String(t === tab)); t.tabIndex = t === tab ? 0 : -1; });
    main.dataset.view = tab.getAttribute("aria-controls");
    document.querySelector(".skip").href = `#${main.dataset.view}-text`;
  }
  all.forEach((tab, n) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (e) => {
      if (e.key !== "ArrowRight" && e.key !== "ArrowLeft") return;
      const next = all[(n + 1) % all.length];
      choose(next);
      next.focus();
    });
  });
}

function heading(company) {
  document.getElementById("company").textContent = `The IT help desk of ${company.title}`;
  document.title = `Bellhop · ${company.title}`;
  document.getElementById("demo-note").hidden = !company.demo;
}

async function start() {
  theme();
  tabs();
  try {
    const company = new Company(await get("/api/me-list"));
    heading(company);
    for (const [kind, name] of [["employee", "as"], ["desk", "desk"]]) {
      const pane = new Pane(document.getElementById(kind), kind, company, company.first(kind, kept.read(name)), (email) => kept.write(name, email));
      company[kind] = pane;
    }
  } catch (error) {
    document.getElementById("main").replaceChildren(h("p.fatal", { role: "alert" }, error.message));
  }
}

start();
