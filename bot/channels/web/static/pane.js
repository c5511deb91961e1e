// One conversation: who looks, its threads, the open thread, the message box.

import { follow, get, newKey, post } from "./api.js";
import { chip, draw, spoken } from "./cards.js";
import { combobox } from "./combobox.js";
import { question } from "./dialog.js";
import { announce, avatar, deskFace, h, icon } from "./dom.js";
import { showTimeline } from "./timeline.js";
import { clock, exact, greeting, since } from "./words.js";

const STUCK = 10_000, NOW_AND_THEN = 15_000;

/** Whether the card around this element has been pressed and waits for what comes of it. Its buttons keep the focus meanwhile. */
const resting = (element) => Boolean(element.closest("[aria-busy]"));

export class Pane {
  /** `kind` is "employee" or "desk"; `remember(email)` keeps the choice of person. */
  constructor(root, kind, company, email, remember) {
    Object.assign(this, { root, kind, company, remember, person: null, threads: [], thread: "", posts: new Map(), said: new Map(), nodes: new Map(), fresh: new Set(), openOnly: kind === "desk", wants: 0, sending: Promise.resolve(), following: true, restsAt: 0 });
    this.build();
    this.become(email);
    this.lookNowAndThen();
  }

  get desk() { return this.kind === "desk"; }
  get conversation() { return this.desk ? "helpdesk" : this.person.email; }

  // The frame -------------------------------------------------------------------------------------------------------------------

  build() {
    const heading = this.desk ? "Help desk" : "Employee";
    const people = () => this.company.switchable(this.kind);
    this.face = h("span.face");
    this.title = h("p.person-title");
    this.switcher = combobox({ id: `${this.kind}-person`, label: this.desk ? "Analyst who looks" : "Employee who speaks", options: people, onPick: (o) => this.become(o.value), placeholder: "Search people" });
    this.offline = h("p.offline", { role: "status" });
    this.rows = h("ul.rows");
    this.log = h("div.log", { role: "log", "aria-live": "off", "aria-label": this.desk ? "Help desk thread" : "Conversation", tabindex: 0, onScroll: () => this.scrolled() });
    this.threadHead = h("header.thread-head");
    this.failure = h("p.error", { role: "alert" });
    this.text = h("textarea", { id: `${this.kind}-text`, rows: 1, "aria-label": this.desk ? "Write in this ticket's thread" : "Message to Bellhop", "aria-describedby": `${this.kind}-keys`, onKeydown: (e) => this.key(e), onInput: () => this.grow() });
    this.sendButton = h("button.send", { type: "submit", "aria-label": "Send" }, icon("send"));
    this.composer = h("form.composer", { onSubmit: (e) => { e.preventDefault(); this.send(); } }, this.failure,
      h("div.composer-box", {}, this.text, this.sendButton),
      h("p.hint.keys", { id: `${this.kind}-keys` }, "Enter sends · Shift+Enter makes a new line"));
    this.figures = h("a.link", { href: "/analytics" }, "Analytics");
    const filter = h("button.link", { type: "button", onClick: () => this.toggleOpen(filter) }, "Show all");
    this.body = h("div.pane-body", {},
      h("nav.threads", { "aria-label": this.desk ? "Queue" : "Threads" },
        h("div.threads-head", {}, h("h3", {}, this.desk ? "Queue" : "Threads"),
          this.desk ? filter : h("button.button.small", { type: "button", onClick: () => this.show("") }, icon("plus"), "New")),
        this.rows,
        this.desk ? h("p.threads-foot", {}, this.figures) : null),
      h("div.thread", {}, this.threadHead, this.log, this.composer));
    this.root.replaceChildren(
      h("header.pane-head", {},
        h("div.pane-title", {}, h("h2", { id: `${this.kind}-heading` }, heading), h("p.hint", {}, this.desk ? "The channel that analysts see" : "What one colleague sees")),
        h("div.switcher", {}, this.face, h("div.switcher-text", {}, this.switcher.element, this.title))),
      this.offline, this.body);
  }

