// Put into the report of a large graph by the test: what the layout did.
'use strict';

const overlaps = (boxes) => {
  let count = 0;
  for (let i = 0; i < boxes.length; ++i) {
    for (let j = i + 1; j < boxes.length; ++j) {
      const a = boxes[i], b = boxes[j];
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      count += apart ? 0 : 1;
    }
  }
  return count;
};
const found = {};
try {
  const part = graphSection.view.part;
  found.detail = graphSection.detail.value;
  found.drawn = part.boxes.length;
  found.hidden = part.hidden;
  found.overlaps = overlaps(part.boxes);
  found.units = part.boxes.filter((box) => box.kind === 'unit').length;
  found.columns = graphSection.view.size.columns;
  const {scale} = graphSection.view.view, {width, height} = graphSection.view.size, canvas = byId('canvas');
  found.fits = width * scale <= canvas.clientWidth && height * scale <= canvas.clientHeight;
  found.backwards = part.edges.filter((edge) => part.boxes[edge.from].layer >= part.boxes[edge.to].layer).length;
  // Down from the first box, always to a deeper layer; then to the last one.
  const view = graphSection.view,
        press = (name) =>
            document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true}));
  view.setCurrent(0, true);
  found.steps = 0;
  for (let layer = -1; found.steps < 60 && part.boxes[view.current].layer > layer; ++found.steps) {
    layer = part.boxes[view.current].layer;
    press('ArrowDown');
  }
  press('End');
  found.reachesTheEnd = part.boxes[view.current].kind === 'output';
  found.bars = document.querySelectorAll('.errors button').length;
  document.querySelector('#errors-chart > button').click();
  found.allBars = document.querySelectorAll('.errors button').length;
  graphSection.detail.value = 'all';
  graphSection.detail.dispatchEvent(new Event('change'));
  found.all = document.querySelectorAll('#canvas .box').length;
  found.allOverlaps = overlaps(graphSection.view.part.boxes);
} catch (error) {
  found.error = String(error && error.stack);
}
const report = document.createElement('pre');
report.id = 'selfcheck';
report.textContent = btoa(JSON.stringify(found));
document.body.append(report);
