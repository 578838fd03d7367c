// How edges run between the boxes of a layout.
'use strict';

// Where edges leave and enter: side by side along the box.
function placePorts(edges) {
  const out = new Map(), into = new Map();
  const add = (map, cell, edge) => {
    if (!map.has(cell)) map.set(cell, []);
    map.get(cell).push(edge);
  };
  for (const edge of edges) {
    add(out, edge.cells[0], edge);
    add(into, edge.cells[edge.cells.length - 1], edge);
  }
  const share = (map, field, other) => {
    for (const [cell, list] of map) {
      list.sort((a, b) => other(a).x - other(b).x);
      const width = Math.min(cell.width * 0.6, 24 * (list.length - 1));
      list.forEach((edge, i) => {
        edge[field] = cell.x + (list.length > 1 ? width * (i / (list.length - 1) - 0.5) : 0);
      });
    }
  };
  share(out, 'startX', (edge) => edge.cells[1]);
  share(into, 'endX', (edge) => edge.cells[edge.cells.length - 2]);
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
      path += `L${fixed(x)} ${fixed(foot)}L${fixed(gutter)} ${fixed(foot)}L${fixed(gutter)} ${fixed(head)}L${
          fixed(toX)} ${fixed(head)}L${fixed(toX)} ${fixed(toY)}`;
    } else {
      const middle = (y + toY) / 2;
      path += `C${fixed(x)} ${fixed(middle)} ${fixed(toX)} ${fixed(middle)} ${fixed(toX)} ${fixed(toY)}`;
    }
    x = toX;
    y = toY;
    if (i < last && to.rowBottom > to.rowTop) {
      y = to.rowBottom;
      path += `L${fixed(x)} ${fixed(y)}`;
    }
  }
  edge.path = path;
  edge.mark = [x, y - 9];
}
