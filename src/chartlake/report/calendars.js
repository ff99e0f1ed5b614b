// The calendars, as calendars.py draws them.
const LEFT = 26, ABOVE = 18, ROOM = 430, NAMED = 8, LEVELS = 4;
const sheetOf = (chart, n) => {
  const {first, count} = shownWeeks(chart, n), pitch = Math.max(8, Math.min(20, Math.floor(Math.floor(ROOM / count) / 2) * 2));
  const sheet = {first, weeks: count, rows: chart.weekly ? 1 : 7, pitch, tall: chart.weekly ? 26 : pitch};
  sheet.at = day => {
    const column = Math.floor((day - first) / 7);
    if (column < 0 || column >= count) return null;
    return [LEFT + column * pitch, ABOVE + (sheet.rows === 7 ? weekday(day) : 0) * sheet.tall + Math.floor(sheet.tall / 2) - 1];
  };
  return sheet;
};
const topsOf = chart => {
  if (!chart.tops) {
    chart.tops = new Array(chart.dates).fill(-1);
    for (const [song, own] of chart.places) own.forEach((place, n) => { if (place === 1) chart.tops[n] = song; });
  }
  return chart.tops;
};
const numberOnes = (chart, n) => {
  const sheet = sheetOf(chart, n), counts = new Map(), kinds = new Map();
  const shown = topsOf(chart).map((song, at) => [song, at]).filter(([song, at]) => song >= 0 && sheet.at(chart.days[at]));
  for (const [song] of shown) counts.set(song, (counts.get(song) || 0) + 1);
  const ranked = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const colours = toldApart(ranked.slice(0, NAMED)), rest = ranked.length - NAMED;
  const add = (kind, at) => kinds.set(kind, [...(kinds.get(kind) || []), at]);
  for (const [song, at] of shown) add(colours.has(song) ? `f${colours.get(song)}` : 'fx', at);
  const order = [...Array(COLOURS).keys()].map(colour => `f${colour}`).concat('fx').filter(kind => kinds.has(kind));
  return [
    ...heading('Number ones', `${counted(ranked.length, 'song')} at the top since ${plainDay(Math.max(chart.days[0], sheet.first))}`),
    el('div', {class: 'calendar'},
      drawnSheet(chart, n, sheet, order.map(kind => [kind, kinds.get(kind)]), 'Number ones'),
      el('ol', {class: 'legend'},
        ...ranked.slice(0, NAMED).map(song => el('li', {class: `k${colours.get(song)}`}, songLink(song), el('b', {}, String(counts.get(song))))),
        rest > 0 ? el('li', {class: 'kx'}, counted(rest, 'other')) : null)),
  ];
};
const turnover = (chart, n) => {
  const sheet = sheetOf(chart, n), kinds = new Map();
  const shown = arrivalsOf(chart).map((count, at) => [at, count]).filter(([at]) => sheet.at(chart.days[at]) && (at || chart.earlier));
  const most = shown.reduce((a, [, count]) => Math.max(a, count), 0), sum = shown.reduce((a, [, count]) => a + count, 0);
  const add = (kind, at) => kinds.set(kind, [...(kinds.get(kind) || []), at]);
  if (!chart.earlier && sheet.at(chart.days[0])) add('g0', 0);
  for (const [at, count] of shown) add(`g${level(count, most)}`, at);
  const shades = [...Array(LEVELS + 1).keys()].map(shade => `g${shade}`);
  const tenths = Math.floor(sum / Math.max(shown.length, 1) * 10 + 0.5);
  return [
    ...heading('Comings and goings', 'New and returning songs' + (shown.length ? `, ${Math.floor(tenths / 10)}.${tenths % 10} a ${chart.noun} on average` : '')),
    el('div', {class: 'calendar'},
      drawnSheet(chart, n, sheet, shades.filter(kind => kinds.has(kind)).map(kind => [kind, kinds.get(kind)]), 'New and returning songs'),
      el('p', {class: 'scale'}, 'none', ...shades.map(kind => el('i', {class: kind})), most ? String(most) : null, el('i', {class: 'g-hole'}), 'not recorded')),
    el('p', {class: 'record'}, record(chart)),
  ];
};
const level = (count, most) => count === 0 ? 0 : 1 + Math.min(LEVELS - 1, Math.floor((count - 1) * LEVELS / Math.max(most, 1)));
const record = chart => {
  const missing = [...chart.lost], from = plainDay(chart.days[0]);
  if (!missing.length) return `Every ${chart.noun} since ${from} is recorded.`;
  const latestOnes = missing.slice(-4).reverse().map(([day, state]) => `${shortDay(day)} ${parts(day).y}` + (state === 'missing' ? '' : ` (${state})`));
  return `Recorded on ${number(chart.dates)} of ${counted(chart.dates + missing.length, chart.noun)} since ${from}. ` +
    `Missing: ${latestOnes.join(', ')}${missing.length > 4 ? ` and ${missing.length - 4} before` : ''}.`;
};
const drawnSheet = (chart, n, sheet, kinds, told) => {
  const boxes = days => cells(days.map(sheet.at).filter(Boolean), sheet.pitch - 2), stroke = {'stroke-width': sheet.tall - 2};
  const holes = boxes([...chart.lost.keys()]), width = LEFT + sheet.weeks * sheet.pitch, tall = ABOVE + sheet.rows * sheet.tall;
  const at = sheet.at(chart.days[n]);
  return scroll(told, el('svg', {class: 'sheet', width, height: tall, viewBox: `0 0 ${width} ${tall}`, role: 'img',
    'aria-label': `${told}, a calendar from ${plainDay(sheet.first)}`, 'data-first': isoOf(sheet.first), 'data-pitch': sheet.pitch, 'data-tall': sheet.tall},
  ...monthNames(sheet.first, sheet.weeks, week => LEFT + week * sheet.pitch, 30, width - 24).map(([x, name]) => el('text', {x, y: 11}, name)),
  ...(sheet.rows === 1 ? [] : [0, 2, 4].map(row => el('text', {x: 0, y: ABOVE + row * sheet.tall + Math.floor(sheet.tall / 2) + 3}, WEEKDAYS[row].slice(0, 3)))),
  holes ? el('path', {class: 'hole', d: holes}) : null,
  ...kinds.map(([kind, numbers]) => el('path', {class: kind, d: boxes(numbers.map(one => chart.days[one])), ...stroke})),
  at ? el('rect', {class: 'chosen', x: at[0] - 1, y: at[1] - Math.floor(sheet.tall / 2), width: sheet.pitch, height: sheet.tall, rx: 2}) : null));
};
const monthNames = (first, weeks, at, room, end) => {
  const names = [];
  for (let week = 0, free = 0; week < weeks; week++) {
    const {m, d} = parts(first + 7 * week + 6), x = at(week);
    if ((d > 7 && week) || x < free || x > end) continue;
    names.push([x, MONTHS[m - 1].slice(0, 3)]);
    free = x + room;
  }
  return names;
};
