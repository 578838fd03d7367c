// Puts the page together from the run in it.
'use strict';

const MOST_ERRORS = 40, MOST_BOXES = 150;

function setUpTheme() {
  const names = ['system', 'light', 'dark'], button = byId('theme');
  let at = 0;
  button.hidden = false;
  button.addEventListener('click', () => {
    at = (at + 1) % names.length;
    if (at === 0)
      delete document.documentElement.dataset.theme;
    else
      document.documentElement.dataset.theme = names[at];
    button.textContent = `Theme: ${names[at]}`;
  });
}

function setUpScatter(run) {
  const points = run.rows.filter((row) => !row.skipped && row.accuracy !== null && row.median_ms !== null)
                     .map((row) => ({
                            name: row.name,
                            x: row.median_ms,
                            y: row.accuracy,
                            kind: 'row',
                            note: `${row.speedup.toFixed(2)}x float`
                          }));
  const base = run.rows.length ? run.rows[0].median_ms : null;
  for (const trial of run.trials) {
    if (base === null || !trial.speedup || trial.accuracy === null) continue;
    points.push({
      name: trial.name,
      x: base / trial.speedup,
      y: trial.accuracy,
      kind: /^(kept|recovered)$/.test(trial.outcome) ? 'accepted' : 'rejected',
      note: `${trial.outcome}: ${trial.reason}`
    });
  }
  if (points.length < 2 && !run.trials.length) return;
  byId('scatter').hidden = false;
  if (points.length)
    byId('scatter-chart')
        .append(html(
            'div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Scatter'},
            drawScatter(points, 'median latency, ms (left is faster)', `${run.accuracy_name}, real (up is better)`)));
  if (run.trials.length) {
    byId('scatter-chart')
        .append(html(
            'p', {class: 'hint'},
            'Diamonds: rows of the table. Filled circles: trials that were kept; hollow ones: not.'));
    byId('trials').append(trialTable(run.trials));
  }
}

function setUpLegend() {
  const sample = (real) => {
    const box =
        svg('g', {class: `box ${real}`}, svg('rect', {class: 'body', x: 1, y: 1, width: 34, height: 16, rx: 4}),
            svg('rect', {class: 'cue', x: 1, y: 1, width: 7, height: 16, rx: 2}));
    return svg('svg', {width: 36, height: 18, 'aria-hidden': 'true'}, box);
  };
  const mark = (paid) =>
      svg('svg', {width: 16, height: 16, 'aria-hidden': 'true'},
          svg('path', {class: paid ? 'qdq paid' : 'qdq', d: 'M8 2l6 6l-6 6l-6 -6z'}));
  byId('legend').append(
      ...[['integer', 'INT8: solid strip'], ['mixed', 'mixed: hatched strip'], ['float', 'float: dashed border'],
          ['absorbed', 'no kernel of its own: dotted border']]
          .map(([real, words]) => html('span', {}, sample(real), words)),
      html('span', {}, mark(false), 'Q/DQ that costs no kernel'),
      html('span', {}, mark(true), 'Q/DQ left as conversion kernels'), html('span', {}, 'larger box: more time'));
}

function option(value, words) { return html('option', {value}, words); }

class GraphSection {
  constructor(pictures) {
    this.pictures = pictures.map(preparePicture);
    this.view = new GraphView(byId('canvas'), (box, focus) => this.openBox(box, focus));
    this.panel = new Panel(byId('panel'), (id) => this.goTo(id), () => {
      this.view.markOpen(null);
      this.view.setCurrent(this.view.current, true);
    });
    byId('graph-section').hidden = false;
    setUpLegend();
    this.makeToolbar();
    this.choose(pictures.length - 1);
    document.addEventListener('keydown', (event) => this.key(event));
  }

  makeToolbar() {
    this.model = html(
        'select', {'aria-label': 'Which model', onchange: () => this.choose(this.model.selectedIndex)},
        ...this.pictures.map((picture, i) => option(i, picture.name)));
    this.search = html('input', {
      type: 'search',
      placeholder: 'Search name, pattern, op ( / )',
      'aria-label': 'Search boxes',
      oninput: () => this.filter(),
      onkeydown: (event) => this.searchKey(event)
    });
    this.pattern = html('select', {'aria-label': 'Pattern', onchange: () => this.filter()});
    this.real = html(
        'select', {'aria-label': 'Precision', onchange: () => this.filter()}, option('', 'any precision'),
        option('integer', 'runs in INT8'), option('mixed', 'runs mixed'), option('float', 'runs in float'),
        option('refused', 'planned INT8, runs in float'), option('absorbed', 'no kernel of its own'));
    this.detail = html(
        'select', {'aria-label': 'Nodes between units', onchange: () => this.redraw()},
        option('all', 'all float nodes between units'), option('slow', 'slow float nodes only'),
        option('units', 'units and joins'));
    this.found = html('span', {class: 'hint', role: 'status'});
    const button = (words, label, work) => html('button', {type: 'button', 'aria-label': label, onclick: work}, words);
    byId('toolbar').append(
        this.model, this.search, this.pattern, this.real, this.detail,
        button('−', 'Zoom out', () => this.view.zoom(1 / 1.3)), button('+', 'Zoom in', () => this.view.zoom(1.3)),
        button('Fit', 'Fit the graph', () => this.view.fit()), this.found);
    this.model.hidden = this.pictures.length < 2;
  }

