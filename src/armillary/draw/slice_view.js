"use strict";

// The picture of a slice, turned by mouse, touch and keys. The numbers lie in the page as JSON; words reach the page
// as text nodes only. Two axes are seen from above and moved; three are seen in perspective and turned.

(() => {
  const data = JSON.parse(document.getElementById("points").textContent);
  const view = document.getElementById("view");
  const flat = data.axes.length === 2;
  const HOME = { azimuth: flat ? -Math.PI / 2 : -1.0, elevation: flat ? Math.PI / 2 : 0.42, zoom: 1, x: 0, y: 0 };
  const DISTANCE = 3.6; // of the eye, in radii of the box
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let camera = { ...HOME, ...fromAddress() };
  let chosen = -1;

  // ---- The scene: made once, moved by draw() ----

  const make = (tag, name) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    if (name) element.setAttribute("class", name);
    view.append(element);
    return element;
  };
  const set = (element, attributes) => {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  };
  const word = (text, name) => {
    const element = make("text", name);
    element.textContent = text;
    return element;
  };

  const { low, high, step } = data.box;
  const middle = low.map((value, axis) => (value + high[axis]) / 2);
  const radius = Math.hypot(...low.map((value, axis) => high[axis] - value)) / 2 || 1;
  const origin = low.map((value, axis) => Math.min(Math.max(0, value), high[axis]));
  const corner = (x, y) => [x, y, low[2]];
  const corners = [corner(low[0], low[1]), corner(high[0], low[1]), corner(high[0], high[1]), corner(low[0], high[1])];

  const floor = make("polygon", "floor");
  const segments = [...gridLines(), ...axisLines()];
  for (const segment of segments) segment.element = make("line", segment.name);
  const quiet = new Set(data.quiet);
  const pathOf = new Map(data.paths.flatMap((rows, path) => rows.map((row) => [row, path % 6])));
  const stems = flat ? [] : data.points.map((_, row) => (quiet.has(row) ? null : make("line", "stem")));
  const axisNames = data.axes.map((name) => word(name, "axis-name"));
  axisNames.forEach((name) => name.setAttribute("text-anchor", "middle"));
  const arrows = data.arrows.map(() => ({ shaft: make("line", "arrow"), head: make("polygon", "head") }));
  const paths = data.paths.map((rows, path) => make("polyline", `path path${path % 6}`));
  const dots = data.points.map((_, row) => {
    const circle = make("circle", pathOf.has(row) ? `dot dot${pathOf.get(row)}` : "dot");
    const tip = document.createElementNS(circle.namespaceURI, "title");
    tip.textContent = data.labels[row];
    circle.append(tip);
    circle.setAttribute("fill-opacity", data.opacities[row]);
    circle.addEventListener("click", () => choose(row));
    return circle;
  });
  const names = data.labels.map((label) => word(label));
  const widths = names.map((name) => name.getComputedTextLength());
  const sides = data.labels.map(() => 0); // where each label stood last: it stays there if it can
  const ends = new Set([...data.arrows.flat(), ...data.paths.map((rows) => rows.at(-1))]);

  function gridLines() {
    const lines = [];
    for (const [axis, other] of [[0, 1], [1, 0]]) {
      const count = Math.round((high[axis] - low[axis]) / step);
      for (let index = 0; index <= count; index++) {
        const start = [...low], end = [...low];
        start[axis] = end[axis] = low[axis] + index * step;
        end[other] = high[other];
        lines.push({ start, end, name: "grid" });
      }
    }
    return lines;
  }

  function axisLines() {
    return data.axes.map((_, axis) => {
      const start = [...origin], end = [...origin];
      start[axis] = low[axis];
      end[axis] = high[axis];
      return { start, end, name: "axis" };
    });
  }

  // ---- The eye ----

  const dot = (p, q) => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];

  // What the eye sees of a point, in radii: right, up, and how much larger than in the middle it looks.
  function eye({ azimuth: a, elevation: e }) {
    const right = [-Math.sin(a), Math.cos(a), 0];
    const up = [-Math.sin(e) * Math.cos(a), -Math.sin(e) * Math.sin(a), Math.cos(e)];
    const towards = [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
    return (point) => {
      const p = point.map((value, axis) => (value - middle[axis]) / radius);
      const near = flat ? 1 : DISTANCE / (DISTANCE - dot(p, towards));
      return [dot(p, right) * near, dot(p, up) * near, near];
    };
  }

  // The part of the first view that is filled: the picture is fitted and centred by it.
  const filled = (() => {
    const all = [...data.points, ...corners, ...axisLines().flatMap(({ start, end }) => [start, end])].map(eye(HOME));
    const [left, right] = [Math.min(...all.map((p) => p[0])), Math.max(...all.map((p) => p[0]))];
    const [bottom, top] = [Math.min(...all.map((p) => p[1])), Math.max(...all.map((p) => p[1]))];
    return { wide: right - left || 1, tall: top - bottom || 1, x: (left + right) / 2, y: (bottom + top) / 2 };
  })();

  // Pixels in a radius.
  function size() {
    const wide = view.clientWidth - Math.min(150, view.clientWidth / 4), tall = Math.max(120, view.clientHeight - 70);
    return Math.min(wide / filled.wide, tall / filled.tall) * camera.zoom;
  }

  function toPixels() {
    const seen = eye(camera), scale = size();
    return (point) => {
      const [right, up, near] = seen(point);
      return {
        x: view.clientWidth / 2 + (right - filled.x + camera.x) * scale,
        y: view.clientHeight / 2 - (up - filled.y + camera.y) * scale,
        near,
      };
    };
  }

  // ---- Drawing ----

  let waiting = 0;
  const redraw = () => { waiting ||= requestAnimationFrame(() => { waiting = 0; draw(); }); };

  function draw() {
    const seen = toPixels();
    const line = (element, p, q) => set(element, { x1: p.x, y1: p.y, x2: q.x, y2: q.y });
    floor.setAttribute("points", corners.map(seen).map((p) => `${p.x},${p.y}`).join(" "));
    for (const { element, start, end } of segments) line(element, seen(start), seen(end));
    const points = data.points.map(seen);
    stems.forEach((stem, row) => stem && line(stem, points[row], seen([...data.points[row].slice(0, 2), low[2]])));
    paths.forEach((path, index) => {
      path.setAttribute("points", data.paths[index].map((row) => `${points[row].x},${points[row].y}`).join(" "));
    });
    drawArrows(points);
    const order = points.map((_, row) => row).sort((a, b) => points[a].near - points[b].near);
    for (const row of order) {
      const p = points[row];
      set(dots[row], { cx: p.x, cy: p.y, r: (quiet.has(row) ? 2.5 : 5) * p.near ** 1.6 });
      if (!flat) view.insertBefore(dots[row], names[0]); // the nearest is drawn last
    }
    const taken = drawAxisNames(seen);
    drawNames(points, order.reverse(), taken);
  }

  function drawArrows(points) {
    data.arrows.forEach(([from, to], index) => {
      const p = points[from], q = points[to], { shaft, head } = arrows[index];
      const across = q.x - p.x, down = q.y - p.y, length = Math.hypot(across, down) || 1;
      const shown = length > 20 ? "visible" : "hidden";
      const at = (along, aside) => ({
        x: p.x + (across * along - down * aside) / length,
        y: p.y + (down * along + across * aside) / length,
      });
      const start = at(7, 0), neck = at(length - 15, 0);
      set(shaft, { x1: start.x, y1: start.y, x2: neck.x, y2: neck.y, visibility: shown });
      const tips = [at(length - 8, 0), at(length - 18, 4.2), at(length - 18, -4.2)];
      set(head, { points: tips.map((tip) => `${tip.x},${tip.y}`).join(" "), visibility: shown });
    });
  }

  function drawAxisNames(seen) {
    return axisLines().map(({ start, end }, axis) => {
      const p = seen(start), q = seen(end), length = Math.hypot(q.x - p.x, q.y - p.y) || 1;
      const wide = axisNames[axis].getComputedTextLength();
      const x = inside(q.x + ((q.x - p.x) / length) * (10 + wide / 2), wide / 2 + 4, view.clientWidth - wide / 2 - 4);
      const y = inside(q.y + ((q.y - p.y) / length) * 14 + 4, 14, view.clientHeight - 6);
      set(axisNames[axis], { x, y });
      return { left: x - wide / 2, right: x + wide / 2, top: y - 13, bottom: y + 4 };
    });
  }

  const SIDES = [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [1, 1], [-1, -1], [-1, 1]];

  // Labels take turns, the chosen word first, then the ends of arrows, then the nearest. One without a free side
  // rests until the picture is turned or enlarged; the mouse on its dot still tells it.
  function drawNames(points, nearestFirst, taken) {
    const turn = (row) => (row === chosen ? 0 : ends.has(row) ? 1 : 2);
    const blocks = [...taken, ...points.map((p) => ({ left: p.x - 4, right: p.x + 4, top: p.y - 4, bottom: p.y + 4 }))];
    for (const row of [...nearestFirst].sort((a, b) => turn(a) - turn(b))) {
      const side = freeSide(row, points, blocks);
      const resting = (side === undefined || quiet.has(row)) && row !== chosen;
      names[row].setAttribute("visibility", resting ? "hidden" : "visible");
      if (resting) continue;
      sides[row] = side ?? 0;
      const box = boxAt(points[row], widths[row], SIDES[sides[row]]);
      blocks.push(box);
      set(names[row], { x: box.left, y: box.bottom - 4 });
    }
  }

  // The first side where the label is free, better one that no arrow of this word points to.
  function freeSide(row, points, blocks) {
    const free = [sides[row], ...SIDES.keys()].filter((each) => isFree(boxAt(points[row], widths[row], SIDES[each]), blocks));
    const tied = data.arrows.filter((pair) => pair.includes(row)).map(([from, to]) => points[from === row ? to : from]);
    const towards = (each) => tied.some((other) => {
      const across = other.x - points[row].x, down = other.y - points[row].y;
      const [x, y] = SIDES[each];
      return (x * across + y * down) / (Math.hypot(across, down) * Math.hypot(x, y) || 1) > 0.6;
    });
    return free.find((each) => !towards(each)) ?? free[0];
  }

  function boxAt(p, wide, [across, down]) {
    const x = p.x + across * (across && down ? 6 : 9) - ((1 - across) * wide) / 2;
    const y = p.y + down * (across && down ? 12 : 16);
    return { left: x, right: x + wide, top: y - 8, bottom: y + 9 };
  }

  const isFree = (box, blocks) => blocks.every(
    (other) => box.right <= other.left || box.left >= other.right || box.bottom <= other.top || box.top >= other.bottom,
  );
  const inside = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));

  function choose(row) {
    chosen = chosen === row ? -1 : row;
    dots.forEach((circle, each) => circle.classList.toggle("chosen", each === chosen));
    names.forEach((name, each) => name.classList.toggle("chosen", each === chosen));
    redraw();
  }

  // ---- Turning, moving, enlarging ----

  function turnBy(across, down) {
    if (flat) {
      camera.x = inside(camera.x + across / size(), -2, 2);
      camera.y = inside(camera.y - down / size(), -2, 2);
    } else {
      camera.azimuth -= across * 0.008;
      camera.elevation = inside(camera.elevation + down * 0.008, -1.57, 1.57);
    }
    moved();
  }

  function zoomBy(factor) {
    camera.zoom = inside(camera.zoom * factor, 0.4, 12);
    moved();
  }

  function moved() {
    redraw();
    clearTimeout(moved.timer);
    moved.timer = setTimeout(toAddress, 250);
  }

  function reset() {
    const from = { ...camera }, begun = performance.now();
    from.azimuth = HOME.azimuth + Math.atan2(Math.sin(from.azimuth - HOME.azimuth), Math.cos(from.azimuth - HOME.azimuth));
    const step = (now) => {
      const part = calm.matches ? 1 : inside((now - begun) / 350, 0, 1);
      const eased = 1 - (1 - part) ** 3;
      for (const key of Object.keys(HOME)) camera[key] = from[key] + (HOME[key] - from[key]) * eased;
      moved();
      if (part < 1) requestAnimationFrame(step);
    };
    step(begun);
  }

  // The address holds the view, so that a link shows the same side.
  function toAddress() {
    const numbers = Object.keys(HOME).map((key) => Number(camera[key].toFixed(3)));
    history.replaceState(null, "", `#view=${numbers.join(",")}`);
  }

  function fromAddress() {
    const found = /^#view=([-\d.,]+)$/.exec(location.hash);
    const numbers = found ? found[1].split(",").map(Number) : [];
    if (numbers.length !== 5 || !numbers.every(Number.isFinite) || numbers[2] < 0.4 || numbers[2] > 12) return {};
    return Object.fromEntries(Object.keys(HOME).map((key, index) => [key, numbers[index]]));
  }

  // ---- Mouse, touch, keys, buttons ----

  const fingers = new Map();
  const spread = () => {
    const [p, q] = [...fingers.values()];
    return Math.hypot(p.x - q.x, p.y - q.y) || 1;
  };

  view.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    view.focus({ preventScroll: true });
  });
  view.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    // Held only once it moves: a click has to reach the dot under it.
    if (!view.hasPointerCapture(event.pointerId)) view.setPointerCapture(event.pointerId);
    const before = fingers.size === 2 ? spread() : 0;
    const across = event.clientX - last.x, down = event.clientY - last.y;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 2) zoomBy(spread() / before);
    else turnBy(across, down);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    window.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
  view.addEventListener("wheel", (event) => {
    // Without focus the wheel scrolls the page, as a reader expects.
    if (document.activeElement !== view && !event.ctrlKey) return;
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)));
  }, { passive: false });

  const KEYS = {
    ArrowLeft: () => turnBy(-12, 0),
    ArrowRight: () => turnBy(12, 0),
    ArrowUp: () => turnBy(0, -12),
    ArrowDown: () => turnBy(0, 12),
    "+": () => zoomBy(1.15),
    "=": () => zoomBy(1.15),
    "-": () => zoomBy(1 / 1.15),
    0: reset,
  };
  view.addEventListener("keydown", (event) => {
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  document.getElementById("larger").addEventListener("click", () => zoomBy(1.25));
  document.getElementById("smaller").addEventListener("click", () => zoomBy(0.8));
  document.getElementById("reset").addEventListener("click", reset);
  new ResizeObserver(redraw).observe(view);
  draw();
})();
