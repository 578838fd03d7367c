// Layered layout of a directed graph, cut into columns so that a network of hundreds of layers fits a screen.
// boxes: [{width, height}]; edges: [{from, to}] (indices of boxes). Sets box.x, box.y (top left), box.layer, box.place,
// edge.path (an SVG path), edge.mark ([x, y] of a Q/DQ pair). Returns the size of the whole.
"use strict";

const GAP_X = 26, GAP_Y = 40, GUTTER = 56, SWEEPS = 10, THREAD = 10;

// Longest path from the sources. A cycle, which units may form, is cut where the graph's order says.
function assignLayers(boxes, edges) {
  const waiting = boxes.map(() => 0), next = boxes.map(() => []);
  for (const edge of edges) { next[edge.from].push(edge.to); waiting[edge.to] += 1; }
  const layer = boxes.map(() => 0), done = boxes.map(() => false), order = [];
  const ready = boxes.map((_, i) => i).filter((i) => waiting[i] === 0);
  let scan = 0;
  while (order.length < boxes.length) {
    let at = ready.shift();
    if (at === undefined) {
      while (done[scan]) scan += 1;
      at = scan;
    }
    if (done[at]) continue;
    done[at] = true;
    order.push(at);
    for (const to of next[at]) {
      if (done[to]) continue;
      layer[to] = Math.max(layer[to], layer[at] + 1);
      waiting[to] -= 1;
      if (waiting[to] === 0) ready.push(to);
    }
  }
  // What nothing leads to stands right above its first reader.
  const hasInput = boxes.map(() => false);
  for (const edge of edges) hasInput[edge.to] = true;
  boxes.forEach((_, i) => {
    if (hasInput[i] || next[i].length === 0) return;
    layer[i] = Math.max(0, Math.min(...next[i].map((to) => layer[to])) - 1);
  });
  return layer;
}

// Cells: boxes, and threads where a long edge passes a layer.
function makeCells(boxes, edges, layer) {
  const rows = [];
  const put = (cell) => { (rows[cell.layer] = rows[cell.layer] || []).push(cell); return cell; };
  const cells = boxes.map((box, i) => put({ box, layer: layer[i], width: box.width, height: box.height, up: [], down: [] }));
  for (const edge of edges) {
    edge.reversed = layer[edge.from] >= layer[edge.to];
    edge.cells = [cells[edge.from]];
    const end = cells[edge.to];
    if (!edge.reversed) {
      for (let at = layer[edge.from] + 1; at < layer[edge.to]; at += 1)
        edge.cells.push(put({ layer: at, width: THREAD, height: 0, up: [], down: [] }));
    }
    edge.cells.push(end);
    if (edge.reversed) continue;
    for (let i = 1; i < edge.cells.length; i += 1) {
      edge.cells[i - 1].down.push(edge.cells[i]);
      edge.cells[i].up.push(edge.cells[i - 1]);
    }
  }
  for (let i = 0; i < rows.length; i += 1) rows[i] = rows[i] || [];
  return rows;
}

function number(row) { row.forEach((cell, i) => { cell.place = i; }); }

function orderRows(rows) {
  rows.forEach(number);
  const sweep = (row, side) => {
    for (const cell of row) {
      const near = cell[side];
      cell.want = near.length ? near.reduce((sum, other) => sum + other.place, 0) / near.length : cell.place;
    }
    row.sort((a, b) => a.want - b.want);
    number(row);
  };
  for (let i = 0; i < SWEEPS; i += 1) {
    for (let at = 1; at < rows.length; at += 1) sweep(rows[at], "up");
    for (let at = rows.length - 2; at >= 0; at -= 1) sweep(rows[at], "down");
  }
}

// The places closest to those wanted (least squares) that keep the order and the gaps.
function spread(row) {
  const blocks = [];
  let offset = 0;
  row.forEach((cell, i) => {
    if (i > 0) offset += (row[i - 1].width + cell.width) / 2 + GAP_X * (cell.box && row[i - 1].box ? 1 : 0.4);
    cell.offset = offset;
    const weight = cell.box ? 2 : 1;
    let block = { sum: weight * (cell.want - offset), weight, cells: [cell] };
    while (blocks.length && blocks[blocks.length - 1].sum / blocks[blocks.length - 1].weight > block.sum / block.weight) {
      const last = blocks.pop();
      block = { sum: last.sum + block.sum, weight: last.weight + block.weight, cells: last.cells.concat(block.cells) };
    }
    blocks.push(block);
  });
  for (const block of blocks) for (const cell of block.cells) cell.center = block.sum / block.weight + cell.offset;
}

function placeRows(rows) {
  for (const row of rows) {
    for (const cell of row) cell.want = 0;
    spread(row);
  }
  // The way through boxes is kept straighter than that of long edges.
  const weight = (cell) => (cell.box ? 4 : 1);
  const pull = (row, side) => {
    for (const cell of row) {
      const near = cell[side].length ? cell[side] : cell.up.concat(cell.down);
      const total = near.reduce((sum, other) => sum + weight(other), 0);
      cell.want = total ? near.reduce((sum, other) => sum + weight(other) * other.center, 0) / total : cell.center;
    }
    spread(row);
  };
  for (let i = 0; i < SWEEPS; i += 1) {
    for (let at = 1; at < rows.length; at += 1) pull(rows[at], "up");
    for (let at = rows.length - 2; at >= 0; at -= 1) pull(rows[at], "down");
  }
}

