// Shows a page that has no other script in the colours chosen on the chat page.

const chosen = localStorage.getItem("bellhop-theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
document.documentElement.dataset.theme = chosen;
