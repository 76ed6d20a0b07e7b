// What is wrong with the page in sight, as sentences: too wide, without a name, headings out of order.
() => {
  const told = [];
  const main = document.querySelector("[data-testid=stMain]");
  for (const scroller of [main, document.documentElement]) {
    if (scroller.scrollWidth > scroller.clientWidth) told.push(`The page is ${scroller.scrollWidth} wide, of ${scroller.clientWidth}`);
  }
  for (const part of document.querySelectorAll("[data-testid=stMetric] *")) {
    const cut = getComputedStyle(part).overflow !== "visible" && part.scrollWidth > part.clientWidth + 1;
    if (cut && part.clientWidth) told.push(`Cut: ${part.textContent}`);
  }
  const named = (part) => part.getAttribute("aria-label") || part.textContent.trim() || part.title || part.labels?.length || part.getAttribute("aria-labelledby");
  for (const part of document.querySelectorAll("button, a[href], input, textarea, [role=combobox], [role=spinbutton]")) {
    if (part.checkVisibility() && part.tabIndex >= 0 && !named(part)) told.push(`Without a name: ${part.outerHTML.slice(0, 160)}`);
  }
  for (const chart of document.querySelectorAll("[data-testid=stVegaLiteChart]")) {
    if ((chart.getAttribute("aria-label") ?? "").length < 20) told.push("A chart without a description");
  }
  for (const table of document.querySelectorAll("[data-testid=stDataFrameResizable]")) {
    if (!table.getAttribute("aria-label")) told.push("A table without a description");
  }
  const levels = [...main.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) => Number(heading.tagName[1]));
  if (levels[0] !== 1 || levels.filter((level) => level === 1).length !== 1) told.push(`Headings begin with ${levels}`);
  levels.slice(1).forEach((level, n) => level > levels[n] + 1 && told.push(`A heading of level ${level} after ${levels[n]}`));
  return [...new Set(told)];
}
