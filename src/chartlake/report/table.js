// The head of the page and the chart as a table, as table.py makes them.
const SPARK = 30, FOLDED = 50;
const head = (chart, day, lost) => {
  const last = chart.days[chart.dates - 1];
  const stale = !D.demo && day === last && MADE - last > chart.step + 1;
  return [
    el('p', {class: 'kicker'}, [serviceOf(chart.source), chart.region, chart.weekly ? 'weekly' : 'daily'].filter(Boolean).join(' · ')),
    el('h1', {dir: 'auto'}, chart.name),
    el('p', {class: 'date'}, (chart.weekly ? 'Week of ' : '') + longDay(day)),
    stale ? el('p', {class: 'stale'}, MADE - last > 60 ? 'Nothing has been recorded since.' : `The latest snapshot is ${counted(MADE - last, 'day')} old.`) : null,
  ];
};
const compared = (chart, n) => {
  if (!n) return chart.earlier ? `Moves since the ${chart.noun} before` : `The first ${chart.noun} on record: everything is new`;
  const gap = chart.gap(n);
  return gap ? `Moves since ${plainDay(chart.days[n - 1])}: ${counted(gap, chart.noun)} between not recorded` : `Moves since the ${chart.noun} before`;
};
const chartTable = (chart, n, rows) => {
  const noun = chart.noun, nouns = capital(noun) + 's';
  const columns = [['p', '#', null], ['m', 'Move', null], ['s', chart.albums ? 'Album' : 'Song', null], ['w', `${SPARK} ${noun}s`, null],
    ['n', 'Peak', 'Best position so far'], ['n', nouns, `${nouns} on the chart so far`], ['n r', 'Run', `${nouns} in a row`]];
  return [
    ...heading('The chart', compared(chart, n)),
    el('table', {class: 'chart'},
      el('thead', {}, el('tr', {}, ...columns.map(([kind, name, told]) => el('th', {scope: 'col', class: kind, title: told}, name)), el('td', {class: 'o'}))),
      el('tbody', {}, ...rows.map(row => tableRow(chart, n, row)))),
    rows.length > FOLDED ? el('label', {class: 'more'}, el('input', {type: 'checkbox', id: 'all'}), `Show all ${rows.length}`) : null,
  ];
};
const tableRow = (chart, n, row) => {
  const folded = {class: row.position > FOLDED ? 'deep' : null}, place = el('td', {class: 'p'}, String(row.position));
  if (row.song < 0) return el('tr', folded, place, el('td', {class: 's none', colspan: 7}, 'This entry cannot be read'));
  const out = el('td', {class: 'o'}, outward(row.song, serviceOf(SOURCE[row.song])));
  const who = el('td', {class: 's'}, el('div', {class: 'who'}, cover(row.song), named(row.song)));
  if (!row.status) return el('tr', folded, place, el('td', {class: 'm'}), who, el('td', {class: 'none', colspan: 4}, 'once more'), out);
  return el('tr', folded, place, move(row), who,
    el('td', {class: 'w'}, spark(chart, row.song, n)),
    el('td', {class: row.peak === row.position ? 'n best' : 'n'}, String(row.peak)),
    el('td', {class: 'n'}, number(row.days)), el('td', {class: 'n r'}, number(row.run)), out);
};
const move = row => {
  if (row.status === 'NEW' || row.status === 'RE')
    return el('td', {class: 'm'}, el('span', {class: `tag ${row.status.toLowerCase()}`, title: row.status === 'NEW' ? 'new entry' : 'back on the chart'}, row.status));
  if (row.status === 'SAME') return el('td', {class: 'm'}, el('span', {class: 'same'}, el('span', {class: 'said'}, 'same'), '–'));
  const kind = row.status.toLowerCase();
  return el('td', {class: 'm'}, el('span', {class: kind}, el('span', {class: 'said'}, `${kind} `), String(Math.abs(row.was - row.position))));
};
const spark = (chart, song, last) => {
  const span = Math.max(chart.depth - 1, 1);
  const way = standing(chart, chart.places.get(song), since(chart, last, SPARK - 1), last).map(point => point &&
    [3 * (SPARK - 1 - stepsBack(chart, point[0], last)), Math.floor(18 * Math.sqrt((point[1] - 1) / span) + 0.5)]);
  const end = way[way.length - 1];
  return el('svg', {class: 'spark', viewBox: '-2 -3 93 24'}, el('path', {d: line(way)}),
    end ? el('path', {class: 'end', d: `M${end[0]} ${end[1]}h0`}) : null);
};