// Columns of about equal height whose whole has about the shape of the screen.
function cutColumns(rows, aspect) {
  const heights = rows.map((row) => Math.max(20, ...row.map((cell) => cell.height)) + GAP_Y);
  const left = (row) => Math.min(...row.map((cell) => cell.center - cell.width / 2));
  const right = (row) => Math.max(...row.map((cell) => cell.center + cell.width / 2));
  const total = heights.reduce((sum, height) => sum + height, 0);
  const typical = rows.map((row) => (row.length ? right(row) - left(row) : 0)).sort((a, b) => a - b);
  const width = (typical[Math.floor(typical.length * 0.9)] || 100) + GUTTER;
  const count = Math.max(1, Math.min(rows.length, Math.round(Math.sqrt((aspect * total) / width))));
  const most = total / count;
  const columns = [];
  let x = 0;
  for (let at = 0; at < rows.length;) {
    const column = { first: at, height: 0, rows: [] };
    let low = Infinity, high = -Infinity;
    while (at < rows.length && (column.rows.length === 0 || column.height + heights[at] / 2 <= most)) {
      const row = rows[at];
      for (const cell of row) {
        cell.y = column.height + (heights[at] - GAP_Y - cell.height) / 2;
        cell.rowTop = column.height;
        cell.rowBottom = column.height + heights[at] - GAP_Y;
        cell.column = columns.length;
      }
      if (row.length) { low = Math.min(low, left(row)); high = Math.max(high, right(row)); }
      column.height += heights[at];
      column.rows.push(row);
      at += 1;
    }
    column.left = x;
    column.lanes = 0;
    for (const row of column.rows) for (const cell of row) cell.x = cell.center - low + x;
    column.right = x + Math.max(0, high - low);
    x = column.right + GUTTER;
    columns.push(column);
  }
  return columns;
}

// Where edges leave and enter: side by side along the box.
function placePorts(edges) {
  const out = new Map(), into = new Map();
  const add = (map, cell, edge) => { if (!map.has(cell)) map.set(cell, []); map.get(cell).push(edge); };
  for (const edge of edges) { add(out, edge.cells[0], edge); add(into, edge.cells[edge.cells.length - 1], edge); }
  const share = (map, field, other) => {
    for (const [cell, list] of map) {
      list.sort((a, b) => other(a).x - other(b).x);
      const width = Math.min(cell.width * 0.6, 24 * (list.length - 1));
      list.forEach((edge, i) => { edge[field] = cell.x + (list.length > 1 ? width * (i / (list.length - 1) - 0.5) : 0); });
    }
  };
  share(out, "startX", (edge) => edge.cells[1]);
  share(into, "endX", (edge) => edge.cells[edge.cells.length - 2]);
}

const fixed = (value) => Math.round(value * 10) / 10;

function routeEdge(edge, columns) {
  const cells = edge.cells;
  let x = edge.startX, y = cells[0].y + cells[0].height;
  let path = `M${fixed(x)} ${fixed(y)}`;
  const last = cells.length - 1;
  for (let i = 1; i <= last; i += 1) {
    const from = cells[i - 1], to = cells[i];
    const toX = i === last ? edge.endX : to.x, toY = i === last ? to.y : to.rowTop;
    if (edge.reversed || to.column !== from.column) {
      // Down to the foot of the column, through the gutter, and in from the top.
      const column = columns[Math.max(from.column, edge.reversed ? from.column : to.column - 1)];
      const lane = column.lanes;
      column.lanes = (column.lanes + 1) % 7;
      const foot = from.rowBottom + 12 + lane * 3, gutter = column.right + 14 + lane * 4, head = toY - 10 - lane * 3;
      path += `L${fixed(x)} ${fixed(foot)}L${fixed(gutter)} ${fixed(foot)}L${fixed(gutter)} ${fixed(head)}L${fixed(toX)} ${fixed(head)}L${fixed(toX)} ${fixed(toY)}`;
    } else {
      const middle = (y + toY) / 2;
      path += `C${fixed(x)} ${fixed(middle)} ${fixed(toX)} ${fixed(middle)} ${fixed(toX)} ${fixed(toY)}`;
    }
    x = toX;
    y = toY;
    if (i < last && to.rowBottom > to.rowTop) { y = to.rowBottom; path += `L${fixed(x)} ${fixed(y)}`; }
  }
  edge.path = path;
  edge.mark = [x, y - 9];
}

function layoutGraph(boxes, edges, aspect) {
  if (!boxes.length) return { width: 0, height: 0, columns: 0 };
  const layer = assignLayers(boxes, edges), rows = makeCells(boxes, edges, layer);
  orderRows(rows);
  placeRows(rows);
  const columns = cutColumns(rows, aspect);
  placePorts(edges);
  for (const edge of edges) routeEdge(edge, columns);
  rows.forEach((row) => row.filter((cell) => cell.box).forEach((cell, place) => {
    Object.assign(cell.box, { x: cell.x - cell.width / 2, y: cell.y, layer: cell.layer, place });
  }));
  return { width: columns[columns.length - 1].right + GUTTER / 2, height: Math.max(...columns.map((column) => column.height)), columns: columns.length };
}
