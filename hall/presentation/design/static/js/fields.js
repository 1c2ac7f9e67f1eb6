// Fields that depend on an answer: <div data-shown-when="name" data-shown-values="a b">. Without this all are shown, and the server ignores what does not apply.
const dependent = [...document.querySelectorAll("[data-shown-when]")];
const settle = () => {
  for (const part of dependent) {
    const form = part.closest("form");
    const given = new FormData(form).getAll(part.dataset.shownWhen).map(String);
    const wanted = part.dataset.shownValues.split(" ");
    const isShown = given.some((value) => wanted.includes(value));
    part.hidden = !isShown;
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
