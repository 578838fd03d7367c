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

// Where the label of each row stands: beside its diamond where there is room, else above or below, never on another
// label or diamond, on as few circles as can be. None: it shows when the point is pointed at or focused.
function placeLabels(rows, circles, bounds) {
  const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const around = (at, size) => ({left: at.px - size, right: at.px + size, top: at.py - size, bottom: at.py + size});
  const taken = rows.map((row) => around(row, 8)), dots = circles.map((circle) => around(circle, 5));
  return rows.map((row, own) => {
    const width = 7 * row.text.length, places = [
      {x: row.px + 11, y: row.py + 4, anchor: 'start'}, {x: row.px - 11, y: row.py + 4, anchor: 'end'},
      ...[-13, 22, -28, 37].flatMap((dy) => [
        {x: row.px, y: row.py + dy, anchor: 'middle'}, {x: row.px + 4, y: row.py + dy, anchor: 'start'},
        {x: row.px - 4, y: row.py + dy, anchor: 'end'}
      ])
    ];
    let best = null;
    for (const place of places) {
      const left = place.x - {start: 0, middle: width / 2, end: width}[place.anchor];
      const box = {left, right: left + width, top: place.y - 12, bottom: place.y + 4};
      const inside = box.left >= bounds.left && box.right <= bounds.right && box.top >= bounds.top &&
          box.bottom <= bounds.bottom;
      if (!inside || taken.some((other, i) => i !== own && touch(box, other))) continue;
      const covered = dots.filter((dot) => touch(box, dot)).length;
      if (!best || covered < best.covered) best = {...place, box, covered};
    }
    if (best) taken.push(best.box);
    return best;
  });
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
    role: 'group',
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
  const tell = (point) => `${point.name}: ${compact(point.x)}, ${compact(point.y)}${point.note ? `. ${point.note}` : ''}`;
  const placed = points.map((point) => ({...point, px: x(point.x), py: y(point.y), text: shorten(point.name, 24)}));
  const rows = placed.filter((point) => point.kind === 'row');
  const circles = placed.filter((point) => point.kind !== 'row').sort((a, b) => (a.kind < b.kind ? 1 : -1));
  const dot = (point) => svg(
      'path', {class: `dot ${point.kind}`, d: shapes[point.kind](point.px, point.py)}, svg('title', {}, tell(point)));
  chart.append(...circles.map(dot));
  const labels = placeLabels(rows, circles, {left, right: width - 2, top: 2, bottom: height - bottom});
  rows.forEach((point, i) => {
    const nearEnd = point.px > width / 2;
    const at = labels[i] || {x: point.px + (nearEnd ? -11 : 11), y: point.py + 4, anchor: nearEnd ? 'end' : 'start'};
    chart.append(
        svg('g', {class: labels[i] ? 'mark' : 'mark crowded', tabindex: '0', role: 'img', 'aria-label': tell(point)},
            dot(point),
            svg('text', {class: 'halo', 'font-size': 12, x: at.x, y: at.y, 'text-anchor': at.anchor}, point.text)));
  });
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
