// Saves a form while it is filled in, and says so. <form data-autosave="/my/applications/7/draft"> and somewhere [data-autosave-status].
// The address takes the form's fields by POST and answers {"saved": "14:32", "version": 3}; "version" goes back with the next save
// as the field of that name; "computed" are texts for the places marked data-computed. A refusal is {"error": {"sentence": "…"}}. Nothing is kept in the browser: what could not be saved
// stays on the page, is tried again, and leaving the page asks first. Files are never part of it: upload.js sends them at once.
for (const form of document.querySelectorAll("form[data-autosave]")) {
  const status = document.querySelector("[data-autosave-status]");
  const again = [3, 6, 12, 24, 48];
  let timer = 0, saving = false, changed = false, failures = 0, blocked = false;

  const content = () => {
    const all = new FormData(form);
    for (const [name, value] of [...all]) if (value instanceof File) all.delete(name);
    return all;
  };
  let saved = new URLSearchParams(content()).toString();

  const say = (words, bad = false, link = null) => {
    if (!status) return;
    status.replaceChildren(words);
    status.classList.toggle("bad", bad);
    if (link) {
      const anchor = document.createElement("a");
      anchor.href = link.href;
      anchor.target = "_blank";
      anchor.textContent = link.text;
      status.append(" ", anchor);
    }
  };
  const later = (seconds) => { clearTimeout(timer); timer = setTimeout(save, seconds * 1000); };
  const fail = (words, link = null) => {
    say(words, true, link);
    later(again[Math.min(failures++, again.length - 1)]);
  };

  async function save() {
    const now = new URLSearchParams(content());
    if (saving || blocked || now.toString() === saved) { changed = changed && now.toString() !== saved; return; }
    saving = true;
    say("正在保存…");
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: now, headers: { Accept: "application/json" }, redirect: "manual" });
      const body = answer.headers.get("content-type")?.includes("json") ? await answer.json() : {};
      if (answer.ok) {
        saved = now.toString();
        failures = 0;
        if (body.version !== undefined && form.elements.version) {
          form.elements.version.value = body.version;
          now.set("version", body.version);
          saved = now.toString();
        }
        for (const place of document.querySelectorAll("[data-computed]")) place.textContent = body.computed?.[place.dataset.computed] || "填好后自动计算";
        changed = new URLSearchParams(content()).toString() !== saved;
        say("草稿已于 " + (body.saved ?? new Date().toTimeString().slice(0, 5)) + " 保存");
        if (changed) later(1);
      } else if (answer.status === 401 || answer.status === 403 || answer.type === "opaqueredirect") {
        blocked = true;
        say("登录已过期，内容仍在本页，还没有保存。", true, { href: "/sign-in", text: "在新窗口登录" });
      } else if (answer.status === 409) {
        blocked = true;
        say(body.error?.sentence ?? "这份草稿刚在别处改过，内容仍在本页。", true, { href: location.href, text: "打开最新的草稿" });
      } else if (answer.status === 422 || answer.status === 413) {
        say(body.error?.sentence ?? "有内容不能保存，请核对。", true);
        saved = now.toString();
      } else {
        fail("保存失败，内容仍在本页，正在重试");
      }
    } catch {
      fail("网络断开，内容仍在本页，正在重试");
    } finally {
      saving = false;
    }
  }

  form.addEventListener("input", () => { changed = true; later(1.5); });
  form.addEventListener("change", () => { changed = true; later(0.2); });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    changed = false;
    if (!saving) return;
    // A save under way would make this page's version an old one: go on as soon as it is done.
    event.preventDefault();
    const button = event.submitter;
    const wait = setInterval(() => { if (!saving) { clearInterval(wait); clearTimeout(timer); form.requestSubmit(button); } }, 50);
  });
  addEventListener("online", () => later(0));
  addEventListener("beforeunload", (event) => { if (changed && new URLSearchParams(content()).toString() !== saved) event.preventDefault(); });
  document.addEventListener("hall:token", () => { blocked = false; failures = 0; later(0); });
}
