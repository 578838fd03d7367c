// Elements and numbers. Text goes in as text nodes only: names in a model are not to be trusted.
'use strict';

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on'))
      element.addEventListener(name.slice(2), value);
    else
      element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (child === null || child === undefined || child === '') continue;
    element.append(child);
  }
  return element;
}
const html = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
const byId = (id) => document.getElementById(id);

function microseconds(value) {
  if (value >= 1000) return `${(value / 1000).toFixed(value >= 10000 ? 1 : 2)} ms`;
  return `${value >= 100 ? value.toFixed(0) : value.toFixed(1)} µs`;
}
const percent = (share) => `${(100 * share).toFixed(share >= 0.0995 ? 0 : 1)} %`;
// null: nothing changes there, or JSON had no number for it.
const decibels = (db) => (db === null ? '∞ dB' : `${db.toFixed(1)} dB`);
const compact = (value) =>
    (value === 0                                          ? '0' :
         Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3 ? value.toExponential(2) :
                                                            String(Number(value.toPrecision(4))));
const plural = (count, thing) => `${count} ${thing}${count === 1 ? '' : thing.endsWith('x') ? 'es' : 's'}`;
const shorten = (text, most) => (text.length <= most ? text : text.slice(0, most - 1) + '…');
