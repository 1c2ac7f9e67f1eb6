// Fields that depend on an answer: <div data-shown-when="name" data-shown-values='["a"]'>. Without this all are shown, and the server ignores what does not apply.
const dependent = [...document.querySelectorAll("[data-shown-when]")];
const settle = () => {
  for (const part of dependent) {
    const form = part.closest("form");
    const given = new FormData(form).getAll(part.dataset.shownWhen).map(String);
    const wanted = JSON.parse(part.dataset.shownValues).map(String);
    const isShown = given.some((value) => wanted.includes(value));
    part.hidden = !isShown;
  }
};
if (dependent.length) {
  document.addEventListener("change", settle);
  settle();
}
// Several forms have one button that must not be pressed twice by mistake: the second press within five seconds does nothing.
for (const form of document.querySelectorAll("form[method=post]:not([data-upload], [data-upload-part])")) {
  let sent = 0;
  form.addEventListener("submit", (event) => {
    if (Date.now() - sent < 5000) event.preventDefault();
    else sent = Date.now();
  });
}
// The error summary takes the focus, also where autofocus is not honoured.
document.getElementById("err-sum")?.focus();
