// Streamlit writes a page's view into an address that had none as a step of its own: Back would stay on the
// page once. Here the view completes the address instead. Now and then Streamlit does so before it goes to the
// page's own address; then the page before gets its address back.
(() => {
  if (window.tokenLedgerHistory) return;
  window.tokenLedgerHistory = true;
  const push = history.pushState.bind(history);
  let completed = null;
  history.pushState = (state, unused, url) => {
    const to = new URL(url, location.href);
    if (to.pathname === location.pathname && !location.search && to.search) {
      completed = { search: to.search, before: location.href };
      return history.replaceState(state, unused, url);
    }
    if (completed && to.pathname !== location.pathname && to.search === completed.search) {
      history.replaceState(state, unused, completed.before);
    }
    completed = null;
    return push(state, unused, url);
  };
})();