  choose(at) {
    this.picture = this.pictures[at];
    this.model.selectedIndex = at;
    const patterns = [...new Set(this.picture.boxes.map((box) => box.pattern).filter(Boolean))].sort();
    this.pattern.replaceChildren(option('', 'any pattern'), ...patterns.map((name) => option(name, name)));
    this.detail.value = this.picture.boxes.length > MOST_BOXES ? 'slow' : 'all';
    this.redraw();
    this.summary();
    this.errors();
  }

  redraw() {
    this.panel.box = null;
    this.panel.element.hidden = true;
    this.view.show(this.picture, this.detail.value);
    this.filter();
  }

  summary() {
    const picture = this.picture, units = picture.boxes.filter((box) => box.kind === 'unit');
    const count = (real) => units.filter((box) => box.real === real).length;
    let text = `${picture.name}: ${plural(units.length, 'unit')} by the list ${picture.list}`;
    if (picture.engine) {
      const known = picture.boxes.reduce((sum, box) => sum + box.microseconds, 0);
      text += `, of which ${count('integer')} run in INT8, ${count('mixed')} mixed, ${count('float')} in float, ${
          count('absorbed')} without a kernel of their own. Kernels on ${picture.engine}: ${
          microseconds(picture.microseconds)} (float model ${microseconds(picture.float_microseconds)}), ${
          percent(
              picture.microseconds > 0 ?
                  known / picture.microseconds :
                  0)} of the time matched to boxes. A profile costs time: the table says what the model takes.`;
    } else {
      text += '. Nothing was timed: no engine here runs this target, so what really runs is not known.';
    }
    byId('graph-summary').textContent = text;
  }

  errors() {
    const boxes = this.picture.boxes.filter((box) => box.kind === 'unit' && box.sqnr_db !== undefined);
    byId('errors').hidden = boxes.length === 0;
    if (!boxes.length) return;
    const shown = drawErrors(byId('errors-chart'), boxes, (box) => this.goTo(box.id), MOST_ERRORS);
    byId('errors-hint').textContent = `SQNR at each unit's output, worst first, simulated on ${
        this.picture.sqnr_data}; errors of all units before it are in it. ${
        boxes.length > shown ? `${boxes.length - shown} more change nothing. ` : ''}Choose one to open its box.`;
  }

  filter() {
    const words = this.search.value.trim().toLowerCase().split(/\s+/).filter(Boolean), pattern = this.pattern.value,
          real = this.real.value;
    const off = !words.length && !pattern && !real;
    const isReal = (box) =>
        !real || box.real === real || (real === 'refused' && box.real === 'float' && box.planned !== 'float');
    this.hits = this.view.filter(
        off ? null :
              (box) => words.every((word) => box.words.includes(word)) && (!pattern || box.pattern === pattern) &&
                isReal(box) && (!real || !isPort(box)));
    this.hit = -1;
    const left = this.view.part.hidden;
    this.found.textContent = off ?
        (left ? `${plural(this.view.part.boxes.length, 'box')} drawn, ${left} between them left out` :
                plural(this.view.part.boxes.length, 'box')) :
        `${this.hits.length} found`;
  }

  searchKey(event) {
    if (event.key === 'Escape') {
      this.search.value = '';
      this.filter();
    }
    if (event.key !== 'Enter' || !this.hits.length) return;
    event.preventDefault();
    this.hit = (this.hit + 1) % this.hits.length;
    this.view.reveal(this.view.part.boxes[this.hits[this.hit]]);
    this.openBox(this.view.part.boxes[this.hits[this.hit]], false);
    this.view.setCurrent(this.hits[this.hit], false);
    this.found.textContent = `${this.hit + 1} of ${this.hits.length} found`;
  }

  key(event) {
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === 'Escape' && this.panel.box) {
      event.preventDefault();
      this.panel.close();
    }
    if (event.key === '/' && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.search.focus();
    }
  }

  openBox(box, focus) {
    const narrow = window.matchMedia('(max-width: 800px)').matches;
    this.panel.show(box, this.picture, focus);
    this.view.markOpen(box);
    if (narrow)
      this.panel.element.scrollIntoView({block: 'start'});
    else
      this.view.reveal(box);
  }

  goTo(id) {
    if (!this.view.atId.has(id)) {
      this.detail.value = 'all';
      this.redraw();
    }
    this.view.goTo(id);
    byId('graph-section').scrollIntoView({block: 'start'});
    this.openBox(this.picture.boxes[id], true);
  }
}

const run = JSON.parse(byId('run').textContent);
setUpTheme();
setUpScatter(run);
const graphSection = run.pictures.length ? new GraphSection(run.pictures) : null;
document.documentElement.dataset.ready = 'true';
