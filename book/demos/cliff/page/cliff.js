(function () {
  'use strict';
  const demo = document.currentScript.previousElementSibling;
  const live = demo.querySelector('.cliff-live');
  const control = (name) => live.querySelector(`input[data-of="${name}"]`);
  const sliders = ['temperature', 'slip'].map(control);
  const exact = control('exact');
  const KINDS = ['wall', 'free', 'start', 'cliff', 'goal'];
  const MOVES = [['north', 0, -1], ['east', 1, 0], ['south', 0, 1], ['west', -1, 0]];
  const DELAY = 250;

  const fixed = (value, digits) => value.toFixed(digits).replace(/^-(0\.?0*)$/, '$1').replace('-', '−');
  const percent = (value) => `${fixed(100 * value, value > 0 && value < 0.01 ? 1 : 0)} %`;

  /// The numbers of a plan, by name; their order is that of the crate's `flatten`.
  function read(program, temperature, slip, conditioned) {
    const length = program.plan(temperature, slip, conditioned);
    if (length === 0) throw new RangeError(`no plan for temperature ${temperature}, slip ${slip}`);
    const numbers = Array.from(new Float64Array(program.memory.buffer, program.numbers(), length));
    const [rows, columns, promised, kept, expectedReturn, fall, goal, steps] = numbers;
    const walk = numbers.slice(8, 8 + steps);
    const cells = [];
    for (let at = 8 + steps; at < length; at += 6) {
      const [kind, value, ...policy] = numbers.slice(at, at + 6);
      cells.push({ kind: KINDS[kind], value, policy });
    }
    return { rows, columns, promised, kept, expectedReturn, fall, goal, walk, cells };
  }

  /// Orange below zero, blue above it, white between: the figures' colours.
  function tone(value, low, high) {
    const share = low < 0 && high > 0 ? Math.abs(value) / Math.max(-low, high)
      : high === low ? 0.2 : low >= 0 ? (value - low) / (high - low) : (high - value) / (high - low);
    const full = value < 0 ? [0xef, 0xa9, 0x3f] : [0x5f, 0xa8, 0xd8];
    return `rgb(${full.map((c) => Math.round(255 + Math.min(1, share) * (c - 255))).join(' ')})`;
  }

  /// The pieces of the walk in each cell, as SVG path data around the arrows' start; each reaches
  /// into the next cell, where the cell's edge cuts it.
  function trail({ walk, columns }) {
    const pieces = new Map();
    const add = (cell, piece) => pieces.set(cell, (pieces.get(cell) ?? '') + piece);
    walk.slice(1).forEach((to, i) => {
      const from = walk[i];
      const x = (to % columns) - (from % columns);
      const y = Math.floor(to / columns) - Math.floor(from / columns);
      add(from, `M0 0L${100 * x} ${100 * y}`);
      add(to, `M${-100 * x} ${-100 * y}L0 0`);
    });
    return pieces;
  }

  /// Arrows as long as their probabilities.
  function arrows(policy) {
    return MOVES.map(([, x, y], action) => {
      const length = 40 * policy[action];
      if (policy[action] < 0.01) return '';
      const head = Math.min(0.42 * length, 14);
      const at = (along, across) => `${(along * x - across * y).toFixed(1)} ${(along * y + across * x).toFixed(1)}`;
      return `<path d="M0 0L${at(length - head, 0)}" stroke="#222" stroke-width="3"/>`
        + `<path d="M${at(length, 0)}L${at(length - head, 0.6 * head)}L${at(length - head, -0.6 * head)}Z" fill="#222"/>`;
    }).join('');
  }

  function spoken(cell, walked) {
    const value = `value ${fixed(cell.value, 2)}`;
    const end = walked ? ', on the walk' : '';
    if (cell.kind === 'cliff' || cell.kind === 'goal') return `${cell.kind}, ${value}${end}`;
    const best = cell.policy.indexOf(Math.max(...cell.policy));
    const start = cell.kind === 'start' ? 'start, ' : '';
    return `${start}${value}, best action ${MOVES[best][0]}, ${percent(cell.policy[best])}${end}`;
  }

  /// Makes the cells once; they are filled at each change.
  function build({ rows, columns, cells }) {
    const grid = live.querySelector('.cliff-grid');
    const letters = { start: 'S', goal: 'G' };
    const cell = ({ kind }) => `<td class="${kind}"><span class="number" aria-hidden="true"></span>`
      + `<svg viewBox="-57 -60 100 100" aria-hidden="true" focusable="false"></svg>`
      + `<span class="letter" aria-hidden="true">${letters[kind] ?? ''}</span><span class="unseen"></span></td>`;
    const row = (index) => `<tr>${cells.slice(index * columns, (index + 1) * columns).map(cell).join('')}</tr>`;
    grid.tBodies[0].innerHTML = Array.from({ length: rows }, (_, index) => row(index)).join('');
    return [...grid.tBodies[0].querySelectorAll('td')];
  }

  function showGrid(places, plan, [low, high]) {
    const pieces = trail(plan);
    plan.cells.forEach((cell, index) => {
      const [number, svg, , words] = places[index].children;
      const path = pieces.get(index) ?? '';
      const still = cell.kind === 'cliff' || cell.kind === 'goal';
      places[index].dataset.value = cell.value;
      places[index].dataset.policy = cell.policy.join(' ');
      if (cell.kind !== 'cliff') places[index].style.background = tone(cell.value, low, high);
      number.textContent = cell.kind === 'cliff' ? '' : fixed(cell.value, 1);
      svg.innerHTML = `<path d="${path}" fill="none" stroke="#222" stroke-opacity="0.3" stroke-width="15" stroke-linejoin="round" stroke-linecap="round"/>`
        + (still ? '' : arrows(cell.policy));
      words.textContent = spoken(cell, path !== '');
    });
  }

  function showFate(plans, chosen) {
    for (const place of live.querySelectorAll('.cliff-fate [data-plan]')) {
      const which = Number(place.dataset.plan);
      place.classList.toggle('chosen', which === chosen);
      const name = place.dataset.of;
      if (!name) continue;
      const value = plans[which][name];
      place.dataset.value = value;
      place.textContent = name === 'fall' || name === 'goal' ? percent(value) : fixed(value, 2);
    }
  }

  /// Where the walk goes, in words.
  function course({ walk, columns, cells }) {
    const row = (cell) => Math.floor(cell / columns);
    const end = cells[walk[walk.length - 1]].kind;
    if (end === 'cliff') return 'its likeliest walk leads over the edge';
    if (end !== 'goal') return 'its likeliest walk does not reach the goal in time';
    const edge = row(cells.findIndex((cell) => cell.kind === 'cliff'));
    const above = walk.filter((cell) => cells[(edge * columns) + (cell % columns)].kind === 'cliff');
    const between = edge - 1 - Math.max(...above.map(row));
    if (between === 0) return 'its likeliest walk goes along the edge';
    return `its likeliest walk keeps ${between === 1 ? 'a row' : `${between} rows`} between itself and the edge`;
  }

  function verdict(plan, conditioned) {
    const who = conditioned ? 'Exact inference' : 'The variational policy';
    const kept = Math.abs(plan.promised - plan.kept) < 0.005;
    const promise = kept ? `promises ${fixed(plan.promised, 2)} and keeps it`
      : `promises ${fixed(plan.promised, 2)} and keeps ${fixed(plan.kept, 2)}`;
    return `${who} ${promise}; ${course(plan)}. In the world as it is, it falls with probability ${fixed(plan.fall, 2)}, `
      + `reaches the goal with probability ${fixed(plan.goal, 2)}, and returns ${fixed(plan.expectedReturn, 2)} on average.`;
  }

  let places;
  let timer;
  function update(program, delay) {
    const [temperature, slip] = sliders.map((slider) => slider.valueAsNumber);
    const plans = [0, 1].map((conditioned) => read(program, temperature, slip, conditioned));
    const chosen = exact.checked ? 1 : 0;
    places ??= build(plans[0]);
    for (const slider of sliders) slider.nextElementSibling.textContent = slider.valueAsNumber.toFixed(2);
    const drawn = plans.flatMap((plan) => plan.cells.filter((cell) => cell.kind !== 'cliff'));
    const values = drawn.map((cell) => cell.value);
    showGrid(places, plans[chosen], [Math.min(...values), Math.max(...values)]);
    showFate(plans, chosen);
    // A screen reader speaks the verdict: once, after the last of several key presses.
    clearTimeout(timer);
    const say = () => { live.querySelector('.cliff-verdict').textContent = verdict(plans[chosen], exact.checked); };
    timer = setTimeout(say, delay);
  }

  async function start() {
    const text = atob(demo.querySelector('.cliff-wasm').textContent);
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const { instance } = await WebAssembly.instantiate(bytes, {});
    update(instance.exports, 0);
    live.addEventListener('input', () => update(instance.exports, DELAY));
    // A book turns its pages by the arrow keys, which belong to a slider while it has the focus.
    live.addEventListener('keydown', (event) => event.stopPropagation());
    demo.querySelector('.cliff-still').hidden = true;
    live.hidden = false;
  }

  // Without WebAssembly the picture and its sentence stay.
  start().catch((error) => { demo.dataset.error = String(error); });
})();
