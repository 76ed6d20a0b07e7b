// Asks the server every moment whether what the page shows has changed, and only then has it drawn anew. A theme that
// was chosen counts as a change: Streamlit draws its own parts for it, and not the charts. It asks again until the page
// is drawn anew: the server hears a press first, and does not hear what was sent from a page that is left (presses.py).
const EVERY = 1500;
const server = window.__streamlit?.BACKEND_BASE_URL ?? new URL("./", location.href).href;
const surface = () => getComputedStyle(document.querySelector(".stApp")).backgroundColor;

class Pulse {
  constructor() {
    this.surface = surface();
    setInterval(() => this.look(), EVERY);
    document.addEventListener("visibilitychange", () => this.look());
  }

  update({ data, setTriggerValue }) {
    this.drawn = data.pulse;
    this.ask = () => setTriggerValue("changed", Date.now());
  }

  async look() {
    if (document.hidden || this.isLooking) return;
    this.isLooking = true;
    const pulse = await this.read();
    const isRepainted = surface() !== this.surface;
    if ((pulse && pulse !== this.drawn) || isRepainted) {
      this.surface = surface();
      this.ask();
    }
    this.isLooking = false;
  }

  // Nothing from a server that is away: Streamlit says so itself.
  async read() {
    try {
      const answer = await fetch(`${server}_pulse`);
      return answer.ok ? await answer.text() : "";
    } catch {
      return "";
    }
  }
}

export default function (component) {
  window.tokenLedgerPulse ||= new Pulse();
  window.tokenLedgerPulse.update(component);
}
