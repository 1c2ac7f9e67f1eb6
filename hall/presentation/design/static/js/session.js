// Two minutes before the session ends: a dialog that lets one go on. <body data-session="seconds">.
const page = document.body;
const warning = document.getElementById("session-warning");
if (page.dataset.session && warning) {
  let ends = Date.now() + Number(page.dataset.session) * 1000;
  const left = warning.querySelector("[data-session-left]");
  const form = () => new URLSearchParams({ csrfmiddlewaretoken: document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "" });
  const stay = async () => {
    let token = form();
    if (!token.get("csrfmiddlewaretoken")) {
      const fresh = await fetch("/session/token", { headers: { Accept: "application/json" } });
      token = new URLSearchParams({ csrfmiddlewaretoken: (await fresh.json()).token });
    }
    const answer = await fetch("/session/stay", { method: "POST", body: token, headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    ends = Date.now() + (await answer.json()).seconds * 1000;
    warning.close();
  };
  warning.querySelector("[data-session-stay]").addEventListener("click", () => {
    stay().catch(() => { left.textContent = "已无法延长，请保存好内容；稍"; });
  });
  setInterval(() => {
    const seconds = Math.round((ends - Date.now()) / 1000);
    if (seconds > 120) return;
    if (seconds <= 0) { if (warning.open) warning.close(); return; }
    left.textContent = seconds > 60 ? "2 分钟" : seconds + " 秒";
    if (!warning.open) warning.showModal();
  }, 5000);
}
