// Layered layout of a directed graph, cut into columns so that a network of hundreds of layers fits a screen.
// boxes: [{width, height}]; edges: [{from, to}] (indices of boxes). Sets box.x, box.y (top left), box.layer, box.place,
// edge.path (an SVG path), edge.mark ([x, y] of a Q/DQ pair). Returns the size of the whole.
'use strict';

const GAP_X = 26, GAP_Y = 40, GUTTER = 56, SWEEPS = 10, THREAD = 10;

// Longest path from the sources. A cycle, which units may form, is cut where the graph's order says.
function assignLayers(boxes, edges) {
  const waiting = boxes.map(() => 0), next = boxes.map(() => []);
  for (const edge of edges) {
    next[edge.from].push(edge.to);
    waiting[edge.to] += 1;
  }
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
  const put = (cell) => {
    (rows[cell.layer] = rows[cell.layer] || []).push(cell);
    return cell;
  };
  const cells =
      boxes.map((box, i) => put({box, layer: layer[i], width: box.width, height: box.height, up: [], down: []}));
  for (const edge of edges) {
    edge.reversed = layer[edge.from] >= layer[edge.to];
    edge.cells = [cells[edge.from]];
    const end = cells[edge.to];
    if (!edge.reversed) {
      for (let at = layer[edge.from] + 1; at < layer[edge.to]; at += 1)
        edge.cells.push(put({layer: at, width: THREAD, height: 0, up: [], down: []}));
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

function number(row) {
  row.forEach((cell, i) => {
    cell.place = i;
  });
}

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
    for (let at = 1; at < rows.length; at += 1) sweep(rows[at], 'up');
    for (let at = rows.length - 2; at >= 0; at -= 1) sweep(rows[at], 'down');
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
    let block = {sum: weight * (cell.want - offset), weight, cells: [cell]};
    while (blocks.length &&
           blocks[blocks.length - 1].sum / blocks[blocks.length - 1].weight > block.sum / block.weight) {
      const last = blocks.pop();
      block = {sum: last.sum + block.sum, weight: last.weight + block.weight, cells: last.cells.concat(block.cells)};
    }
    blocks.push(block);
  });
  for (const block of blocks)
    for (const cell of block.cells) cell.center = block.sum / block.weight + cell.offset;
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
    for (let at = 1; at < rows.length; at += 1) pull(rows[at], 'up');
    for (let at = rows.length - 2; at >= 0; at -= 1) pull(rows[at], 'down');
  }
}

const leftOf = (row) => Math.min(...row.map((cell) => cell.center - cell.width / 2));
const rightOf = (row) => Math.max(...row.map((cell) => cell.center + cell.width / 2));

// Rows by column, none but a single row higher than `most`.
function cut(rows, heights, most) {
  const columns = [];
  let column = null;
  rows.forEach((row, at) => {
    if (!column || column.height + heights[at] > most) {
      column = {height: 0, rows: [], low: Infinity, high: -Infinity, lanes: 0};
      columns.push(column);
    }
    column.rows.push(at);
    column.height += heights[at];
    if (!row.length) return;
    column.low = Math.min(column.low, leftOf(row));
    column.high = Math.max(column.high, rightOf(row));
  });
  return columns;
}

// The cut into columns, as even as can be, that can be shown largest on a screen of this shape.
function cutColumns(rows, aspect) {
  const heights = rows.map((row) => Math.max(20, ...row.map((cell) => cell.height)) + GAP_Y);
  const total = heights.reduce((sum, height) => sum + height, 0);
  let best = null, bestScale = 0;
  for (let count = 1; count <= Math.min(rows.length, 60); count += 1) {
    let most = total / count, columns = cut(rows, heights, most);
    while (columns.length > count) {
      most *= 1.02;
      columns = cut(rows, heights, most);
    }
    const width = columns.reduce((sum, column) => sum + Math.max(0, column.high - column.low) + GUTTER, 0);
    const scale = Math.min(aspect / width, 1 / Math.max(...columns.map((column) => column.height)));
    if (scale > bestScale) [best, bestScale] = [columns, scale];
  }
  let x = 0;
  best.forEach((column, number) => {
    let y = 0;
    for (const at of column.rows) {
      const top = y, bottom = y + heights[at] - GAP_Y;
      for (const cell of rows[at]) {
        const middle = top + (bottom - top - cell.height) / 2;
        Object.assign(
            cell, {x: cell.center - column.low + x, y: middle, rowTop: top, rowBottom: bottom, column: number});
      }
      y += heights[at];
    }
    column.right = x + Math.max(0, column.high - column.low);
    x = column.right + GUTTER;
  });
  return best;
}

function layoutGraph(boxes, edges, aspect) {
  if (!boxes.length) return {width: 0, height: 0, columns: 0};
  const layer = assignLayers(boxes, edges), rows = makeCells(boxes, edges, layer);
  orderRows(rows);
  placeRows(rows);
  const columns = cutColumns(rows, aspect);
  placePorts(edges);
  for (const edge of edges) routeEdge(edge, columns);
  rows.forEach((row) => row.filter((cell) => cell.box).forEach((cell, place) => {
    Object.assign(cell.box, {x: cell.x - cell.width / 2, y: cell.y, layer: cell.layer, place});
  }));
  return {
    width: columns[columns.length - 1].right + GUTTER / 2,
    height: Math.max(...columns.map((column) => column.height)),
    columns: columns.length
  };
}
