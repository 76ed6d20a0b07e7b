// A browser on a slow machine behind a slow line: what it sends and what it hears waits, then goes all at once, in order.
(() => {
  const Native = window.WebSocket;
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;

  function waiting(longest) {
    const queue = [];
    const next = () => {
      for (const pass of queue.splice(0)) pass();
      setTimeout(next, 100 + longest * random());
    };
    next();
    return (pass) => queue.push(pass);
  }

  const [hear, say] = [waiting(2200), waiting(1200)];
  window.WebSocket = class extends Native {
    addEventListener(kind, listen, ...more) {
      super.addEventListener(kind, kind === "message" ? (event) => hear(() => listen(event)) : listen, ...more);
    }

    set onmessage(listen) {
      super.onmessage = (event) => hear(() => listen(event));
    }

    send(data) {
      say(() => super.send(data));
    }
  };
})();
