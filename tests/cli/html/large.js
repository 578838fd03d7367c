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
const checks = {};
try {
  const part = graphSection.view.part;
  checks.detail = graphSection.detail.value;
  checks.drawn = part.boxes.length;
  checks.hidden = part.hidden;
  checks.overlaps = overlaps(part.boxes);
  checks.units = part.boxes.filter((box) => box.kind === 'unit').length;
  checks.columns = graphSection.view.size.columns;
  const {scale} = graphSection.view.view, {width, height} = graphSection.view.size, canvas = byId('canvas');
  checks.fits = width * scale <= canvas.clientWidth && height * scale <= canvas.clientHeight;
  checks.backwards = part.edges.filter((edge) => part.boxes[edge.from].layer >= part.boxes[edge.to].layer).length;
  // Down from the first box, always to a deeper layer; then to the last one.
  const view = graphSection.view,
        press = (name) =>
            document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true}));
  view.setCurrent(0, true);
  checks.steps = 0;
  for (let layer = -1; checks.steps < 60 && part.boxes[view.current].layer > layer; ++checks.steps) {
    layer = part.boxes[view.current].layer;
    press('ArrowDown');
  }
  press('End');
  checks.reachesTheEnd = part.boxes[view.current].kind === 'output';
  checks.bars = document.querySelectorAll('.errors button').length;
  document.querySelector('#errors-chart > button').click();
  checks.allBars = document.querySelectorAll('.errors button').length;
  graphSection.detail.value = 'all';
  graphSection.detail.dispatchEvent(new Event('change'));
  checks.all = document.querySelectorAll('#canvas .box').length;
  checks.allOverlaps = overlaps(graphSection.view.part.boxes);
} catch (error) {
  checks.error = String(error && error.stack);
}
