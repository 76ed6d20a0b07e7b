// A click on one of our links goes to its page as the menu does: the address changes, and Streamlit is told that it
// did. With a key held, or where this fails, the browser follows the link as any other.
(() => {
  if (window.tokenLedgerLinks) return;
  window.tokenLedgerLinks = true;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.tl-way");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.pushState({}, "", link.href);
    window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
  });
})();
