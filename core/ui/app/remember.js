// The view and the dashboard that this browser showed last, in cookies of its own: whoever comes back without
// a link finds them again. They hold what the address holds, and go to this server only.
(() => {
  if (window.tokenLedgerRemembers) return;
  window.tokenLedgerRemembers = true;
  const keep = () => {
    const params = new URLSearchParams(location.search);
    const kind = params.has("board") ? "board" : params.has("range") || params.has("from") ? "view" : null;
    const text = encodeURIComponent(location.search.slice(1));
    if (!kind || text.length > 2000) return;
    document.cookie = `token-ledger-${kind}=${text}; path=/; max-age=31536000; SameSite=Strict`;
  };
  for (const name of ["pushState", "replaceState"]) {
    const before = history[name].bind(history);
    history[name] = (...given) => {
      before(...given);
      keep();
    };
  }
  addEventListener("popstate", keep);
  keep();
})();
