// <button data-read-aloud="#main" hidden>: reads the page aloud with the device's own voice, for the elder mode. Nothing leaves the device.
for (const button of document.querySelectorAll("[data-read-aloud]")) {
  if (!("speechSynthesis" in window)) continue;
  const label = button.querySelector("span");
  const words = label.textContent;
  const stop = () => { speechSynthesis.cancel(); label.textContent = words; };
  button.hidden = false;
  button.addEventListener("click", () => {
    if (speechSynthesis.speaking) { stop(); return; }
    const text = document.querySelector(button.dataset.readAloud).innerText;
    label.textContent = "停止朗读";
    // In pieces: some voices give up on a long text.
    const pieces = text.match(/[^。！？；\n]+[。！？；\n]?/g) ?? [];
    pieces.forEach((piece, n) => {
      const speech = new SpeechSynthesisUtterance(piece);
      speech.lang = "zh-CN";
      speech.rate = 0.9;
      if (n === pieces.length - 1) speech.onend = stop;
      speechSynthesis.speak(speech);
    });
  });
  addEventListener("pagehide", stop);
}
