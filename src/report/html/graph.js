// The graph as boxes: drawn, moved, searched, walked by keyboard.
'use strict';

// Below these scales text cannot be read: large titles only, then none.
const FAR = 0.6, TINY = 0.22;

class GraphView {
  constructor(holder, open) {
    this.holder = holder;
    this.open = open;
    this.view = {x: 0, y: 0, scale: 1};
    this.current = null;
    this.pointers = new Map();
    this.lit = [];  // edges of the current box
  }

  show(picture, detail) {
    this.picture = picture;
    this.part = visiblePart(picture, detail);
    this.atId = new Map(this.part.boxes.map((box, i) => [box.id, i]));
    sizeBoxes(this.part.boxes);
    const aspect = this.holder.clientWidth / Math.max(1, this.holder.clientHeight);
    this.size = layoutGraph(this.part.boxes, this.part.edges, aspect);
    this.world = svg('g', {});
    const edges = svg('g', {'aria-hidden': 'true'}), marks = svg('g', {'aria-hidden': 'true'});
    for (const edge of this.part.edges) {
      edge.line =
          svg('path', {class: 'edge', d: edge.path, 'stroke-dasharray': edge.bridged ? '2 3' : null},
              svg('title', {}, edge.value));
      edges.append(edge.line);
      if (edge.tensor !== null && edge.tensor !== undefined) marks.append(drawMark(edge, picture.tensors[edge.tensor]));
    }
    this.elements = this.part.boxes.map(drawBox);
    this.world.append(edges, ...this.elements, marks);
    const hatch = svg(
        'pattern', {id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'},
        svg('rect', {width: 6, height: 6}), svg('path', {d: 'M1.5 0V6'}));
    this.root = svg('svg', {role: 'group', 'aria-label': 'Graph of the model'}, svg('defs', {}, hatch), this.world);
    this.holder.replaceChildren(this.root);
    this.listen();
    this.fit();
    const first = this.part.boxes.findIndex((box) => box.kind === 'unit');
    this.setCurrent(first < 0 ? 0 : first, false);
  }

  listen() {
    const boxAt = (event) => event.target.closest('.box');
    this.root.addEventListener('click', (event) => {
      const element = boxAt(event);
      if (!element || this.moved) return;
      this.setCurrent(this.elements.indexOf(element), true);
      this.open(this.part.boxes[this.current], false);
    });
    this.root.addEventListener('focusin', (event) => {
      const element = boxAt(event);
      if (element && element !== this.elements[this.current]) this.setCurrent(this.elements.indexOf(element), false);
    });
    this.root.addEventListener('keydown', (event) => this.key(event));
    this.root.addEventListener('wheel', (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), this.point(event));
    }, {passive: false});
    this.root.addEventListener('pointerdown', (event) => {
      this.moved = false;
      this.pointers.set(event.pointerId, this.point(event));
    });
    this.root.addEventListener('pointermove', (event) => this.drag(event));
    for (const end of ['pointerup', 'pointercancel', 'pointerleave']) {
      this.root.addEventListener(end, (event) => {
        this.pointers.delete(event.pointerId);
        this.root.classList.remove('moving');
      });
    }
  }

  point(event) {
    const frame = this.root.getBoundingClientRect();
    return {x: event.clientX - frame.left, y: event.clientY - frame.top};
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.point(event), dx = now.x - before.x, dy = now.y - before.y;
    if (!this.moved && Math.hypot(dx, dy) < 4) return;
    this.moved = true;
    this.root.classList.add('moving');
    if (this.pointers.size === 2) {
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)[1];
      const grown = Math.hypot(now.x - other.x, now.y - other.y) /
          Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      this.zoom(grown, {x: (now.x + other.x) / 2, y: (now.y + other.y) / 2});
    } else {
      this.view.x += dx;
      this.view.y += dy;
      this.place();
    }
    this.pointers.set(event.pointerId, now);
  }

  place() {
    const {x, y, scale} = this.view;
    this.world.setAttribute('transform', `translate(${fixed(x)} ${fixed(y)}) scale(${scale})`);
    this.root.classList.toggle('far', scale < FAR);
    this.root.classList.toggle('tiny', scale < TINY);
  }

  zoom(factor, about) {
    const at = about || {x: this.holder.clientWidth / 2, y: this.holder.clientHeight / 2};
    const scale = Math.min(3, Math.max(0.02, this.view.scale * factor)), grown = scale / this.view.scale;
    this.view = {scale, x: at.x - (at.x - this.view.x) * grown, y: at.y - (at.y - this.view.y) * grown};
    this.place();
  }

  fit() {
    const margin = 34, width = this.holder.clientWidth, height = this.holder.clientHeight;
    const scale = Math.max(
        0.02,
        Math.min(
            1.2, (width - 2 * margin) / Math.max(1, this.size.width),
            (height - 2 * margin) / Math.max(1, this.size.height)));
    this.view = {
      scale,
      x: (width - this.size.width * scale) / 2,
      y: Math.max(margin, (height - this.size.height * scale) / 2)
    };
    this.place();
  }

  // Moves the view only as far as needed; comes near enough to read.
  reveal(box) {
    const width = this.holder.clientWidth, height = this.holder.clientHeight;
    if (this.view.scale < 0.8)
      this.zoom(0.9 / this.view.scale, {
        x: this.view.x + (box.x + box.width / 2) * this.view.scale,
        y: this.view.y + (box.y + box.height / 2) * this.view.scale
      });
    const {scale} = this.view, edge = 40;
    const left = this.view.x + box.x * scale, top = this.view.y + box.y * scale;
    const right = left + box.width * scale, bottom = top + box.height * scale;
    if (left < edge || right > width - edge) this.view.x += width / 2 - (left + right) / 2;
    if (top < edge || bottom > height - edge) this.view.y += height / 2 - (top + bottom) / 2;
    this.place();
  }

  setCurrent(at, focus) {
    if (at < 0 || at >= this.elements.length) return;
    if (this.current !== null && this.elements[this.current])
      this.elements[this.current].setAttribute('tabindex', '-1');
    this.current = at;
    this.elements[at].setAttribute('tabindex', '0');
    for (const edge of this.lit) edge.line.classList.remove('lit');
    this.lit = this.part.edges.filter((edge) => edge.from === at || edge.to === at);
    for (const edge of this.lit) edge.line.classList.add('lit');
    if (!focus) return;
    this.elements[at].focus({preventScroll: true});
    this.reveal(this.part.boxes[at]);
  }

  // By the box's number in the picture. False where it is not drawn.
  goTo(id) {
    if (!this.atId.has(id)) return false;
    this.setCurrent(this.atId.get(id), true);
    return true;
  }

  key(event) {
    const at = this.current, boxes = this.part.boxes, box = boxes[at];
    const nearest = (ends) => ends.sort(
        (a, b) => Math.abs(boxes[a].layer - box.layer) - Math.abs(boxes[b].layer - box.layer) ||
            boxes[a].place - boxes[b].place)[0];
    const moves = {
      ArrowDown: () => nearest(this.part.edges.filter((edge) => edge.from === at).map((edge) => edge.to)),
      ArrowUp: () => nearest(this.part.edges.filter((edge) => edge.to === at).map((edge) => edge.from)),
      ArrowLeft: () => boxes.findIndex((other) => other.layer === box.layer && other.place === box.place - 1),
      ArrowRight: () => boxes.findIndex((other) => other.layer === box.layer && other.place === box.place + 1),
      Home: () => 0,
      End: () => boxes.length - 1,
    };
    const zooms = {'+': 1.3, '=': 1.3, '-': 1 / 1.3};
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (moves[event.key]) {
      const to = moves[event.key]();
      if (to !== undefined && to >= 0) this.setCurrent(to, true);
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.open(box, true);
    } else if (zooms[event.key]) {
      this.zoom(zooms[event.key]);
    } else if (event.key === '0') {
      this.fit();
    } else {
      return;
    }
    event.preventDefault();
  }

  markOpen(box) { this.part.boxes.forEach((other, i) => this.elements[i].classList.toggle('open', other === box)); }

  // null: no filter. Returns the places of the boxes found.
  filter(holds) {
    const found = [];
    this.part.boxes.forEach((box, i) => {
      const is = holds && holds(box);
      this.elements[i].classList.toggle('dim', Boolean(holds) && !is);
      this.elements[i].classList.toggle('found', Boolean(holds) && Boolean(is));
      if (is) found.push(i);
    });
    return found;
  }
}
