// What a box opens to.
'use strict';

function drawHistogram(tensor) {
  const seen = tensor.seen;
  if (!seen || !seen.counts.length) return null;
  const width = 380, height = 74, foot = 14, ranged = tensor.method !== undefined && tensor.high > tensor.low;
  const low = Math.min(seen.min, ranged ? tensor.low : seen.min),
        high = Math.max(seen.max, ranged ? tensor.high : seen.max);
  const span = high - low || 1, x = (value) => (width * (value - low)) / span;
  const most = Math.max(...seen.counts), step = (seen.max - seen.min) / seen.counts.length;
  const label = `Histogram from ${compact(seen.min)} to ${compact(seen.max)}, bars on a square-root scale` +
      (ranged ? `; the integers reach ${compact(tensor.low)} to ${compact(tensor.high)}` : '');
  const chart =
      svg('svg', {class: 'histogram', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label},
          svg('title', {}, label));
  if (ranged)
    chart.append(svg('rect', {
      class: 'reach',
      x: x(tensor.low),
      y: 0,
      width: Math.max(1, x(tensor.high) - x(tensor.low)),
      height: height - foot
    }));
  seen.counts.forEach((count, i) => {
    if (!count) return;
    const from = seen.min + i * step, tall = Math.max(1, (height - foot) * Math.sqrt(count / most));
    const middle = from + step / 2, outside = ranged && (middle < tensor.low || middle > tensor.high);
    chart.append(svg('rect', {
      class: outside ? 'outside' : 'inside',
      x: x(from),
      y: height - foot - tall,
      width: Math.max(1, (width * step) / span - 0.5),
      height: tall
    }));
  });
  chart.append(svg('line', {class: 'axis', x1: 0, x2: width, y1: height - foot, y2: height - foot}));
  chart.append(svg('text', {class: 'muted', 'font-size': 10, x: 0, y: height - 3}, compact(low)));
  chart.append(
      svg('text', {class: 'muted', 'font-size': 10, x: width, y: height - 3, 'text-anchor': 'end'}, compact(high)));
  if (low < 0 && high > 0)
    chart.append(svg('text', {class: 'muted', 'font-size': 10, x: x(0), y: height - 3, 'text-anchor': 'middle'}, '0'));
  return chart;
}

function scaleText(tensor) {
  if (tensor.scales === 0) return 'scales not found in the file';
  if (tensor.scales > 1)
    return `${tensor.scales} scales, ${compact(tensor.least_scale)} to ${compact(tensor.largest_scale)}`;
  return `scale ${compact(tensor.least_scale)}, zero point ${tensor.zero_point}`;
}

function pointBlock(point, picture) {
  const tensor = point.tensor === undefined || point.tensor === null ? null : picture.tensors[point.tensor];
  const block = html('div', {class: 'point'});
  block.append(html(
      'p', {}, html('code', {}, point.point), ' ',
      html('span', {class: point.open ? 'pill integer' : 'pill closed'}, point.open ? point.precision : 'float')));
  if (point.value) block.append(html('p', {class: 'hint'}, 'value ', html('code', {}, point.value)));
  if (tensor) {
    block.append(html('p', {}, scaleText(tensor)));
    if (tensor.method)
      block.append(html(
          'p', {class: 'hint'},
          `range by ${tensor.method}: integers reach ${compact(tensor.low)} to ${compact(tensor.high)}; seen ${
              compact(tensor.seen.min)} to ${compact(tensor.seen.max)}`));
    const chart = drawHistogram(tensor);
    if (chart) block.append(chart);
    if (tensor.conversion_kernels)
      block.append(html(
          'p', {class: 'hint'},
          `${plural(tensor.conversion_kernels, 'conversion kernel')} ran for it: ${
              microseconds(tensor.conversion_microseconds)}`));
  }
  if (point.reason) block.append(html('p', {class: 'hint'}, point.reason));
  return block;
}

