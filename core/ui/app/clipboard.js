// "Copy link" copies the address of the view. A browser offers its clipboard over https and on this machine only;
// elsewhere the older way is taken.
(() => {
  if (window.tokenLedgerCopy) return;
  window.tokenLedgerCopy = true;
  const old = (text) => {
    const field = document.createElement("textarea");
    field.value = text;
    field.style.position = "fixed";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  };
  const said = (button, words) => {
    const label = button.querySelector("p") || button;
    const before = button.dataset.label || label.textContent;
    button.dataset.label = before;
    label.textContent = words;
    setTimeout(() => { label.textContent = before; }, 1600);
  };
  document.addEventListener("click", async (event) => {
    const place = event.target.closest && event.target.closest("[class*='st-key-copy-link']");
    const button = place && event.target.closest("button");
    if (!button) return;
    const link = document.querySelector(".tl-link");
    const text = link ? link.dataset.link : location.href;
    try {
      await navigator.clipboard.writeText(text);
      said(button, "Copied");
    } catch {
      said(button, old(text) ? "Copied" : "Copy it from the address bar");
    }
  }, true);
})();
