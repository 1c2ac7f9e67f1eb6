// Sends a chosen file at once, shows how far it is, and puts the server's new row in place of the old one.
// Without this the same form has its own button. A failed upload touches nothing else on the page.
function replaceRow(row, html, done) {
  const holder = document.createElement("template");
  holder.innerHTML = html;  // our own server's fragment, escaped there
  const fresh = holder.content.querySelector("[data-upload-row]");
  if (!fresh) return holder.content.querySelector(".alert p")?.childNodes ?? [];
  row.replaceWith(fresh);
  prepare(fresh);
  window.htmx?.process(fresh);  // a card that is still being checked asks again by itself
  const refused = fresh.querySelector(".err")?.textContent;
  const status = fresh.querySelector("[data-upload-status]");
  // What the row shows already is only said aloud.
  const shown = refused ?? fresh.querySelector(".checks .no")?.textContent;
  status?.classList.toggle("sr", Boolean(shown));
  status?.append(shown ?? done);
  fresh.querySelector("input[type=file]")?.focus();
  document.dispatchEvent(new CustomEvent("hall:uploaded", { detail: { row: fresh.id } }));
  return null;
}

function send(form, row) {
  const status = row.querySelector("[data-upload-status]");
  const progress = row.querySelector("progress");
  const request = new XMLHttpRequest();
  const end = (...words) => {
    if (progress) progress.hidden = true;
    form.removeAttribute("aria-busy");
    status?.replaceChildren(...words);
  };
  request.open("POST", form.action);
  request.setRequestHeader("X-Fragment", "1");
  request.upload.addEventListener("progress", (event) => {
    if (!progress || !event.lengthComputable) return;
    progress.value = Math.round(100 * event.loaded / event.total);
    if (status) status.textContent = event.loaded === event.total ? "正在检查…" : "已传 " + progress.value + "%";
  });
  request.addEventListener("load", () => {
    const refused = replaceRow(row, request.responseText, form.dataset.uploadDone ?? (form.hasAttribute("data-upload") ? "已上传" : "已删除"));
    if (refused) end(...refused.length ? refused : ["没有传成，请再选一次。其他材料不受影响。"]);
  });
  request.addEventListener("error", () => end("网络断开，没有传成，请再选一次。其他材料不受影响。"));
  request.addEventListener("timeout", () => end("网络太慢，没有传成，请再选一次。其他材料不受影响。"));
  if (progress) { progress.value = 0; progress.hidden = false; }
  form.setAttribute("aria-busy", "true");
  request.send(new FormData(form));
}

function prepare(row) {
  for (const form of row.querySelectorAll("form[data-upload]")) {
    const input = form.querySelector("input[type=file]");
    const button = form.querySelector("[data-upload-button]");
    if (button) button.hidden = true;
    input.addEventListener("change", () => { if (input.files.length && !form.hasAttribute("aria-busy")) send(form, row); });
    form.addEventListener("submit", (event) => { event.preventDefault(); if (input.files.length) send(form, row); });
  }
  for (const form of row.querySelectorAll("form[data-upload-part]")) {
    form.addEventListener("submit", (event) => { event.preventDefault(); send(form, row); });
  }
}
for (const row of document.querySelectorAll("[data-upload-row]")) prepare(row);
addEventListener("beforeunload", (event) => { if (document.querySelector("form[data-upload][aria-busy]")) event.preventDefault(); });
