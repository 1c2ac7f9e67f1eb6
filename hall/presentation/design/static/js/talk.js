// <div data-talk>: htmx brings the answer. Then the box is empty again, the newest words are in view and told, and the focus is where it was needed.
for (const place of document.querySelectorAll("[data-talk]")) {
  const failed = place.querySelector("[data-talk-failed]");
  const told = place.querySelector("[data-talk-told]");
  const box = place.querySelector("input[name=sentence]");
  place.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "talk") return;
    const said = place.querySelector("[data-talk-said]");
    failed.textContent = "";
    if (event.detail.requestConfig?.elt === box.form) {
      box.value = "";
      told.textContent = said?.innerText ?? "";
    } else said?.focus({ preventScroll: true });
    place.querySelector("#now")?.scrollIntoView({ block: "start" });
  });
  const fail = () => { failed.textContent = "没有送到，请过一会儿再说一次。"; };
  place.addEventListener("htmx:responseError", fail);
  place.addEventListener("htmx:sendError", fail);
}
