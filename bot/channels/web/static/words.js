// Times and states in words.

const MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000;

const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

function span(ms) {
  if (ms < HOUR) return plural(Math.max(1, Math.round(ms / MINUTE)), "minute");
  if (ms < 2 * DAY) return plural(Math.round(ms / HOUR), "hour");
  return plural(Math.round(ms / DAY), "day");
}

export const exact = (iso) => new Date(iso).toLocaleString("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
export const clock = (iso) => new Date(iso).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

export function until(iso, now = Date.now()) {
  const left = new Date(iso) - now;
  return left <= 0 ? `expired ${exact(iso)}` : `expires in ${span(left)}, ${exact(iso)}`;
}

export function since(iso, now = Date.now()) {
  const gone = now - new Date(iso);
  if (gone < MINUTE) return "now";
  if (gone < HOUR) return `${Math.round(gone / MINUTE)} min`;
  if (gone < DAY) return clock(iso);
  return new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
}

/** A fingerprint's first twelve digits in groups of four, as people compare them. */
export const shortPrint = (print) => (print.slice(0, 12).match(/.{1,4}/g) ?? []).join(" ");

const TONES = {
  done: "good", approved: "good", resolved: "good", answered: "good", "already so": "good",
  running: "busy", "in progress": "busy", undoing: "busy",
  "waiting for approval": "wait", "waiting for proof": "wait", "waiting for requester": "wait", open: "wait", proposed: "wait", "with a human": "wait",
  stopped: "bad", failed: "bad", refused: "bad", declined: "bad",
};

/** good, busy, wait, bad or calm: how a state is coloured. */
export const tone = (state) => TONES[state] ?? "calm";

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export function listed(words, last = "and") {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

export function greeting() {
  const hour = new Date().getHours();
  return hour < 5 ? "Hello" : hour < 12 ? "Good morning" : hour < 18 ? "Good afternoon" : "Good evening";
}
