// A tile is dragged by its grip, with a mouse, a pen or a finger, to where another one is. The server hears of it
// once, when it is dropped. Escape leaves everything where it was; the arrow buttons do the same by keyboard.
export default function ({ setTriggerValue }) {
  const tileOf = (node) => node && node.closest("[class*='st-key-tile-third-'], [class*='st-key-tile-half-'], [class*='st-key-tile-two_thirds-'], [class*='st-key-tile-full-']");
  const idOf = (tile) => Number(/st-key-tile-[a-z_]+-[a-z]+-(\d+)/.exec(tile.className)[1]);
  let dragged = null;
  let onto = null;

  function aim(tile) {
    if (onto) delete onto.dataset.dropHere;
    onto = tile && tile !== dragged ? tile : null;
    if (onto) onto.dataset.dropHere = "";
  }

  function end() {
    aim(null);
    if (dragged) delete dragged.dataset.dragged;
    dragged = null;
  }

  function down(event) {
    const grip = event.button === 0 && event.target.closest(".tl-grip");
    if (!grip) return;
    event.preventDefault();
    dragged = tileOf(grip);
    if (dragged) dragged.dataset.dragged = "";
  }

  function move(event) {
    if (dragged) aim(tileOf(document.elementFromPoint(event.clientX, event.clientY)));
  }

  function up() {
    if (dragged && onto) setTriggerValue("moved", { tile: idOf(dragged), onto: idOf(onto) });
    end();
  }

  function key(event) {
    if (event.key === "Escape") end();
  }

  const heard = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: end, keydown: key };
  for (const [kind, hear] of Object.entries(heard)) document.addEventListener(kind, hear);
  return () => {
    for (const [kind, hear] of Object.entries(heard)) document.removeEventListener(kind, hear);
  };
}
