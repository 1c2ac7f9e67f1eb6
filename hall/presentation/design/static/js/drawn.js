// A signature drawn with finger, pen or mouse: <div data-drawn> with a hidden canvas, its buttons, and the file input that works without this.
// The picture goes into that file input and is sent by the form's own button, like any chosen file; the typed name below stays possible.
for (const box of document.querySelectorAll("[data-drawn]")) {
  const canvas = box.querySelector("canvas"), input = box.querySelector("input[type=file]"), status = box.querySelector("[data-drawn-status]");
  const send = box.querySelector("button[value^='upload:']");
  const pen = canvas.getContext("2d");
  let drawing = false, length = 0, last = null;
  for (const part of box.querySelectorAll("[hidden]")) part.hidden = false;
  pen.lineWidth = 6;
  pen.lineCap = pen.lineJoin = "round";

  const clear = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = "#101828";
    length = 0;
    status.textContent = "";
  };
  const place = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [(event.clientX - frame.left) * canvas.width / frame.width, (event.clientY - frame.top) * canvas.height / frame.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    last = place(event);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    const now = place(event);
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...now);
    pen.stroke();
    length += Math.hypot(now[0] - last[0], now[1] - last[1]);
    last = now;
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { drawing = false; });
  box.querySelector("[data-drawn-clear]").addEventListener("click", clear);
  box.querySelector("[data-drawn-use]").addEventListener("click", () => {
    // A dot or a slip of the finger is no name.
    if (length < 200) { status.textContent = "还没有签名，请先在框里写上姓名。"; return; }
    canvas.toBlob((picture) => {
      const files = new DataTransfer();
      files.items.add(new File([picture], "手写签名.png", { type: "image/png" }));
      input.files = files.files;
      status.textContent = "正在保存…";
      send.click();
    }, "image/png");
  });
  clear();
}
