// A picture as the page uses it: boxes know their neighbours, their share of the time and what they are called.
'use strict';

const REAL_WORDS = {
  integer: 'INT8',
  mixed: 'mixed INT8 and float',
  float: 'float',
  absorbed: 'no kernel of its own: folded away, or computed inside another one',
  unknown: 'not measured',
};
const REAL_TAGS = {
  integer: 'INT8',
  mixed: 'MIXED',
  float: 'FLOAT',
  absorbed: 'NO KERNEL',
  unknown: '?'
};
// Only conversions ran of a box that has no kernel of its own.
const tagOf = (box) => (box.real === 'absorbed' && box.microseconds > 0 ? 'Q/DQ ONLY' : REAL_TAGS[box.real]);
const isPort = (box) => box.kind === 'input' || box.kind === 'output';

function titleOf(box) {
  if (box.kind === 'unit') return box.pattern || box.name;
  if (isPort(box)) return box.name;
  const ops = [...new Set(box.nodes.map((node) => node.op))];
  return ops.length > 3 ? `${ops.slice(0, 3).join(' ')} …` : ops.join(' ');
}

function describe(box) {
  if (isPort(box)) return `${box.kind} ${box.name} of the graph`;
  const time = box.microseconds > 0 ? `, ${microseconds(box.microseconds)}` : '';
  const error = box.sqnr_db === undefined ? '' : `, SQNR ${decibels(box.sqnr_db)}`;
  return `${titleOf(box)}, ${box.name}, ${REAL_WORDS[box.real]}${time}${error}`;
}

function preparePicture(picture) {
  if (picture.ready) return picture;
  picture.ready = true;
  picture.boxes.forEach((box, id) => {
    Object.assign(box, {id, inputs: [], outputs: []});
    box.share = picture.microseconds > 0 ? box.microseconds / picture.microseconds : 0;
    const names = box.nodes.map((node) => `${node.name} ${node.op}`).join(' ');
    box.words = `${box.name} ${box.pattern} ${names} ${box.origins.join(' ')}`.toLowerCase();
  });
  for (const edge of picture.edges) {
    picture.boxes[edge.from].outputs.push(edge);
    picture.boxes[edge.to].inputs.push(edge);
  }
  return picture;
}

// "all", "slow": glue that takes less than half a percent of the time is left out, "units": all glue is; where paths
// meet it stays all the same. What is left out is bridged: an edge leads from what came before it to what comes behind.
function visiblePart(picture, detail) {
  const mayHide = (box) => box.kind === 'glue' && (detail === 'units' || (detail === 'slow' && box.share < 0.005));
  // Per hidden box the one box seen through it, going up; undefined where there is none. Boxes stand in the graph's
  // order.
  const through = new Map(), source = (id) => (through.has(id) ? through.get(id) : id);
  for (const box of picture.boxes) {
    if (!mayHide(box)) continue;
    const sources = new Set(box.inputs.map((edge) => source(edge.from)).filter((id) => id !== undefined));
    if (sources.size < 2) through.set(box.id, [...sources][0]);
  }
  const boxes = picture.boxes.filter((box) => !through.has(box.id));
  const at = new Map(boxes.map((box, i) => [box.id, i])), edges = [], seen = new Set();
  for (const edge of picture.edges) {
    if (through.has(edge.to)) continue;
    const from = source(edge.from), bridged = through.has(edge.from),
          key = `${from} ${edge.to} ${bridged ? '' : edge.value}`;
    if (from === undefined || from === edge.to || seen.has(key)) continue;
    seen.add(key);
    edges.push({from: at.get(from), to: at.get(edge.to), value: edge.value, tensor: edge.tensor, bridged});
  }
  return {boxes, edges, hidden: through.size};
}
