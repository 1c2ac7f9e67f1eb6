// <form data-inserts> and <button data-insert="{申请人}" hidden>: the button writes its words where the cursor last stood in the form.
for (const form of document.querySelectorAll("form[data-inserts]")) {
  let field = form.querySelector("textarea, input[type=text]");
  form.addEventListener("focusin", (event) => {
    if (event.target.matches("textarea, input[type=text]")) field = event.target;
  });
  for (const button of document.querySelectorAll("button[data-insert]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  }
}
