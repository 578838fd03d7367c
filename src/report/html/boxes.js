// Boxes of the graph and the marks of Q/DQ pairs, drawn.
'use strict';

function sizeBoxes(boxes) {
  const most = Math.max(1e-9, ...boxes.map((box) => box.microseconds));
  for (const box of boxes) {
    const root = Math.sqrt(box.microseconds / most);  // the area goes with the time
    if (isPort(box))
      Object.assign(box, {width: 110, height: 26});
    else if (box.kind === 'glue')
      Object.assign(box, {width: 134 + 90 * root, height: 34 + 44 * root});
    else
      Object.assign(box, {width: 150 + 100 * root, height: 48 + 52 * root});
  }
}

function drawBox(box) {
  const {width, height} = box, kind = isPort(box) ? 'port' : box.real;
  const most = Math.floor((width - 18) / 6.6);
  const group = svg('g', {
    class: `box ${kind} ${box.kind}`,
    tabindex: '-1',
    role: 'button',
    transform: `translate(${fixed(box.x)} ${fixed(box.y)})`,
    'aria-label': describe(box),
    'data-id': box.id
  });
  group.append(svg('title', {}, describe(box)));
  group.append(svg('rect', {class: 'ring', x: -4, y: -4, width: width + 8, height: height + 8, rx: 9}));
  group.append(svg('rect', {class: 'body', width, height, rx: isPort(box) ? 13 : 6}));
  if (isPort(box)) {
    group.append(svg('text', {x: width / 2, y: 17, 'text-anchor': 'middle'}, shorten(box.name, 15)));
    return group;
  }
  group.append(svg('rect', {class: 'cue', width: 7, height, rx: 3}));
  const tag = tagOf(box), glue = box.kind === 'glue';
  group.append(svg('text', {x: 13, y: glue ? 14 : 17}, shorten(titleOf(box), most)));
  if (!glue) group.append(svg('text', {class: 'sub', x: 13, y: 30}, shorten(box.name, Math.floor(most * 1.15))));
  // Instead of all this from afar.
  if (!glue) {
    const place = {class: 'overview', x: width / 2 + 3, y: height / 2 + 7, 'text-anchor': 'middle'};
    group.append(svg('text', place, shorten(titleOf(box), Math.floor((width - 12) / 11.5))));
  }
  const time = box.microseconds > 0 ? `${microseconds(box.microseconds)} · ${percent(box.share)}` : '';
  group.append(svg('text', {class: 'sub', x: 13, y: height - 6}, time));
  group.append(svg('text', {class: 'tag', x: width - 6, y: height - 6, 'text-anchor': 'end'}, tag));
  return group;
}

function drawMark(edge, tensor) {
  const [x, y] = edge.mark, paid = tensor.conversion_kernels > 0;
  const cost = paid ?
      `${plural(tensor.conversion_kernels, 'conversion kernel')}, ${microseconds(tensor.conversion_microseconds)}` :
      'no conversion kernel is left of it';
  return svg(
      'path', {class: paid ? 'qdq paid' : 'qdq', d: `M${fixed(x)} ${fixed(y - 6)}l6 6l-6 6l-6 -6z`},
      svg('title', {}, `Q/DQ of ${tensor.value} as ${tensor.precision}: ${cost}`));
}
