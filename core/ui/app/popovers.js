// Who opens a menu with the keyboard is in it at once, and back at its button after Escape: it is drawn at the end of the
// page, behind all that the Tab key would have to pass.
(() => {
  if (window.tokenLedgerPopovers) return;
  window.tokenLedgerPopovers = true;
  const every = 150, tries = 100; // milliseconds; what is inside comes piece by piece, and late to a busy browser
  const inside = "[data-testid='stPopoverBody'] :is(input:not([type='hidden']), a[href], button:not([disabled]))";
  let opener = null;
  document.addEventListener("keydown", (event) => {
    const button = event.target.closest?.("[data-testid='stPopoverButton']");
    if (button && (event.key === "Enter" || event.key === " ")) {
      opener = button;
      setTimeout(() => enter(button, tries), every);
    } else if (event.key === "Escape" && opener && event.target.closest?.("[data-testid='stPopoverBody']")) {
      setTimeout(() => leave(opener, 20), every);
    }
  }, true);
  function enter(button, left, before = null) {
    if (document.activeElement !== button) return;
    const first = [...document.querySelectorAll(inside)].find((part) => !part.closest("[data-testid='stTooltipIcon']"));
    if (first && first === before) first.focus();
    else if (left && button.isConnected) setTimeout(() => enter(button, left - 1, first), every);
  }
  // Only where the keyboard is nowhere: who went on already stays there.
  function leave(button, left) {
    if (document.querySelector("[data-testid='stPopoverBody']")) {
      if (left) setTimeout(() => leave(button, left - 1), every);
    } else if (document.activeElement === document.body && button.isConnected) button.focus({ preventScroll: true });
  }
})();
