// A name in a table opens what it names, and a sign folds what is below it: Enter on such a cell does what a click on it
// does. The table is drawn on a canvas that hears only pointers there, so one is made where the cell is.
(() => {
  if (window.tokenLedgerCells) return;
  window.tokenLedgerCells = true;
  const row = 35, inset = 12; // pixels: the height of a row and of the head; from the left edge of a cell
  const settled = 300; // after so many milliseconds the focus is where the arrow keys led
  document.addEventListener("keydown", (event) => {
    const table = event.target.closest?.(".stDataFrame canvas");
    if (table && event.key === "Enter" && !event.repeat) setTimeout(() => press(table), settled);
  }, true);
  function press(table) {
    if (!table.contains(document.activeElement)) return;
    const chosen = document.activeElement === table ? table.querySelector("td[aria-selected='true']") : document.activeElement;
    const cell = /^glide-cell-(\d+)-(\d+)$/.exec(chosen?.dataset.testid ?? "");
    if (!cell) return;
    const [column, line] = cell.slice(1).map(Number);
    const { left, top } = table.getBoundingClientRect();
    const scrolled = table.closest(".stDataFrame").querySelector(".dvn-scroller");
    const before = widths(table).slice(0, column).reduce((sum, width) => sum + width, 0);
    const at = { clientX: left + before + inset - scrolled.scrollLeft, clientY: top + (1.5 + line) * row - scrolled.scrollTop };
    for (const name of ["move", "down", "up"]) {
      const made = { ...at, bubbles: true, cancelable: true, pointerType: "mouse", isPrimary: true };
      table.dispatchEvent(new PointerEvent(`pointer${name}`, made));
      table.dispatchEvent(new MouseEvent(`mouse${name}`, made));
    }
    table.dispatchEvent(new MouseEvent("click", { ...at, bubbles: true }));
  }
  // Only the table itself knows how wide its columns are.
  function widths(table) {
    let part = table[Object.keys(table).find((name) => name.startsWith("__reactFiber$"))];
    while (part && !part.memoizedProps?.columns?.every?.((column) => column.width > 0)) part = part.return;
    return part ? part.memoizedProps.columns.map((column) => column.width) : [];
  }
})();
