// Fields that depend on answers: <div data-shown-when='{"any": false, "looks": [{"field": "pickup", "op": "in", "values": ["mail"]}]}'>.
// A look may be true or false already, where the page does not hold the field. Without this all are shown, and the server ignores what
// does not apply.
const dependent = [...document.querySelectorAll("[data-shown-when]")].map((part) => ({ part, when: JSON.parse(part.dataset.shownWhen) }));
const isAnswered = (form, data, field) =>
  [...data.entries()].some(([name, value]) => (name === field || name.startsWith(field + ".")) && String(value).trim() !== "");
const looks = {
  in: (given, look) => given.some((value) => look.values.includes(value)),
  not_in: (given, look) => given.length > 0 && !given.some((value) => look.values.includes(value)),
  at_least: (given, look) => given.length === 1 && Number(given[0].replace(/[,，\s元]/g, "") || NaN) >= look.limit,
  at_most: (given, look) => given.length === 1 && Number(given[0].replace(/[,，\s元]/g, "") || NaN) <= look.limit,
};
const holds = (form, data, look) => {
  if (typeof look === "boolean") return look;
  const owner = form.querySelector(`[data-field="${look.field}"]`);
  const isAsked = !owner?.hidden;
  if (look.op === "is_filled") return isAsked && isAnswered(form, data, look.field);
  if (look.op === "is_empty") return !isAsked || !isAnswered(form, data, look.field);
  return isAsked && looks[look.op](data.getAll(look.field).map(String).filter(Boolean), look);
};
const settle = () => {
  for (const { part, when } of dependent) {
    const form = part.closest("form");
    if (!form) continue;
    const data = new FormData(form);
    const found = when.looks.map((look) => holds(form, data, look));
    part.hidden = !(when.any ? found.some(Boolean) : found.every(Boolean));
  }
};
if (dependent.length) {
  document.addEventListener("change", settle);
  settle();
}
// A button pressed twice by mistake: the second press within five seconds does nothing. The server is safe without this.
for (const form of document.querySelectorAll("form[method=post]:not([data-upload], [data-upload-part])")) {
  let sent = 0;
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (Date.now() - sent < 5000) event.preventDefault();
    else sent = Date.now();
  });
}
// The error summary takes the focus, also where autofocus is not honoured.
document.getElementById("err-sum")?.focus();
