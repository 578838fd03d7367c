// Put into a report by the test: where the labels of the scatter stand.
'use strict';

const checks = {};
try {
  const chart = document.querySelector('#scatter-chart svg'), marks = [...chart.querySelectorAll('.mark')];
  const area = chart.getBoundingClientRect(), box = (element) => element.getBoundingClientRect();
  const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const shown = marks.filter((mark) => getComputedStyle(mark.querySelector('text')).opacity === '1');
  checks.marks = marks.map((mark) => mark.getAttribute('aria-label'));
  checks.shown = shown.map((mark) => mark.querySelector('text').textContent);
  checks.overlaps = 0;
  for (const mark of shown) {
    const label = box(mark.querySelector('text'));
    for (const other of marks) {
      if (other === mark) continue;
      if (touch(label, box(other.querySelector('.dot')))) ++checks.overlaps;
      if (shown.includes(other) && touch(label, box(other.querySelector('text')))) ++checks.overlaps;
    }
  }
  checks.inside = shown.every((mark) => {
    const label = box(mark.querySelector('text'));
    return label.left >= area.left && label.right <= area.right && label.top >= area.top && label.bottom <= area.bottom;
  });
  checks.focusShows = marks.every((mark) => {
    mark.focus();
    return document.activeElement === mark && getComputedStyle(mark.querySelector('text')).opacity === '1';
  });
  checks.titles = [...chart.querySelectorAll('.dot title')].length;
  checks.circles = chart.querySelectorAll('.dot.accepted, .dot.rejected').length;
} catch (error) {
  checks.error = String(error && error.stack);
}
