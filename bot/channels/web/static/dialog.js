// Questions before a button acts: "are you sure", and "why".

import { h, newId } from "./dom.js";

/** Resolves to the reason ("" where none is wanted), or null where the person thought better of it. */
export function question(button) {
  if (!button.confirm && !button.ask_reason) return Promise.resolve("");
  return new Promise((resolve) => {
    const title = newId("ask"), field = newId("reason"), hint = newId("hint");
    const needed = button.ask_reason === "required";
    const reason = button.ask_reason
      ? h("textarea", { id: field, rows: 3, maxlength: 1000, required: needed, "aria-describedby": hint, onInput: (e) => e.target.removeAttribute("aria-invalid") })
      : null;
    let given = null;
    const dialog = h("dialog.ask", { "aria-labelledby": title, onClose: () => { dialog.remove(); resolve(given); } },
      h("form", { method: "dialog", novalidate: true, onSubmit: finish },
        h("h2", { id: title }, button.label),
        button.confirm ? h("p", {}, button.confirm) : null,
        reason ? h("div.field", {}, h("label", { for: field }, needed ? "Reason" : "Reason (optional)"), reason,
          h("p.hint", { id: hint }, "The people concerned will read this.")) : null,
        h("div.buttons", {},
          h("button.button", { type: "button", onClick: () => dialog.close() }, "Cancel"),
          h("button.button", { type: "submit", class: button.style === "danger" ? "danger" : "primary" }, button.label))));

    function finish(event) {
      event.preventDefault();
      if (needed && !reason.value.trim()) {
        reason.setAttribute("aria-invalid", "true");
        dialog.querySelector(".hint").textContent = "Please give a reason in a few words.";
        return reason.focus();
      }
      given = reason ? reason.value.trim() : "";
      dialog.close();
    }

    document.body.append(dialog);
    dialog.showModal();
    (reason ?? dialog.querySelector("[type=submit]")).focus();
  });
}
