// The box that finds and opens things, the list of shortcuts, and the shortcuts themselves. Both are dialogs of the
// browser, outside of what Streamlit draws: it holds the focus inside, and Escape closes. Shortcuts of one key are
// off while somebody types, and for good for who chooses so: a screen reader or a voice may need the keys.
const OFF = "token-ledger-shortcuts-off";
const PAUSE = 140, SECOND_KEY = 1500;

const made = (name, attributes = {}, ...inside) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...inside);
  return node;
};

const isTyping = (node) => {
  if (!node || !node.closest) return false;
  const field = node.closest("input, textarea, select, [contenteditable=''], [contenteditable='true'], [role='textbox'], [role='spinbutton']");
  return Boolean(field) && !["checkbox", "radio", "button", "submit", "range", "file"].includes(field.type);
};

class Finder {
  constructor() {
    this.hits = [];
    this.active = 0;
    this.input = made("input", {
      type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "tl-found", "aria-autocomplete": "list",
      "aria-label": "Find a page, saved view, dashboard, person, key, model or workspace", autocomplete: "off",
      spellcheck: "false", maxlength: "100", placeholder: "Find a page, saved view, dashboard, person, key, model …",
    });
    this.list = made("ul", { id: "tl-found", role: "listbox", "aria-label": "Found" });
    this.status = made("p", { role: "status" });
    this.dialog = made("dialog", { class: "tl-box", "aria-label": "Find" }, this.input, this.list, this.status);
    this.keys = made("dialog", { class: "tl-box tl-keys", "aria-label": "Keyboard shortcuts" });
    document.body.append(this.dialog, this.keys);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.steer(event));
    this.list.addEventListener("click", (event) => this.clicked(event));
    for (const dialog of [this.dialog, this.keys]) {
      dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    }
    window.addEventListener("keydown", (event) => this.pressed(event), true);
    document.addEventListener("click", (event) => { if (event.target.closest(".tl-find")) this.open(); });
  }

  update({ data, setStateValue, setTriggerValue }) {
    Object.assign(this, { data, setStateValue, setTriggerValue });
    if (this.dialog.open) this.show();
  }

  look(dialog) {
    const style = getComputedStyle(document.querySelector(".stApp"));
    Object.assign(dialog.style, { color: style.color, background: style.backgroundColor, fontFamily: style.fontFamily });
    if (!dialog.open) dialog.showModal();
  }

  open() {
    this.input.value = "";
    this.active = 0;
    this.look(this.dialog);
    this.input.focus();
    this.show();
  }

  typed() {
    this.active = 0;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.setStateValue("wanted", this.input.value.trim()), PAUSE);
    this.show();
  }

  show() {
    const wanted = this.input.value.trim(), part = wanted.toLocaleLowerCase();
    const pages = this.data.pages.filter((page) => page.title.toLocaleLowerCase().includes(part));
    const isKnown = wanted === this.data.wanted;
    this.hits = [
      ...pages.map((page) => ({ label: page.title, kind: "Page", page: page.page })),
      ...(wanted && isKnown ? this.data.hits.map((hit, place) => ({ ...hit, page: null, hit: place })) : []),
    ];
    this.list.replaceChildren(...this.hits.map((hit, place) => {
      const option = made("li", { role: "option", id: `tl-found-${place}` }, made("bdi"), made("span"));
      option.firstChild.textContent = hit.label;
      option.lastChild.textContent = hit.kind;
      option.title = hit.label;
      return option;
    }));
    const count = this.hits.length === 1 ? "1 found" : `${this.hits.length} found`;
    this.status.textContent = wanted && !isKnown ? "Searching …" : wanted && !this.hits.length ? "Nothing has this in its name" : count;
    this.mark();
  }

  mark() {
    this.active = Math.max(0, Math.min(this.active, this.hits.length - 1));
    [...this.list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === this.active)));
    const option = this.list.children[this.active];
    if (option) option.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  steer(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.active = (this.active + step + this.hits.length) % Math.max(1, this.hits.length);
      this.mark();
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.choose(this.hits[this.active]);
    }
  }

  clicked(event) {
    const option = event.target.closest("[role='option']");
    if (option) this.choose(this.hits[[...this.list.children].indexOf(option)]);
  }

  choose(hit) {
    if (!hit) return;
    clearTimeout(this.timer);
    this.dialog.close();
    if (hit.page) this.go(hit.page);
    else this.setTriggerValue("go", { hit: hit.hit, wanted: this.data.wanted });
  }

  go(page) {
    const { title } = this.data.pages.find((one) => one.page === page);
    const links = [...document.querySelectorAll("[data-testid='stSidebarNavLink']")];
    const words = (link) => [...link.querySelectorAll("span:not([data-testid='stIconMaterial'])")].map((part) => part.textContent);
    const link = links.find((one) => words(one).includes(title));
    if (link) link.click();
    else this.setTriggerValue("go", { page });
  }

  pressed(event) {
    if (event.isComposing || event.altKey) return;
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k") return this.take(event, () => this.open());
    const isOff = localStorage.getItem(OFF) || event.ctrlKey || event.metaKey;
    if (isOff || isTyping(event.composedPath()[0]) || document.querySelector("dialog[open], [role='dialog']")) return;
    const isSecond = this.waits;
    clearTimeout(this.waits);
    this.waits = null;
    const page = isSecond && this.data.pages.find((one) => one.letter === event.key.toLowerCase());
    if (page) this.take(event, () => this.go(page.page));
    else if (event.key === "/") this.take(event, () => this.open());
    else if (event.key === "?") this.take(event, () => this.help());
    else if (event.key === "g") this.waits = setTimeout(() => { this.waits = null; }, SECOND_KEY);
  }

  take(event, act) {
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }

  help() {
    const pairs = [
      ["/", "Find and open"], ["Ctrl K", "Find and open, from a field too"], ["?", "This list"],
      ["Enter", "Open a name in a table; fold at its sign"], ["Ctrl Space", "Sort a table by a column"],
      ...this.data.pages.filter((page) => page.letter).map((page) => [`g ${page.letter}`, page.title]),
    ];
    const keys = (text) => text.split(" ").flatMap((key, place) => [place ? " " : "", made("kbd", {}, key)]);
    const rows = pairs.flatMap(([text, words]) => [made("dt", {}, ...keys(text)), made("dd", {}, words)]);
    const toggle = made("input", { type: "checkbox" });
    toggle.checked = !localStorage.getItem(OFF);
    toggle.addEventListener("change", () => toggle.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"));
    const close = made("button", { type: "button", class: "tl-close" }, "Close");
    close.addEventListener("click", () => this.keys.close());
    const label = made("label", {}, toggle, "Shortcuts without Ctrl, in this browser");
    this.keys.replaceChildren(made("h2", {}, "Keyboard shortcuts"), made("dl", {}, ...rows), label, close);
    this.look(this.keys);
    close.focus();
  }
}

export default function (component) {
  window.tokenLedgerFinder ||= new Finder();
  window.tokenLedgerFinder.update(component);
}