  toggleOpen(button) {
    this.openOnly = !this.openOnly;
    button.textContent = this.openOnly ? "Show all" : "Show open ones";
    this.drawRows();
  }

  /** Looks with somebody's eyes from now on, at this ticket's thread if it is said. */
  become(email, ticket = "") {
    this.stop?.();
    this.person = this.company.people.get(email) ?? null;
    if (!this.person) return this.nobody();
    this.switcher.set(email);
    this.face.replaceChildren(avatar(this.person.name));
    this.title.textContent = [this.person.title, this.person.department].filter(Boolean).join(" · ");
    this.remember(email);
    this.figures.href = `/analytics?${new URLSearchParams({ as: email })}`;
    Object.assign(this, { threads: [], thread: "", fresh: new Set(), wanted: ticket });
    this.posts.clear();
    this.said.clear();
    this.drawRows();
    this.show("", { focus: false });
    this.settled = false;
    this.stop = follow(email, this.conversation, {
      reload: () => this.reload(), onPost: (p) => this.onPost(p), onSaid: (m) => this.onSaid(m),
      onState: (up) => { this.offline.textContent = up ? "" : "The connection was lost. Trying again…"; },
    });
  }

  nobody() {
    this.log.replaceChildren(h("p.hint", {}, this.desk ? "Nobody works at the help desk yet: its group it-helpdesk is empty." : "There are no people yet. Load a company first."));
    this.composer.hidden = true;
  }

  // What is shown ---------------------------------------------------------------------------------------------------------------

  async reload() {
    await this.loadThreads();
    if (this.thread) return this.loadThread(this.thread);
    const wanted = this.threads.find((t) => t.ticket.id === this.wanted);
    if (!this.settled && this.threads.length && !this.composerBusy()) this.show((wanted ?? this.listed()[0])?.thread ?? "", { focus: false, list: !wanted });
    this.settled = true;
  }

  async loadThreads() {
    const mine = ++this.wants, person = this.person;
    try {
      const { threads } = await get("/api/threads", { as: person.email, conversation: this.conversation });
      if (mine !== this.wants || person !== this.person) return;
      this.threads = threads;
      this.drawRows();
      this.drawHead();
    } catch (error) {
      if (!this.offline.textContent) this.failure.textContent = error.message;
    }
  }

  async loadThread(thread) {
    const person = this.person;
    try {
      const told = await get("/api/posts", { as: person.email, conversation: this.conversation, thread });
      if (person !== this.person) return;
      told.posts.forEach((p) => this.keep(p));
      told.said.forEach((m) => this.said.set(m.id, m));
      if (this.thread === thread) this.drawLog();
    } catch (error) {
      this.failure.textContent = error.message;
    }
  }

  keep(p) {
    const key = `${p.thread}|${p.ticket}|${p.key}`;
    const known = this.posts.get(key);
    if (known && known.version >= p.version && known.id === p.id) return null;
    this.posts.set(key, p);
    return key;
  }

  onPost(p) {
    const fresh = this.keep(p);
    this.refreshSoon();
    if (!fresh) return;
    if (p.thread !== this.thread) {
      this.fresh.add(p.thread);
      if (!this.thread && !this.composerBusy()) this.show(p.thread, { focus: false, list: true });
      return this.drawRows();
    }
    this.waiting = false;
    this.drawLog();
    const words = spoken(p.reply);
    if (words) announce(`${this.desk ? "Help desk" : "Bellhop"}: ${words}`);
  }

  composerBusy() { return Boolean(this.text.value) || this.composer.contains(document.activeElement); }

  onSaid(m) {
    this.said.set(m.id, m);
    this.refreshSoon();
    if (m.thread === this.thread) this.drawLog();
  }

  /** A ticket's status changes around its posts, not with them, and sometimes with none here: hence the second and the slow look. */
  refreshSoon() {
    this.looks?.forEach(clearTimeout);
    this.looks = [120, 500, 1500].map((ms) => setTimeout(() => this.loadThreads(), ms));
  }

