// What the page shows is told by its address: chart, date, song; without them the first chart's latest.
const $ = id => document.getElementById(id);
const shown = {chart: CHARTS[0], day: 0, song: -1};
const newest = chart => unpacked(chart).days[chart.dates - 1];

const said = text => {
  const found = {};
  for (const part of text.replace(/^#/, '').split('&')) {
    const cut = part.indexOf('=');
    if (cut < 0) continue;
    try { found[part.slice(0, cut)] = decodeURIComponent(part.slice(cut + 1)); } catch { continue; }
  }
  return found;
};
const chartNamed = key => CHARTS.find(chart => `${chart.source}/${chart.id}` === key);
const songNamed = key => SONGS.id.findIndex((id, song) => key === `${SOURCE[song]}/${id}`);
const stepsOf = chart => chart.all = chart.all || [...new Set([...unpacked(chart).days, ...chart.lost.keys()])].sort((a, b) => a - b);
const near = (chart, day) => {
  const all = stepsOf(chart);
  return all.reduce((found, one) => one <= day ? one : found, all[0]);
};
const address = () => {
  const out = [];
  if (shown.chart !== CHARTS[0]) out.push(`chart=${shown.chart.source}/${encodeURIComponent(shown.chart.id)}`);
  if (shown.day !== newest(shown.chart)) out.push(`date=${isoOf(shown.day)}`);
  if (shown.song >= 0) out.push(`song=${SOURCE[shown.song]}/${encodeURIComponent(SONGS.id[shown.song])}`);
  return '#' + out.join('&');
};
const take = (wanted, {keep}) => {
  const chart = wanted.chart ? chartNamed(wanted.chart) || shown.chart : keep ? shown.chart : CHARTS[0];
  const date = /^\d{4}-\d\d-\d\d$/.test(wanted.date || '') ? dayOf(wanted.date) : NaN;
  const day = Number.isNaN(date) ? (keep ? shown.day : newest(chart)) : date;
  const moved = chart !== shown.chart;
  shown.chart = chart;
  // From one chart to another the day is kept, unless it was the latest.
  shown.day = near(chart, keep && moved && Number.isNaN(date) && shown.latest ? newest(chart) : day);
  shown.latest = shown.day === newest(chart);
  if (wanted.song !== undefined || !keep) shown.song = wanted.song ? songNamed(wanted.song) : -1;
};
const go = wanted => {
  take(wanted, {keep: true});
  history_.push(address());
  render();
};
// A file opened from a disk has no history in some browsers: then the address stays as it is.
const history_ = {push: to => { try { if (to !== (location.hash || '#')) window.history.pushState(null, '', to); } catch { location.hash = to; } }};

const put = (id, children) => $(id).replaceChildren(...children.filter(Boolean));
let opener = null;
const render = () => {
  const {chart, day, song} = shown, open = song >= 0;
  $('day').hidden = open;
  $('song').hidden = !open;
  document.title = open ? `${titleOf(song)} – ${byOf(song)}` : `${chart.name} – ${isoOf(day)}`;
  if (open) {
    put('song', songPage(song, day));
    window.scrollTo(0, 0);
    $('song').querySelector('h1').focus({preventScroll: true});
  } else {
    $('song').replaceChildren();
    drawDay(chart, day);
  }
  steer();
};
const drawDay = (chart, day) => {
  const n = Math.max(latest(unpacked(chart), day), 0), lost = chart.days[n] !== day, all = $('all') && $('all').checked;
  const rows = rowsOf(chart, n);
  put('head', head(chart, day));
  put('chart', lost ? missed(chart, day, n) : chartTable(chart, n, rows));
  put('news', lost ? [] : headlines(chart, n, rows));
  put('road', road(chart, n, rows));
  put('ones', numberOnes(chart, n));
  put('turn', turnover(chart, n));
  put('stays', stays(chart, n));
  put('others', others(chart, n, rows));
  put('artists', artists(chart, n));
  if ($('all')) $('all').checked = all;
  settle();
};
const missed = (chart, day, n) => {
  const why = {failed: 'the attempt failed', deferred: 'it was put off', rejected: 'what came was rejected'}[chart.lost.get(day)] || 'nobody recorded it';
  const next = chart.days[n + 1], link = (to, text) => to === undefined ? null : el('a', {href: `#date=${isoOf(to)}`}, text);
  return [
    ...heading('The chart', `Not recorded on ${plainDay(day)}`),
    el('div', {class: 'missed'}, el('p', {}, `There is no chart of this ${chart.noun}: ${why}.`),
      el('p', {}, link(chart.days[n], `‹ ${plainDay(chart.days[n])}`), link(next, next && `${plainDay(next)} ›`))),
  ];
};
// The bar and the stepper follow what is shown.
const steer = () => {
  const {chart, day} = shown, all = stepsOf(chart), at = all.indexOf(day), box = $('charts').querySelector('select');
  $('date').value = isoOf(day);
  $('back').disabled = at <= 0;
  $('on').disabled = at >= all.length - 1;
  $('latest').hidden = day === newest(chart);
  if (box) box.value = chart.index;
  $('charts').querySelectorAll('a').forEach((link, i) => i === chart.index ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current'));
};
const step = by => {
  const all = stepsOf(shown.chart), to = all[all.indexOf(shown.day) + by];
  if (to !== undefined) go({date: isoOf(to)});
};
// Calendars that do not fit begin at their latest end.
const settle = () => document.querySelectorAll('.calendar .scroll').forEach(box => { box.scrollLeft = box.scrollWidth; });

const chartsBar = () => {
  if (CHARTS.length < 2) return;
  const key = chart => `#chart=${chart.source}/${encodeURIComponent(chart.id)}`;
  if (CHARTS.length <= 6) {
    $('charts').append(...CHARTS.map(chart => el('a', {href: key(chart), dir: 'auto'}, chart.name)));
    return;
  }
  const box = el('select', {'aria-label': 'Chart'}, ...CHARTS.map((chart, i) => el('option', {value: i}, `${chart.name} (${serviceOf(chart.source)})`)));
  box.addEventListener('change', () => go({chart: `${CHARTS[box.value].source}/${CHARTS[box.value].id}`, song: ''}));
  $('charts').append(box);
};

// The theme is the system's until somebody chooses; where nothing can be kept, it is so for this view.
const kept = {get: () => { try { return localStorage.getItem('chartlake-theme'); } catch { return null; } }, set: value => { try { localStorage.setItem('chartlake-theme', value); } catch { return; } }};
const isDark = () => (document.documentElement.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
const dress = theme => {
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
  $('theme').setAttribute('aria-label', isDark() ? 'Light colours' : 'Dark colours');
};

// What lies under the pointer.
const under = event => {
  const box = event.target.closest && event.target.closest('.sheet');
  if (!box) return null;
  const frame = box.getBoundingClientRect(), {first, pitch, tall} = box.dataset;
  const column = Math.floor((event.clientX - frame.left - LEFT) / pitch), row = Math.floor((event.clientY - frame.top - ABOVE) / tall);
  if (column < 0 || row < 0 || row > (shown.chart.weekly ? 0 : 6)) return null;
  const day = dayOf(first) + 7 * column + (shown.chart.weekly ? 0 : row);
  const found = shown.chart.weekly ? stepsOf(shown.chart).find(one => monday(one) === day) : stepsOf(shown.chart).includes(day) ? day : undefined;
  return found === undefined ? null : {day: found, ones: Boolean(box.closest('#ones'))};
};
const hint = (event, text) => {
  const box = $('hint');
  box.hidden = !text;
  if (!text) return;
  box.textContent = text;
  box.style.left = `${Math.max(8, Math.min(innerWidth - box.offsetWidth - 8, event.clientX + 14))}px`;
  box.style.top = `${event.clientY + 18}px`;
};
const toldOf = ({day, ones}) => {
  const {chart} = shown, n = chart.days.indexOf(day), when = `${shortDay(day)} ${parts(day).y}`;
  if (n < 0) return `${when}: not recorded`;
  if (!ones) return `${when}: ${n || chart.earlier ? counted(arrivalsOf(chart)[n], 'new or returning song') : 'the first on record'}`;
  const top = topsOf(chart)[n];
  return `${when}: ${top < 0 ? 'no number one' : titleOf(top)}`;
};
const lift = event => {
  const part = event.target.closest && event.target.closest('.road [data-song]'), box = $('road');
  const song = part && part.dataset.song;
  box.querySelectorAll('[data-song]').forEach(one => one.classList.toggle('on', one.dataset.song === song));
  box.classList.toggle('lifted', Boolean(song));
};

const listen = () => {
  document.addEventListener('click', event => {
    const link = event.target.closest('a[href^="#"]');
    const cell = link ? null : under(event);
    if (cell) go({date: isoOf(cell.day)});
    if (!event.target.closest('.finder')) $('found').hidden = true;
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const wanted = said(link.getAttribute('href'));
    if (wanted.find !== undefined) {
      $('find').value = wanted.find;
      $('find').focus();
      showFound(wanted.find);
      return;
    }
    if (wanted.song) opener = opener || link.getAttribute('href');
    if (wanted.chart && wanted.song === undefined) wanted.song = '';
    $('found').hidden = true;
    go(wanted);
    if (wanted.song === '' && opener && !wanted.chart) returned();
  });
  const returned = () => {
    const link = [...$('day').querySelectorAll('a.song')].find(one => one.getAttribute('href') === opener);
    opener = null;
    if (link) link.focus();
  };
  document.addEventListener('keydown', event => {
    const typing = event.target.closest('input:not([type=checkbox]),select,textarea');
    if (event.key === 'Escape') {
      if (!$('found').hidden) $('found').hidden = true;
      else if (shown.song >= 0) { go({song: ''}); returned(); }
      return;
    }
    if (typing || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === '/') { event.preventDefault(); $('find').focus(); }
    if (event.target.closest('.scroll') && event.target.closest('.scroll').scrollWidth > event.target.closest('.scroll').clientWidth) return;
    if (event.key === 'ArrowLeft') { event.preventDefault(); step(-1); }
    if (event.key === 'ArrowRight') { event.preventDefault(); step(1); }
  });
  document.addEventListener('pointermove', event => { const cell = under(event); hint(event, cell && toldOf(cell)); });
  $('road').addEventListener('pointerover', lift);
  $('road').addEventListener('pointerleave', lift);
  $('road').addEventListener('focusin', lift);
  $('road').addEventListener('focusout', lift);
  $('back').addEventListener('click', () => step(-1));
  $('on').addEventListener('click', () => step(1));
  $('latest').addEventListener('click', () => go({date: isoOf(newest(shown.chart))}));
  const typed = () => /^\d{4}-\d\d-\d\d$/.test($('date').value.trim()) ? go({date: $('date').value.trim()}) : steer();
  $('date').addEventListener('change', typed);
  $('date').addEventListener('keydown', event => { if (event.key === 'ArrowUp') step(1); else if (event.key === 'ArrowDown') step(-1); else return; event.preventDefault(); });
  $('find').addEventListener('input', () => showFound($('find').value));
  $('find').addEventListener('keydown', event => { const first = event.key === 'Enter' && $('found').querySelector('a'); if (first) first.click(); });
  $('theme').addEventListener('click', () => { const theme = isDark() ? 'light' : 'dark'; kept.set(theme); dress(theme); });
  window.addEventListener('popstate', () => { take(said(location.hash), {keep: false}); render(); });
};

document.documentElement.classList.add('scripted');
dress(said(location.hash).theme || kept.get());
chartsBar();
listen();
shown.day = newest(shown.chart);
shown.latest = true;
take(said(location.hash), {keep: false});
// The first view is there already.
if (address() === '#') { steer(); settle(); } else render();