function kernelTable(box) {
  if (!box.kernels.length) return html('p', {class: 'hint'}, REAL_WORDS[box.real] + '.');
  const rows = box.kernels.map(
      (kernel) => html(
          'tr', {},
          html(
              'td', {}, kernel.op, html('br'), html('span', {class: 'hint mono'}, kernel.node),
              kernel.boxes > 1 ? html('span', {class: 'hint'}, ` (one kernel for ${kernel.boxes} boxes)`) : null,
              kernel.by_place ?
                  html(
                      'span', {class: 'hint'}, ' (its name says nothing: put here by the order in which kernels ran)') :
                  null),
          html(
              'td', {},
              kernel.conversion  ? 'conversion' :
                  kernel.integer ? 'INT8' :
                                   'float'),
          html('td', {class: 'number'}, microseconds(kernel.microseconds))));
  return html(
      'table', {},
      html(
          'thead', {},
          html(
              'tr', {}, html('th', {}, 'kernel'), html('th', {class: 'number'}, 'in'),
              html('th', {class: 'number'}, 'time'))),
      html('tbody', {}, ...rows));
}

const list = (texts) => html('ul', {}, ...texts.map((text) => html('li', {}, text)));

class Panel {
  constructor(element, goTo, closed) {
    Object.assign(this, {element, goTo, closed, box: null});
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      this.close();
    });
  }

  close() {
    if (!this.box) return;
    this.box = null;
    this.element.hidden = true;
    this.closed();
  }

  neighbours(edges, end, picture) {
    const ids = [...new Set(edges.map((edge) => edge[end]))];
    if (!ids.length) return html('span', {class: 'hint'}, 'none');
    return html(
        'span', {class: 'neighbours'},
        ...ids.map(
            (id) => html(
                'button', {type: 'button', onclick: () => this.goTo(id)}, `${titleOf(picture.boxes[id])} `,
                html('span', {class: 'hint'}, shorten(picture.boxes[id].name, 40)))));
  }

  facts(box, picture) {
    const facts = [];
    const add = (name, ...value) => facts.push(html('dt', {}, name), html('dd', {}, ...value));
    if (isPort(box)) {
      add('what', `${box.kind} of the graph`);
    } else {
      add('runs in', html('span', {class: `pill ${box.real}`}, tagOf(box)), ` ${REAL_WORDS[box.real]}`);
      add('planned', box.planned);
      if (box.why) add('why', box.why);
      if (box.body) add('in the body', html('code', {}, box.body));
      if (picture.microseconds > 0)
        add('time', `${microseconds(box.microseconds)}, ${percent(box.share)} of the kernels' time`);
      if (box.float_microseconds > 0)
        add('in float', `${microseconds(box.float_microseconds)} by the float model's kernels of the same nodes`);
      if (box.sqnr_db !== undefined) add('SQNR', `${decibels(box.sqnr_db)} at its output, simulated`);
    }
    add('from', this.neighbours(box.inputs, 'from', picture));
    add('to', this.neighbours(box.outputs, 'to', picture));
    return html('dl', {}, ...facts);
  }

  show(box, picture, focus) {
    this.box = box;
    const heading = html('h3', {tabindex: '-1'}, titleOf(box), ' ', html('span', {class: 'hint'}, box.name));
    const body = [
      html(
          'div', {class: 'head'}, heading,
          html('button', {type: 'button', 'aria-label': 'Close', onclick: () => this.close()}, 'Close (Esc)')),
      this.facts(box, picture)
    ];
    const add = (title, ...content) => body.push(html('h3', {}, title), ...content);
    if (box.kind === 'unit') {
      const open = box.points.filter((point) => point.open), shut = box.points.filter((point) => !point.open);
      add('Q/DQ points', ...(open.length ? open.map((point) => pointBlock(point, picture)) : [
            html(
                'p', {class: 'hint'},
                box.points.length ? 'None is open.' : 'The pattern declares none: fused, never quantized.')
          ]));
      if (shut.length) add('Left float, and why', ...shut.map((point) => pointBlock(point, picture)));
    }
    if (!isPort(box)) add('Kernels', kernelTable(box));
    if (box.lost.length) add('Held here too, but came later', list(box.lost));
    if (box.misses.length)
      add(box.kind === 'unit' ? 'Tried before, and did not hold' : 'Patterns that did not hold here', list(box.misses));
    if (box.nodes.length)
      add('Nodes', list(box.nodes.map((node) => (node.op ? `${node.op}  ${node.name}` : node.name))));
    if (box.origins.join('\n') !== box.nodes.map((node) => node.name).join('\n') && box.origins.length)
      add('Nodes of the model as loaded', list(box.origins));
    this.element.replaceChildren(...body);
    this.element.hidden = false;
    this.element.scrollTop = 0;
    if (focus) heading.focus();
  }
}
