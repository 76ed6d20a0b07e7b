// "Picture" makes an image of a chart that can stand alone: its title, range and filters, its legend, its source.
(() => {
  if (window.tokenLedgerPicture) return;
  window.tokenLedgerPicture = true;
  const SCALE = 2, EDGE = 24, FONT = "'Source Sans', system-ui, sans-serif";
  const text = (node) => (node ? node.textContent.trim().replace(/\s+/g, " ") : "");
  const parts = (node, between) => [...(node ? node.children : [])].map(text).filter(Boolean).join(between);

  function entries(card) {
    const buttons = [...card.querySelectorAll(".st-key-legend button")].map((button) => ({
      color: getComputedStyle(button, "::before").backgroundColor, words: text(button),
    }));
    const notes = [...card.querySelectorAll(".tl-legend .item")].map((item) => {
      const swatch = item.querySelector("i");
      const look = swatch && getComputedStyle(swatch);
      const isLine = look && look.borderTopStyle === "dashed";
      const color = look ? (isLine ? look.borderTopColor : look.backgroundColor) : "";
      return { color, isLine, faint: look && Number(look.opacity) < 0.5, words: parts(item, " ") };
    });
    const seen = new Set();
    return [...buttons, ...notes].filter((one) => one.words && !seen.has(one.words) && seen.add(one.words));
  }

  function wrapped(pen, words, width) {
    const lines = [];
    for (const word of words.split(" ")) {
      const last = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
      if (lines.length && pen.measureText(last).width <= width) lines[lines.length - 1] = last;
      else lines.push(word);
    }
    return lines;
  }

  function laid(pen, items, width) {
    let x = 0, y = 0;
    return items.map((one) => {
      const wide = pen.measureText(one.words).width + 40;
      if (x && x + wide > width) [x, y] = [0, y + 22];
      const place = { ...one, x, y };
      x += wide;
      return place;
    });
  }

  const area = (node) => node.clientWidth * node.clientHeight;

  async function charted(card) {
    const found = [...card.querySelectorAll("[data-testid='stVegaLiteChart'] svg, [data-testid='stVegaLiteChart'] canvas")];
    const node = found.sort((one, other) => area(other) - area(one))[0];
    if (!node || node.tagName === "CANVAS") return node && { node, wide: node.clientWidth, high: node.clientHeight };
    const copy = node.cloneNode(true), image = new Image(), wide = node.clientWidth, high = node.clientHeight;
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", wide * SCALE);
    copy.setAttribute("height", high * SCALE);
    if (!copy.getAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${wide} ${high}`);
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
    await image.decode();
    return { node: image, wide, high };
  }

  function drawn(card, { node, wide, high }) {
    const style = getComputedStyle(document.querySelector(".stApp"));
    const image = document.createElement("canvas"), pen = image.getContext("2d");
    const quiet = `13px ${FONT}`;
    pen.font = quiet;
    const scope = wrapped(pen, text(card.querySelector(".tl-quiet")), wide);
    const legend = laid(pen, entries(card), wide);
    const source = wrapped(pen, [parts(document.querySelector(".tl-line"), " · "), "Token Ledger"].filter(Boolean).join(" · "), wide);
    const bottom = legend.length ? legend[legend.length - 1].y + 30 : 0;
    const top = EDGE + 26 + scope.length * 19 + 8;
    image.width = (wide + 2 * EDGE) * SCALE;
    image.height = (top + high + 14 + bottom + source.length * 18 + EDGE) * SCALE;
    pen.scale(SCALE, SCALE);
    pen.fillStyle = style.backgroundColor;
    pen.fillRect(0, 0, image.width, image.height);
    pen.fillStyle = style.color;
    pen.textBaseline = "top";
    pen.font = `600 18px ${FONT}`;
    pen.fillText(text(card.querySelector(".tl-card-title")), EDGE, EDGE, wide);
    pen.font = quiet;
    scope.forEach((line, n) => pen.fillText(line, EDGE, EDGE + 26 + n * 19));
    pen.drawImage(node, EDGE, top, wide, high);
    for (const one of legend) {
      pen.fillStyle = one.color;
      pen.globalAlpha = one.faint ? 0.4 : 1;
      if (one.isLine) for (const dash of [-2, 6]) pen.fillRect(EDGE + one.x + dash, top + high + 21 + one.y, 6, 2);
      else pen.fillRect(EDGE + one.x, top + high + 16 + one.y, 11, 11);
      pen.globalAlpha = 1;
      pen.fillStyle = style.color;
      pen.fillText(one.words, EDGE + one.x + 17, top + high + 14 + one.y);
    }
    pen.globalAlpha = 0.7;
    source.forEach((line, n) => pen.fillText(line, EDGE, top + high + 14 + bottom + n * 18));
    return image;
  }

  document.addEventListener("click", async (event) => {
    const place = event.target.closest && event.target.closest("[class*='st-key-picture']");
    if (!place || !event.target.closest("button")) return;
    const card = place.closest("[class*='st-key-card-']");
    const chart = card && await charted(card);
    if (!chart) return;
    const link = document.createElement("a");
    const named = card.querySelector(".tl-picture-name");
    link.download = `${named ? named.dataset.name : "token-ledger"}.png`;
    link.href = drawn(card, chart).toDataURL("image/png");
    link.click();
  }, true);
})();
