// Recent searches, kept on this device alone: shown when the empty search box gets the focus, cleared with one click, never sent anywhere.
// A page of results says what was searched: <ul data-words="…">. Where the device keeps nothing, nothing is shown.
const KEY = "hall.recent", MOST = 8;
const read = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string").slice(0, MOST) : [];
  } catch { return []; }
};
const write = (words) => {
  try {
    if (words.length) localStorage.setItem(KEY, JSON.stringify(words));
    else localStorage.removeItem(KEY);
  } catch { /* a private window keeps nothing */ }
};
const found = document.querySelector("[data-words]")?.dataset.words.trim();
// What could be the number of somebody is not kept, not even here: others may use the device.
if (found && found.length <= 40 && !/\d{6}/.test(found)) write([found, ...read().filter((one) => one !== found)].slice(0, MOST));

for (const form of document.querySelectorAll("[data-suggest]")) {
  const input = form.querySelector("input[name=q]");
  const box = document.createElement("div");
  box.className = "suggest recent";
  box.hidden = true;
  form.append(box);
  const close = () => { box.hidden = true; };
  const show = () => {
    const words = read();
    if (input.value.trim() || !words.length) { close(); return; }
    const title = document.createElement("p");
    title.textContent = "最近搜过";
    const clear = document.createElement("button");
    clear.type = "button";
    clear.textContent = "清空";
    clear.setAttribute("aria-label", "清空最近搜过的词");
    clear.addEventListener("click", () => { write([]); close(); input.focus(); });
    title.append(clear);
    const list = document.createElement("ul");
    list.append(...words.map((word) => {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.href = form.action + "?q=" + encodeURIComponent(word);
      link.textContent = word;
      line.append(link);
      return line;
    }));
    box.replaceChildren(title, list);
    box.hidden = false;
  };
  input.addEventListener("focus", show);
  input.addEventListener("input", show);
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) close(); });
  form.addEventListener("keydown", (event) => { if (event.key === "Escape" && !box.hidden) { close(); input.focus(); box.hidden = true; } });
  box.addEventListener("mousedown", (event) => { if (event.target.closest("a, button")) event.preventDefault(); });
}
