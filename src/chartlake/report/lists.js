// Longest stays, the other charts, and artists week by week, as lists.py makes them.
const COMPARED = 20, OTHERS = 5, WITHIN = 7, LIMITS = [50, 25, 10];
const stays = (chart, n) => {
  const found = staysOf(chart, n), most = found.length ? found[0].days : 1;
  return [
    ...heading('Longest stays', `${capital(chart.noun)}s on this chart so far; paler where a song has left`),
    el('ol', {class: 'bars'}, ...found.map(stay => el('li', {}, songLink(stay.song), bar(stay.days / most, stay.position ? '' : 'gone'),
      el('b', {}, number(stay.days)), el('span', {class: 'peak'}, `peak ${stay.peak}`)))),
  ];
};
const otherCharts = (chart, day) => CHARTS.filter(other => other !== chart && other.albums === chart.albums)
  .map(other => [other, latest(unpacked(other), day)]).filter(([other, n]) => n >= 0 && day - other.days[n] < WITHIN).slice(0, OTHERS);
const elsewhere = (chart, n, song) => {
  let found = 0;
  for (const other of kinOf(song)) {
    const place = (chart.places.get(other) || [])[n];
    if (place && (!found || place < found)) found = place;
  }
  return found;
};
const others = (chart, n, rows) => {
  const day = chart.days[n], columns = otherCharts(chart, day), mine = rows.filter(row => row.song >= 0 && row.status).slice(0, COMPARED);
  if (!columns.length) return [];
  const cell = ([other, at], song) => {
    const place = elsewhere(other, at, song);
    if (!place) return el('td', {class: 'n none'}, '–');
    return el('td', {class: 'n'}, el('span', {class: `place g${LIMITS.filter(limit => place <= limit).length}`}, String(place)));
  };
  return [
    ...heading('Elsewhere', `Where the top ${mine.length} stand on other charts; the same recording, or the same title and first artist`),
    scroll('Elsewhere', el('table', {class: 'others'},
      el('thead', {}, el('tr', {}, el('th', {scope: 'col', class: 's'}, chart.albums ? 'Album' : 'Song'), el('th', {scope: 'col', class: 'n'}, 'Here'),
        ...columns.map(([other, at]) => el('th', {scope: 'col', dir: 'auto'}, other.name,
          el('span', {class: 'by'}, serviceOf(other.source) + (other.days[at] === day ? '' : `, ${shortDay(other.days[at])}`)))))),
      el('tbody', {}, ...mine.map(row => el('tr', {}, el('th', {scope: 'row', class: 's'}, songLink(row.song)),
        el('td', {class: 'n'}, String(row.position)), ...columns.map(column => cell(column, row.song))))))),
  ];
};
const artists = (chart, n) => {
  const {first, count, sizes, total, ranked} = weeksOf(chart, n);
  const parted = one => one.entries.map((entries, week) => sizes[week] ? entries / sizes[week] : 0);
  const most = Math.max(...ranked.map(one => Math.max(...parted(one)))), best = ranked.length ? ranked[0].all : 1;
  const strip = one => {
    const shades = new Map();
    parted(one).forEach((part, week) => {
      if (!sizes[week]) return;
      const shade = part === 0 ? 0 : 1 + Math.min(LEVELS - 1, Math.floor(LEVELS * part / most * 0.999));
      shades.set(shade, [...(shades.get(shade) || []), [10 * week, 10]]);
    });
    return el('svg', {class: 'strip', viewBox: `0 0 ${10 * count} 20`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `${ARTISTS[one.artist]}: entries week by week`},
      ...[...shades.keys()].sort().map(shade => el('path', {class: `g${shade}`, d: cells(shades.get(shade), 9)})));
  };
  const months = el('svg', {class: 'months', 'aria-hidden': 'true'},
    ...monthNames(first, count, week => 100 * week / count, 6, 96).map(([x, name]) => el('text', {x: `${rounded(x)}%`, y: 11}, name)));
  return [
    ...heading('Artists', `Share of all entries since ${plainDay(Math.max(first, chart.days[0]))}, and entries week by week`),
    scroll('Artists', el('table', {class: 'artists'},
      el('thead', {}, el('tr', {}, el('th', {scope: 'col', class: 's'}, 'Artist'), el('th', {scope: 'col', class: 'n', colspan: 2}, 'Share'), el('th', {scope: 'col', class: 'weeks'}, el('span', {class: 'said'}, 'Weeks'), months))),
      el('tbody', {}, ...ranked.map(one => el('tr', {},
        el('th', {scope: 'row', class: 's'}, el('a', {class: 'artist', href: `#find=${encodeURIComponent(ARTISTS[one.artist])}`, dir: 'auto'}, ARTISTS[one.artist])),
        el('td', {class: 'n'}, `${rounded(100 * one.all / Math.max(total, 1))} %`), el('td', {class: 'share'}, bar(one.all / best)),
        el('td', {class: 'weeks'}, strip(one))))))),
  ];
};
