// Suggestions under the search box, as an ARIA combobox. Without this the box is a plain form.
// <form data-suggest="/search/suggest"> answers ?q= with {"suggestions": [{"text", "kind", "href", "marks"}]}, at most 8 are shown;
// `marks` are the [start, end] stretches of the text that were typed.
for (const form of document.querySelectorAll("[data-suggest]")) {
  const input = form.querySelector("input[name=q]");
  const list = document.createElement("ul");
  list.className = "suggest";
  list.id = input.id + "-suggest";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "搜索联想");
  form.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let at = -1, timer = 0, asked = "", inquiry = null, composing = false;

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    const options = [...list.children];
    const places = options.length + 1;  // the options and, at -1, the box itself
    at = (next + 1 + places) % places - 1;
    options.forEach((option, n) => {
      option.classList.toggle("is-on", n === at);
      option.setAttribute("aria-selected", String(n === at));
    });
    if (at >= 0) input.setAttribute("aria-activedescendant", options[at].id);
    else input.removeAttribute("aria-activedescendant");
  };
  const emphasised = (text, marks) => {
    const span = document.createElement("span");
    let done = 0;
    for (const [start, end] of marks) {
      const strong = document.createElement("mark");
      strong.textContent = text.slice(start, end);
      span.append(text.slice(done, start), strong);
      done = end;
    }
    span.append(text.slice(done));
    return span;
  };
  const show = (suggestions) => {
    list.replaceChildren(...suggestions.slice(0, 8).map((one, n) => {
      const option = document.createElement("li");
      option.id = list.id + "-" + n;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.href = one.href;
      const kind = document.createElement("small");
      kind.textContent = one.kind;
      option.append(emphasised(one.text, one.marks ?? []), kind);
      return option;
    }));
    list.hidden = list.children.length === 0;
    at = -1;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
  };
  const ask = async () => {
    const words = input.value.trim();
    if (!words) { asked = ""; close(); return; }
    if (words === asked && !list.hidden) return;
    asked = words;
    inquiry?.abort();
    inquiry = new AbortController();
    try {
      const answer = await fetch(form.dataset.suggest + "?q=" + encodeURIComponent(words), { headers: { Accept: "application/json" }, signal: inquiry.signal });
      if (answer.ok) show((await answer.json()).suggestions ?? []);
      else close();
    } catch (fault) {
      if (fault.name !== "AbortError") close();  // the form itself still works
    }
  };
  input.addEventListener("compositionstart", () => { composing = true; });
  input.addEventListener("compositionend", () => { composing = false; clearTimeout(timer); timer = setTimeout(ask, 150); });
  input.addEventListener("input", () => { if (!composing) { clearTimeout(timer); timer = setTimeout(ask, 150); } });
  input.addEventListener("keydown", (event) => {
    if (composing || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) { ask(); return; }
      event.preventDefault();
      mark(event.key === "ArrowDown" ? at + 1 : at - 1);
    } else if (event.key === "Enter" && at >= 0 && !list.hidden) {
      event.preventDefault();
      location.assign(list.children[at].dataset.href);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.href);
  });
}
