// Keys for the desk's queue: J and K move, Enter opens, X ticks, / goes to the search box. <table data-queue>; each row has one link or more.
const queue = document.querySelector("table[data-queue]");
if (queue) {
  const rows = () => [...queue.tBodies[0].rows];
  let at = -1;
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    at = Math.min(Math.max(at + step, 0), all.length - 1);
    all.forEach((row, n) => row.classList.toggle("is-selected", n === at));
    (all[at].querySelector("a[data-open]") ?? all[at].querySelector("a"))?.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]")) return;
    if (event.key === "j" || event.key === "J") move(1);
    else if (event.key === "k" || event.key === "K") move(-1);
    else if ((event.key === "x" || event.key === "X") && at >= 0) rows()[at].querySelector("input[type=checkbox]")?.click();
    else if (event.key === "/") document.querySelector("[data-hotkey='/']")?.focus();
    else return;
    event.preventDefault();
  });
  queue.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    if (row) { at = rows().indexOf(row); rows().forEach((one) => one.classList.toggle("is-selected", one === row)); }
  });
  // One tick for all rows: <input type=checkbox data-queue-all>.
  queue.querySelector("[data-queue-all]")?.addEventListener("change", (event) => {
    for (const box of queue.querySelectorAll("tbody input[type=checkbox]")) box.checked = event.target.checked;
  });
}