  lookNowAndThen() {
    setInterval(() => { if (this.person && !document.hidden) this.loadThreads(); }, NOW_AND_THEN);
  }

  /** Opens a thread; "" is the place where a new one begins. `list` keeps the list in sight where only one of both fits. */
  show(thread, { focus = true, list = false } = {}) {
    this.thread = thread;
    this.settled = true;
    this.waiting = false;
    this.failure.textContent = "";
    this.fresh.delete(thread);
    this.body.classList.toggle("reading", !list);
    this.composer.hidden = this.desk && !thread;
    this.text.placeholder = this.desk ? `Write in ${thread || "a ticket"}’s thread` : thread ? "Reply to Bellhop" : "Ask, or say what you need";
    this.drawRows();
    this.drawHead();
    this.nodes.clear();
    this.drawLog({ jump: true });
    if (thread) this.loadThread(thread);
    if (focus && !this.composer.hidden) this.text.focus();
  }

  // Drawing ---------------------------------------------------------------------------------------------------------------------

  listed() {
    const closed = ["resolved", "closed", "answered"];
    return this.threads.filter((t) => !this.openOnly || !closed.includes(t.ticket.status) || t.thread === this.thread);
  }

  drawRows() {
    const rows = this.listed();
    const held = this.rows.contains(document.activeElement) ? document.activeElement.dataset.thread : null;
    this.rows.replaceChildren(...rows.map((t) => this.row(t)));
    if (!rows.length) this.rows.append(h("li.hint.none", {}, this.desk ? "Nothing is waiting." : "No threads yet."));
    if (held) [...this.rows.querySelectorAll("button")].find((b) => b.dataset.thread === held)?.focus();
  }

  row(t) {
    const fresh = this.fresh.has(t.thread);
    return h("li", {}, h("button.row", { type: "button", "data-thread": t.thread, "aria-current": t.thread === this.thread ? "true" : null, class: fresh ? "fresh" : "", onClick: () => this.show(t.thread) },
      h("span.row-top", {}, h("span.row-id", {}, t.ticket.id), fresh ? h("span.new", {}, "Unread") : null, h("time", { datetime: t.at, title: exact(t.at) }, since(t.at))),
      h("span.row-title", {}, t.ticket.summary || "(no words yet)"),
      h("span.row-foot", {}, this.desk || !t.own ? h("span.row-from", {}, this.desk ? t.ticket.name : `From ${t.ticket.name}`) : null, chip(t.ticket.status))));
  }

  /** Draws the head anew only where it says something new: a dialog that closes gives the focus back to a button here. */
  drawHead() {
    const row = this.threads.find((t) => t.thread === this.thread);
    const shows = JSON.stringify([this.thread, this.person.email, row?.ticket.id, row?.ticket.summary, row?.ticket.status, row?.ticket.assignee]);
    if (shows === this.headShows) return;
    this.headShows = shows;
    const back = h("button.icon-button.back", { type: "button", "aria-label": "Back to the list", onClick: () => { this.body.classList.remove("reading"); this.rows.querySelector("[aria-current]")?.focus(); } }, icon("back"));
    if (!this.thread) return this.threadHead.replaceChildren(back, h("h3", {}, this.desk ? "No ticket chosen" : "New request"));
    this.threadHead.replaceChildren(back,
      h("div.thread-title", {}, h("h3", {}, row?.ticket.summary || "New request"),
        row ? h("p.thread-meta", {}, h("span", {}, row.ticket.id), chip(row.ticket.status), row.ticket.assignee ? h("span", {}, `Taken by ${this.company.name(row.ticket.assignee)}`) : null) : null),
      row ? h("button.button.small", { type: "button", onClick: () => this.timeline(row.ticket.id) }, icon("clock"), "Timeline") : null);
  }

