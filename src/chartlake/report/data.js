// The data of the page.  Days are counted from 1970-01-01; a chart's dates are known by number.
const packed = Uint8Array.from(atob(document.getElementById('data').textContent), sign => sign.charCodeAt(0));
const D = JSON.parse(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).text());
const SONGS = D.songs, ARTISTS = D.artists, SIZE = D.plain.length;
const COLOURS = 10, TILES = 120, SHOWN_WEEKS = 53;
const STAYS = 12, SHOWN_ARTISTS = 15;

const dayOf = iso => Math.round(Date.parse(iso + 'T00:00:00Z') / 864e5);
const isoOf = day => new Date(day * 864e5).toISOString().slice(0, 10);
const weekday = day => (day + 3) % 7;
const monday = day => day - weekday(day);
const MADE = dayOf(D.made);

const position = sign => {
  if (sign === 32) return 0;
  const place = D.plain.indexOf(String.fromCharCode(sign));
  return place < 0 ? sign - 0xA1 + SIZE + 1 : place + 1;
};
const POSITIONS = Array.from({length: 128}, (_, sign) => position(sign));
const positionOf = sign => sign < 128 ? POSITIONS[sign] : position(sign);

const SOURCE = [];
for (let i = 0; i < SONGS.source.length; i += 2)
  for (let n = 0; n < SONGS.source[i]; n++) SOURCE.push(SONGS.source[i + 1]);
const KIN = new Map();
SONGS.kin.forEach(group => group.forEach(song => KIN.set(song, group)));

const titleOf = song => SONGS.title[song] || '(no title)';
const byOf = song => SONGS.by[song] === 0 ? SONGS.artists[song].map(one => ARTISTS[one]).join(', ') : SONGS.by[song];
const kinOf = song => KIN.get(song) || [song];
const keyOf = song => SOURCE[song] + '/' + SONGS.id[song];
const albumOf = song => {
  const [name, released] = SONGS.albums[SONGS.album[song] - 1] || [null];
  return {name: name === '' ? SONGS.title[song] : name, released};
};
const urlOf = song => {
  const said = SONGS.url[song];
  let url = '';
  if (typeof said === 'string') url = said;
  else if (typeof said === 'number') url = said ? D.heads[said - 1] + SONGS.id[song] : '';
  else url = D.heads[said[0] - 1] + said[1].replace(/\*$/, () => SONGS.id[song]);
  return /^https?:\/\//.test(url) ? url : null;
};
const tileOf = song => {
  let found = 7;
  for (const sign of SONGS.title[song]) found = (found * 31 + sign.codePointAt(0)) % 1000003;
  return found % TILES;
};

// A chart's stays are unpacked when it is first looked at.
const unpacked = chart => {
  if (chart.places) return chart;
  const step = chart.weekly ? 7 : 1, first = dayOf(chart.first), leaps = new Map(chart.leaps);
  chart.step = step;
  chart.noun = chart.weekly ? 'week' : 'day';
  chart.days = [first];
  for (let n = 1; n < chart.dates; n++) chart.days.push(chart.days[n - 1] + (leaps.get(n) ?? step));
  chart.gap = n => n ? Math.max(Math.floor((chart.days[n] - chart.days[n - 1]) / step) - 1, 0) : 0;
  chart.lost = new Map(chart.missing.map(([after, state]) => [first + after, state]));
  chart.before = chart.before || {};
  chart.earlier = chart.earlier || 0;
  chart.places = new Map();
  const text = chart.stays, at = i => positionOf(text.charCodeAt(i)) - 1;
  for (let i = 0, song = 0; i < text.length; i++) {
    song += at(i) * SIZE + at(i + 1);
    let n = at(i + 2) * SIZE + at(i + 3);
    let own = chart.places.get(song);
    if (!own) chart.places.set(song, own = new Uint16Array(chart.dates));
    for (i += 4; text[i] !== '~'; i++) own[n++] = positionOf(text.charCodeAt(i));
  }
  chart.oddAt = new Map();
  for (const [n, place, song] of chart.odd) chart.oddAt.set(n, [...(chart.oddAt.get(n) || []), [place, song]]);
  return chart;
};
const CHARTS = D.charts;
CHARTS.forEach((chart, i) => { chart.index = i; });

