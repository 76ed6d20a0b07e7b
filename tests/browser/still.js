// Resolves once nothing has moved for thirty frames, or after ten seconds.
() => new Promise((resolve) => {
  const until = performance.now() + 10000;
  let last = "", same = 0;
  const look = () => {
    const parts = document.querySelectorAll("[data-testid=stMain] [data-testid=stElementContainer], [data-testid=stMain] .marks");
    const now = [...parts].map((part) => { const box = part.getBoundingClientRect(); return `${box.x} ${box.y} ${box.width}`; }).join();
    same = now === last && !document.querySelector("[data-stale=true], [data-testid=stSkeleton]") ? same + 1 : 0;
    last = now;
    if (same > 30 || performance.now() > until) resolve(same > 30); else requestAnimationFrame(look);
  };
  look();
})
