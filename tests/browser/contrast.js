// Every text in sight whose contrast with what is behind it is below WCAG 2 AA, as sentences.
() => {
  const parse = (text) => {
    const srgb = text.match(/^color\(srgb ([^)]+)\)/);
    const parts = (srgb ? srgb[1] : text.slice(text.indexOf("(") + 1)).split(/[ ,/)]+/).filter(Boolean).map(Number);
    const scale = srgb ? 255 : 1;
    return { rgb: parts.slice(0, 3).map((part) => part * scale), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const over = (top, alpha, below) => top.map((part, n) => part * alpha + below[n] * (1 - alpha));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const lineage = (element) => (element ? [...lineage(element.parentElement), element] : []);
  const painted = (text) => {
    let behind = [255, 255, 255];
    let shown = parse(getComputedStyle(text).color);
    let opacity = 1;
    for (const element of lineage(text)) {
      const style = getComputedStyle(element);
      opacity *= Number(style.opacity);
      const fill = parse(style.backgroundColor);
      behind = over(fill.rgb, fill.alpha * opacity, behind);
    }
    return contrast(over(shown.rgb, shown.alpha * opacity, behind), behind);
  };
  const told = new Map();
  const walker = document.createTreeWalker(document.querySelector(".stApp"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const words = walker.currentNode.textContent.trim();
    if (element.closest("[data-testid=stIconMaterial]")) continue;
    const disabled = element.closest("[disabled], [aria-disabled=true], style, script, svg, canvas, .stAlert");
    if (!words || disabled || !element.checkVisibility({ visibilityProperty: true })) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    const bold = Number(getComputedStyle(element).fontWeight) >= 700;
    const needed = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    const found = painted(element);
    if (found < needed - 0.01) told.set(words.slice(0, 50), `${found.toFixed(2)} < ${needed}: ${words.slice(0, 50)}`);
  }
  return [...told.values()];
}