const latest = (chart, day) => {
  let n = chart.days.length - 1;
  while (n >= 0 && chart.days[n] > day) n--;
  return n;
};
const since = (chart, last, steps) => {
  const oldest = chart.days[last] - chart.step * steps;
  let n = last;
  while (n && chart.days[n - 1] >= oldest) n--;
  return n;
};

// What a song has done on a chart up to one of its dates: as the view chart_history says it.
const doneBy = (chart, song, last) => {
  const own = chart.places.get(song), b = chart.before[song];
  let [peak, days, atPeak, run] = b || [1e9, 0, 0, 0];
  if (own) for (let n = 0; n <= last; n++) {
    const place = own[n];
    if (!place) { run = 0; continue; }
    days++; run++;
    if (place < peak) { peak = place; atPeak = 0; }
    if (place === peak) atPeak++;
  }
  const now = own ? own[last] : 0;
  return {song, position: now, peak, days, atPeak, run, was: last ? (own ? own[last - 1] : 0) : (b ? b[4] : 0)};
};
const rowsOf = (chart, last) => {
  const rows = [];
  for (const [song, own] of chart.places) {
    if (!own[last]) continue;
    const row = doneBy(chart, song, last);
    row.status = row.days === 1 ? 'NEW' : !row.was ? 'RE' : row.was > row.position ? 'UP' : row.was < row.position ? 'DOWN' : 'SAME';
    rows.push(row);
  }
  for (const [place, song] of chart.oddAt.get(last) || []) rows.push({position: place, song, status: ''});
  return rows.sort((a, b) => a.position - b.position);
};
const arrivalsOf = chart => {
  if (chart.arrivals) return chart.arrivals;
  chart.arrivals = new Array(chart.dates).fill(0);
  for (const [song, own] of chart.places)
    for (let n = 0; n < own.length; n++)
      if (own[n] && !(n ? own[n - 1] : (chart.before[song] || [])[4])) chart.arrivals[n]++;
  return chart.arrivals;
};
const staysOf = (chart, last) => {
  const songs = new Set([...chart.places.keys(), ...Object.keys(chart.before).map(Number)]);
  const all = [];
  for (const song of songs) {
    const done = doneBy(chart, song, last);
    if (done.days) all.push(done);
  }
  const id = song => SONGS.id[song];
  return all.sort((a, b) => b.days - a.days || a.peak - b.peak || (id(a.song) < id(b.song) ? -1 : 1)).slice(0, STAYS);
};
const shownWeeks = (chart, number) => {
  const first = monday(chart.days[0]), wanted = monday(chart.days[number]);
  let last = monday(chart.days[chart.dates - 1]);
  while ((last - wanted) / 7 >= SHOWN_WEEKS) last -= 7 * 52;
  const count = Math.min((last - first) / 7 + 1, SHOWN_WEEKS);
  return {first: last - 7 * (count - 1), count};
};
const weeksOf = (chart, number) => {
  const {first, count} = shownWeeks(chart, number);
  if (chart.weeks && chart.weeks.first === first) return chart.weeks;
  const sizes = new Array(count).fill(0), own = new Map();
  const add = (n, song) => {
    const week = Math.floor((chart.days[n] - first) / 7);
    if (week < 0 || week >= count) return;
    sizes[week]++;
    if (song >= 0) for (const artist of SONGS.artists[song]) {
      if (!own.has(artist)) own.set(artist, new Array(count).fill(0));
      own.get(artist)[week]++;
    }
  };
  for (const [song, places] of chart.places) for (let n = 0; n < places.length; n++) if (places[n]) add(n, song);
  for (const [n, , song] of chart.odd) add(n, song);
  const sum = list => list.reduce((a, b) => a + b, 0);
  const ranked = [...own].map(([artist, entries]) => ({artist, entries, all: sum(entries)}));
  ranked.sort((a, b) => b.all - a.all || a.artist - b.artist);
  return chart.weeks = {first, count, sizes, total: sum(sizes), ranked: ranked.slice(0, SHOWN_ARTISTS)};
};

// A colour for each of a few songs: its cover's own, or the next that is free.
const toldApart = wanted => {
  const colours = new Map(), taken = new Set();
  for (const song of wanted) {
    let colour = tileOf(song) % COLOURS;
    while (taken.has(colour) && taken.size < COLOURS) colour = (colour + 1) % COLOURS;
    colours.set(song, colour);
    taken.add(colour);
  }
  return colours;
};
