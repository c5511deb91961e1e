// Talks to the server. Failures become Errors whose message is the server's own sentence.

async function answer(response) {
  const data = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(data.error ?? `The desk did not answer as expected (${response.status}).`);
  return data;
}

const reach = (request) => request.catch(() => { throw new Error("The desk cannot be reached just now. Nothing was sent."); });

export const get = async (path, query = {}) => answer(await reach(fetch(`${path}?${new URLSearchParams(query)}`)));

export const post = async (path, data) =>
  answer(await reach(fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) })));

export async function upload(as, file) {
  const form = new FormData();
  form.append("file", file);
  return answer(await reach(fetch(`/api/files?${new URLSearchParams({ as })}`, { method: "POST", body: form })));
}

export const newKey = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");

/**
 * Follows a conversation. The browser reconnects by itself and says what it saw last; `reload` is called where that is not
 * enough, and once at the start. Returns a function that stops it.
 */
export function follow(as, conversation, { reload, onPost, onSaid, onState }) {
  let source, timer, stopped = false;
  function open() {
    source = new EventSource(`/events?${new URLSearchParams({ as, conversation })}`);
    let first = true;
    source.addEventListener("hello", () => { onState(true); if (first) reload(); first = false; });
    source.addEventListener("refresh", () => { onState(true); first = false; reload(); });
    source.addEventListener("post", (e) => onPost(JSON.parse(e.data)));
    source.addEventListener("said", (e) => onSaid(JSON.parse(e.data)));
    source.onerror = () => {
      onState(false);
      if (source.readyState === EventSource.CLOSED && !stopped) timer = setTimeout(open, 3000);
    };
  }
  open();
  return () => { stopped = true; clearTimeout(timer); source.close(); };
}
