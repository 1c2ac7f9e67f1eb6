// <ul data-opened="/search/opened" data-words="…" data-first="1">: which of the results was opened, told once the page goes on.
// Words, item and place only; without scripts nothing is counted.
for (const list of document.querySelectorAll("[data-opened]")) {
  const tell = (event) => {
    const link = event.target.closest("a[href]");
    const code = link && (/^\/items\/(\w+)$/.exec(link.pathname)?.[1] ?? new URLSearchParams(link.search).get("item"));
    const place = [...list.children].indexOf(link?.closest("li"));
    if (!code || place < 0 || !list.dataset.words || event.button > 1) return;
    navigator.sendBeacon(list.dataset.opened, new URLSearchParams({ q: list.dataset.words, code, place: String(Number(list.dataset.first) + place) }));
  };
  list.addEventListener("click", tell);
  list.addEventListener("auxclick", tell);
}
