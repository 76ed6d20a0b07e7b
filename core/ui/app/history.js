// One step of the history for what somebody did, so that Back needs one press for each. Streamlit adds steps of
// its own: it completes the address of a page that came without a view, and now and then writes the next page's
// view into the address before it goes there. A step that nothing was done for takes the place of the one
// before; a view written too early gives the page before its address back.
(() => {
  if (window.tokenLedgerHistory) return;
  window.tokenLedgerHistory = true;
  const push = history.pushState.bind(history);
  let acted = false;
  let completed = null;
  for (const kind of ["pointerdown", "click", "keydown"]) {
    window.addEventListener(kind, () => { acted = true; }, true);
  }
  window.addEventListener("popstate", () => { acted = false; completed = null; }, true);
  history.pushState = (state, unused, url) => {
    const to = new URL(url, location.href);
    const sameView = completed && to.search === completed.search;
    if (to.pathname === location.pathname && !location.search && to.search) {
      completed = { search: to.search, before: location.href };
      return history.replaceState(state, unused, url);
    }
    if (sameView && to.pathname !== location.pathname) {
      history.replaceState(state, unused, completed.before);
    } else if (!acted) {
      return history.replaceState(state, unused, url);
    }
    acted = false;
    completed = null;
    return push(state, unused, url);
  };
})();