  items() {
    const posts = [...this.posts].filter(([, p]) => p.thread === this.thread).map(([key, p]) => ({ at: p.at, order: 1, id: p.id, key, version: p.version, node: () => this.postNode(key, p) }));
    const said = [...this.said.values()].filter((m) => m.thread === this.thread).map((m) => ({ at: m.at, order: 0, id: 0, key: m.id, version: m.text, node: () => this.saidNode(m) }));
    return [...posts, ...said].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.order - b.order || a.id - b.id);
  }

  /** Brings the log up to date. What has not changed keeps its element, so that a half-filled form survives what happens around it. */
  drawLog({ jump = false } = {}) {
    const newest = [...this.nodes.keys()].at(-1);
    this.keepingFocus(() => {
      const old = this.nodes;
      this.nodes = new Map(this.items().map((i) => [i.key, old.get(i.key)?.version === i.version ? old.get(i.key) : { version: i.version, node: i.node() }]));
      const extra = !this.thread ? [this.welcome()] : this.waiting ? [this.thinking()] : [];
      this.arrange([...[...this.nodes.values()].map((n) => n.node), ...extra]);
    });
    if (jump || (this.following && [...this.nodes.keys()].at(-1) !== newest)) this.toEnd();
  }

  /** Makes these the log's children without moving the ones that stand right already: moving an element takes its focus. */
  arrange(wanted) {
    const keep = new Set(wanted);
    [...this.log.children].forEach((n) => keep.has(n) || n.remove());
    wanted.forEach((n, at) => this.log.children[at] === n || this.log.insertBefore(n, this.log.children[at] ?? null));
  }

  keepingFocus(change) {
    const held = this.log.contains(document.activeElement) ? document.activeElement : null;
    const post = held?.closest("[data-key].entry-row")?.dataset.key, control = held?.dataset.key;
    change();
    if (!post || this.log.contains(held)) return;
    const row = [...this.log.children].find((n) => n.dataset.key === post);
    const same = row && control ? [...row.querySelectorAll("[data-key]")].find((n) => n.dataset.key === control) : null;
    (same ?? row ?? this.log).focus();
  }

  /** Scrolls to the end, but never past the beginning of what came last: a long card is read from its top. */
  toEnd() {
    this.following = true;
    requestAnimationFrame(() => {
      const last = [...this.nodes.values()].at(-1)?.node;
      const top = last && !this.waiting ? last.offsetTop - this.log.offsetTop - 16 : Infinity;
      this.log.scrollTop = Math.min(this.log.scrollHeight - this.log.clientHeight, top);
      this.restsAt = this.log.scrollTop;
    });
  }

  /** Whoever scrolls away by hand is left alone until they come back to the end. */
  scrolled() {
    if (Math.abs(this.log.scrollTop - this.restsAt) < 4) return;
    this.following = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
  }

  postNode(key, p) {
    const ctx = this.context(p);
    return h("div.entry-row.from-desk", { "data-key": key, "data-kind": p.reply.kind, tabindex: -1 },
      p.reply.kind === "said" ? avatar(p.reply.name) : deskFace(),
      h("div.entry", {}, draw(p.reply, ctx), ctx.error), h("time.when", { datetime: p.at, title: exact(p.at) }, clock(p.at)));
  }

  saidNode(m) {
    const own = m.person === this.person.email;
    const name = this.company.name(m.person);
    return h("div.entry-row", { "data-key": m.id, class: own ? "from-me" : "from-other", tabindex: -1 }, own ? null : avatar(name),
      h("div.entry", {}, h("div.bubble", {}, h("p.who", { class: own ? "hidden-text" : "" }, own ? "You" : name), h("p.words", {}, m.text))),
      h("time.when", { datetime: m.at, title: exact(m.at) }, clock(m.at)));
  }

  thinking() {
    return h("div.entry-row.from-desk.thinking", {}, deskFace(), h("div.entry", {}, h("div.dots", { role: "status" }, h("span.hidden-text", {}, "Bellhop is reading"), h("i"), h("i"), h("i"))));
  }

  welcome() {
    if (this.desk) return h("div.welcome", {}, h("p.welcome-title", {}, "All quiet"), h("p", {}, "Tickets that need a human, and plans that need an approval, arrive here by themselves."));
    const wishes = this.company.suggestions;
    return h("div.welcome", {}, h("p.welcome-title", {}, `${greeting()}, ${this.person.name.split(" ")[0]}.`), h("p", {}, "What do you need? Ask in your own words."),
      h("ul.wishes", {}, wishes.map((w) => h("li", {}, h("button.wish", { type: "button", onClick: () => { this.text.value = w; this.grow(); this.text.focus(); } }, w)))));
  }

  // Doing -----------------------------------------------------------------------------------------------------------------------

  context(p) {
    const error = h("p.error", { role: "alert" });
    const ctx = {
      as: this.person.email, company: this.company, desk: this.desk, ticket: p.ticket, error, name: (email) => this.company.name(email),
      timeline: (ticket) => this.timeline(ticket),
      lookAs: (name) => this.company.lookAs(name, p.ticket),
      click: (what) => this.click(p, what, error),
      bareButtons: (list) => (list ?? []).map((b) => this.button(p, b, error)),
      buttons: (list, ...more) => (list?.length || more.length ? h("div.buttons", {}, ctx.bareButtons(list), more) : null),
    };
    return ctx;
  }

  button(p, b, error) {
    return h("button.button", { type: "button", class: b.style, "data-key": `${b.verb}/${b.ref}`, onClick: async () => {
      if (resting(error)) return;
      const reason = await question(b);
      if (reason !== null) this.click(p, { verb: b.verb, ref: b.ref, values: b.ask_reason ? { reason } : {} }, error).catch((e) => { error.textContent = e.message; });
    } }, b.label);
  }

  /** Sends a click; the card's buttons rest until the card changes, or a while has passed. */
  async click(p, { verb, ref, values }, error) {
    if (resting(error)) return;
    error.textContent = "";
    const row = error.closest(".entry-row");
    const rest = (on) => row?.querySelectorAll("button").forEach((b) => (on ? b.setAttribute("aria-disabled", "true") : b.removeAttribute("aria-disabled")));
    rest(true);
    row?.setAttribute("aria-busy", "true");
    const free = () => { rest(false); row?.removeAttribute("aria-busy"); };
    try {
      await post("/api/clicks", { as: this.person.email, place: { conversation: this.conversation, thread: p.thread }, verb, ref, values, id: newKey() });
      setTimeout(free, STUCK);
    } catch (failure) {
      free();
      error.textContent = failure.message;
      if (verb === "form") throw failure;
    }
  }

  timeline(ticket) { return showTimeline(ticket, this.person.email, this.company); }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.send();
    }
  }

  grow() {
    this.text.rows = Math.min(8, Math.max(1, this.text.value.split("\n").length));
  }

  /** Shows the words at once and sends them; those that cannot be sent come back into the box. */
  send() {
    const text = this.text.value.trim();
    if (!text) return;
    const opened = !this.thread, thread = this.thread || `t-${newKey().slice(0, 12)}`;
    if (opened) this.show(thread);
    this.failure.textContent = "";
    this.text.value = "";
    this.grow();
    const id = newKey(), said = { id: `web:${this.person.email}:${id}`, person: this.person.email, text, at: new Date().toISOString(), thread };
    this.said.set(said.id, said);
    this.waiting = !this.desk;
    this.drawLog({ jump: true });
    this.sending = this.sending.then(() => this.deliver(said, id, opened));
  }

  async deliver(said, id, opened) {
    const conversation = this.desk ? "helpdesk" : said.person;
    try {
      const taken = await post("/api/messages", { as: said.person, conversation, thread: said.thread, text: said.text, id });
      if (this.said.get(said.id) === said) this.said.set(said.id, { ...said, at: taken.at });
      this.refreshSoon();
    } catch (error) {
      this.said.delete(said.id);
      this.waiting = false;
      if (opened && this.thread === said.thread) this.show("");
      else this.drawLog();
      this.text.value ||= said.text;
      this.grow();
      this.failure.textContent = error.message;
    }
  }
}
