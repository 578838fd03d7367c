// Put into a report by the test: walks the page as a person with a keyboard does, and writes what it found into the
// document, which the browser prints. A browser is all that is needed.
'use strict';

const checks = {},
      key = (element, name) =>
          element.dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true, cancelable: true}));
const focused = () => document.activeElement.closest('.box');
try {
  const boxes = [...document.querySelectorAll('#canvas .box')], panel = byId('panel');
  checks.boxes = boxes.length;
  checks.names = boxes.map((box) => box.getAttribute('aria-label'));
  checks.tabStops = boxes.filter((box) => box.getAttribute('tabindex') === '0').length;
  checks.theme = getComputedStyle(document.documentElement).getPropertyValue('--bg').trim();

  document.querySelector('#canvas .box[tabindex="0"]').focus();
  key(document.activeElement, 'Home');
  checks.home = focused() === boxes[0];
  key(document.activeElement, 'ArrowDown');
  checks.down = focused() !== boxes[0] && focused() !== null;
  const second = focused();
  key(second, 'ArrowUp');
  checks.up = focused() === boxes[0];
  key(focused(), 'ArrowDown');
  key(focused(), 'Enter');
  checks.opens = !panel.hidden && panel.contains(document.activeElement) && second.classList.contains('open');
  checks.panel = panel.textContent;
  checks.histograms = panel.querySelectorAll('.histogram rect.inside').length;
  key(document.activeElement, 'Escape');
  checks.closes = panel.hidden && focused() === second;

  key(document.activeElement, '/');
  const search = document.activeElement;
  checks.slash = search.tagName === 'INPUT';
  search.value = 'conv1';
  search.dispatchEvent(new Event('input'));
  checks.found = document.querySelectorAll('#canvas .box.found').length;
  checks.dimmed = document.querySelectorAll('#canvas .box.dim').length;
  key(search, 'Enter');
  checks.searchOpens = panel.textContent.includes('conv1');
  key(search, 'Escape');
  checks.cleared = document.querySelectorAll('#canvas .box.dim').length === 0;

  const bar = document.querySelector('.errors button');
  bar.click();
  checks.barOpens = !panel.hidden && focused() === null && panel.contains(document.activeElement);
  checks.scatter = document.querySelectorAll('#scatter-chart .dot').length;
  byId('theme').click();
  byId('theme').click();
  checks.dark = getComputedStyle(document.documentElement).getPropertyValue('--bg').trim();
  checks.wide = document.documentElement.scrollWidth <= window.innerWidth;
  checks.scripts = document.querySelectorAll('script').length;
} catch (error) {
  checks.error = String(error && error.stack);
}
