// A song's own page: where it stood on every chart.
const AXIS = 300;
const songPage = (song, day) => {
  const kin = kinOf(song), found = [];
  for (const chart of CHARTS) {
    const own = joined(unpacked(chart), kin);
    if (own) found.push({chart, own, ...lived(chart, own, kin, day)});
  }
  const album = albumOf(song), links = kin.map(one => outward(one, '', `Open at ${serviceOf(SOURCE[one])}`)).filter(Boolean);
  const seen = new Set(), once = links.filter(link => !seen.has(link.textContent) && seen.add(link.textContent));
  return [
    el('p', {class: 'back'}, el('a', {href: '#song='}, '‹ Back to the chart')),
    el('div', {class: 'title'}, cover(song, 'huge'), el('div', {},
      el('h1', {dir: 'auto', tabindex: -1}, titleOf(song)), el('p', {class: 'by', dir: 'auto'}, byOf(song)),
      album.name || album.released ? el('p', {class: 'album'}, album.name ? el('span', {dir: 'auto'}, album.name) : null, album.name && album.released ? ' · ' : null, album.released ? released(album.released) : null) : null,
      el('p', {class: 'links'}, ...once))),
    found.length ? el('section', {}, ...heading('Where it stood', 'Position on every chart that had it; a line ends where it left, or where nothing was recorded'), history(found, day)) : null,
    found.length ? el('section', {}, ...heading('In figures', `Up to ${plainDay(day)}`), figures(found)) : null,
  ];
};
const released = iso => { const [y, m, d] = iso.split('-').map(Number); return d ? `${d} ${MONTHS[m - 1]} ${y}` : m ? `${MONTHS[m - 1]} ${y}` : `${y}`; };
const joined = (chart, kin) => {
  let all = null;
  for (const one of kin) {
    const own = chart.places.get(one);
    if (!own) continue;
    all = all || new Uint16Array(chart.dates);
    own.forEach((place, n) => { if (place && (!all[n] || place < all[n])) all[n] = place; });
  }
  return all || (kin.some(one => chart.before[one]) ? new Uint16Array(chart.dates) : null);
};
const lived = (chart, own, kin, day) => {
  const last = latest(chart, day), b = kin.map(one => chart.before[one]).find(Boolean);
  let [peak, days, atPeak] = b || [1e9, 0, 0], visits = days ? 1 : 0, first = b ? chart.days[0] - b[5] : null, seen = null, entry = 0;
  for (let n = 0; n <= last; n++) {
    const place = own[n];
    if (!place) continue;
    days++;
    if (!(n ? own[n - 1] : b && b[4])) visits++;
    if (first === null) { first = chart.days[n]; entry = place; }
    seen = chart.days[n];
    if (place < peak) { peak = place; atPeak = 0; }
    if (place === peak) atPeak++;
  }
  return {now: last >= 0 ? own[last] : 0, peak, days, atPeak, visits, first, entry, seen};
};
const figures = found => scroll('In figures', el('table', {class: 'figures'},
  el('thead', {}, el('tr', {}, ...['Chart', 'Now', 'Peak', 'At peak', 'On chart', 'Stays', 'First entered', 'Last seen'].map((name, i) => el('th', {scope: 'col', class: i ? 'n' : 's'}, name)))),
  el('tbody', {}, ...found.map((one, i) => el('tr', {class: `k${i % COLOURS}`},
    el('th', {scope: 'row', class: 's'}, el('i', {}), el('a', {href: `#song=&chart=${encodeURIComponent(one.chart.source + '/' + one.chart.id)}`, dir: 'auto'}, one.chart.name), el('span', {class: 'by'}, serviceOf(one.chart.source))),
    ...(one.days ? [one.now ? String(one.now) : '–', String(one.peak), counted(one.atPeak, one.chart.noun), counted(one.days, one.chart.noun), String(one.visits),
      plainDay(one.first) + (one.entry ? ` at ${one.entry}` : ''), one.seen ? plainDay(one.seen) : '–'] : ['–', '–', '–', '–', '–', 'not yet', '–'])
      .map((text, at) => el('td', {class: at === 1 ? 'n best' : 'n'}, text)))))));
const history = (found, day) => {
  const depth = Math.max(...found.map(one => one.chart.depth)), y = place => 8 + Math.floor((AXIS - 16) * Math.sqrt((place - 1) / Math.max(depth - 1, 1)) + 0.5);
  // Only the time in which it stood somewhere, and two weeks at least.
  const stood = found.flatMap(one => [...one.own].map((place, n) => place ? one.chart.days[n] : null).filter(Boolean));
  if (!stood.length) return el('p', {class: 'told'}, 'It stood there before the days that this page holds in full.');
  const start = stood.reduce((a, b) => Math.min(a, b)), end = Math.max(stood.reduce((a, b) => Math.max(a, b)), start + 13);
  const marks = [1, 5, 10, 20, 50, 100, 200].filter(place => place <= depth), grid = marks.map(place => `M0 ${y(place)}H${10 * (end - start)}`).join('');
  const way = (one, i) => {
    const d = line(standing(one.chart, one.own, 0, one.chart.dates - 1).map(point => point && [10 * (one.chart.days[point[0]] - start), y(point[1])]));
    return el('g', {class: `way l${i % COLOURS}`}, el('path', {class: 'case', d}), el('path', {d}));
  };
  return el('div', {class: 'road life'},
    el('svg', {class: 'axis', 'aria-hidden': 'true'}, ...marks.map(place => el('text', {x: 24, y: y(place) + 4}, String(place)))),
    el('svg', {class: 'plot', viewBox: `0 0 ${10 * (end - start)} ${AXIS}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': 'Its positions over time'},
      el('path', {class: 'grid', d: grid}), day >= start && day <= end ? el('path', {class: 'today', d: `M${10 * (day - start)} 0V${AXIS}`}) : null, ...found.map(way).reverse()),
    el('p', {class: 'dates'}, el('span', {}, plainDay(start)), el('span', {}, plainDay(end))),
    el('p', {class: 'keys'}, ...found.map((one, i) => el('span', {class: `k${i % COLOURS}`}, el('i', {}), el('span', {dir: 'auto'}, one.chart.name)))));
};
