// Scatter of latency and accuracy; bars of error.
'use strict';

function niceTicks(low, high, count) {
  const raw = (high - low) / Math.max(1, count), power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw);
  const ticks = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-6; at += step)
    ticks.push(Number(at.toPrecision(12)));
  return ticks;
}

// points: [{name, x, y, kind: "row" | "accepted" | "rejected", note}]
function drawScatter(points, xName, yName) {
  const width = 760, height = 380, left = 64, bottom = 46, top = 16, right = 24;
  const widen = (values) => {
    const low = Math.min(...values), high = Math.max(...values),
          room = (high - low || Math.abs(high) * 0.02 || 1) * 0.12;
    return [low - room, high + room];
  };
  const [x0, x1] = widen(points.map((point) => point.x)), [y0, y1] = widen(points.map((point) => point.y));
  const x = (value) => left + ((width - left - right) * (value - x0)) / (x1 - x0);
  const y = (value) => height - bottom - ((height - bottom - top) * (value - y0)) / (y1 - y0);
  const chart = svg('svg', {
    class: 'chart',
    viewBox: `0 0 ${width} ${height}`,
    width,
    role: 'img',
    'aria-label': `${yName} against ${xName} of ${
        points.map((point) => `${point.name}: ${compact(point.x)}, ${compact(point.y)}`).join('; ')}`
  });
  for (const tick of niceTicks(x0, x1, 6)) {
    chart.append(svg('line', {class: 'grid', x1: x(tick), x2: x(tick), y1: top, y2: height - bottom}));
    chart.append(
        svg('text', {class: 'muted', 'font-size': 11, x: x(tick), y: height - bottom + 16, 'text-anchor': 'middle'},
            compact(tick)));
  }
  for (const tick of niceTicks(y0, y1, 5)) {
    chart.append(svg('line', {class: 'grid', x1: left, x2: width - right, y1: y(tick), y2: y(tick)}));
    chart.append(svg(
        'text', {class: 'muted', 'font-size': 11, x: left - 6, y: y(tick) + 4, 'text-anchor': 'end'}, compact(tick)));
  }
  chart.append(svg(
      'text', {class: 'muted', 'font-size': 12, x: (left + width - right) / 2, y: height - 8, 'text-anchor': 'middle'},
      xName));
  chart.append(
      svg('text', {
        class: 'muted',
        'font-size': 12,
        x: 14,
        y: (height - bottom) / 2,
        'text-anchor': 'middle',
        transform: `rotate(-90 14 ${(height - bottom) / 2})`
      },
          yName));
  const shapes = {
    row: (px, py) => `M${px - 7} ${py}l7 -7l7 7l-7 7z`,
    accepted: (px, py) => `M${px - 5} ${py}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z`,
    rejected: (px, py) => `M${px - 4} ${py}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z`
  };
  const order = {rejected: 0, accepted: 1, row: 2};
  for (const point of [...points].sort((a, b) => order[a.kind] - order[b.kind])) {
    const px = x(point.x), py = y(point.y);
    chart.append(
        svg('path', {class: `dot ${point.kind}`, d: shapes[point.kind](px, py)},
            svg('title', {},
                `${point.name}: ${compact(point.x)}, ${compact(point.y)}${point.note ? `. ${point.note}` : ''}`)));
    if (point.kind !== 'row') continue;
    const nearEnd = px > width - 120;
    chart.append(
        svg('text', {
          class: 'halo',
          'font-size': 12,
          x: nearEnd ? px - 11 : px + 11,
          y: py + 4,
          'text-anchor': nearEnd ? 'end' : 'start'
        },
            shorten(point.name, 24)));
  }
  return chart;
}

function trialTable(trials) {
  const number = (value, digits) => (value === null || value === undefined ? '–' : value.toFixed(digits));
  const rows = trials.map(
      (trial) => html(
          'tr', {}, html('th', {scope: 'row'}, shorten(trial.name, 60)),
          html('td', {class: 'number'}, number(trial.speedup, 3)),
          html('td', {class: 'number'}, number(trial.accuracy, 2)), html('td', {}, trial.outcome),
          html('td', {}, trial.reason)));
  const head = html(
      'thead', {},
      html(
          'tr', {}, html('th', {scope: 'col'}, 'tried'),
          html('th', {scope: 'col', class: 'number'}, 'speed (float = 1)'),
          html('th', {scope: 'col', class: 'number'}, 'accuracy'), html('th', {scope: 'col'}, 'outcome'),
          html('th', {scope: 'col'}, 'why')));
  return html(
      'details', {}, html('summary', {}, `All ${plural(trials.length, 'trial')}`),
      html(
          'div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Trials'},
          html('table', {}, head, html('tbody', {}, ...rows))));
}

function drawErrors(holder, boxes, open, most) {
  const finite = boxes.filter((box) => box.sqnr_db !== null);
  const sorted = finite.sort((a, b) => a.sqnr_db - b.sqnr_db), top = Math.max(1, ...sorted.map((box) => box.sqnr_db));
  const row = (box) => {
    const width = Math.max(0.5, (100 * Math.max(0, box.sqnr_db)) / top);
    const bar =
        svg('svg', {viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true'},
            svg('rect', {class: `fill ${box.real}`, width, height: 10}));
    return html(
        'li', {},
        html(
            'button', {type: 'button', onclick: () => open(box), title: describe(box)},
            html('span', {class: 'name'}, titleOf(box), ' ', html('span', {class: 'hint'}, box.name)),
            html('span', {class: 'track'}, bar), html('span', {class: 'number'}, decibels(box.sqnr_db))));
  };
  const items = html('ul', {class: 'errors'}, ...sorted.slice(0, most).map(row));
  holder.replaceChildren(items);
  if (sorted.length > most) {
    const more = html(
        'button', {
          type: 'button',
          onclick: () => {
            items.append(...sorted.slice(most).map(row));
            more.remove();
          }
        },
        `Show all ${sorted.length}`);
    holder.append(more);
  }
  return sorted.length;
}
