// The headlines of a day, as news.py makes them.
const headlines = (chart, n, rows) => [
  ...heading('Headlines', summary(chart, n, rows)),
  el('ul', {class: 'news'}, ...stories(chart, n, rows).map(([label, song, told]) => el('li', {}, cover(song, 'big'), el('div', {},
    el('p', {class: 'label'}, label), el('p', {class: 'title'}, songLink(song)), el('p', {class: 'by', dir: 'auto'}, byOf(song)), el('p', {class: 'how'}, told))))),
];
const summary = (chart, n, rows) => {
  if (!chart.earlier && !n) return `${counted(rows.length, 'entry')} on the first ${chart.noun}`;
  const count = status => rows.filter(row => row.status === status).length;
  return count('NEW') + count('RE') ? `${count('NEW')} new, ${count('RE')} back` : 'Nothing new, nothing back';
};
const stories = (chart, n, all) => {
  const rows = all.filter(row => row.status), told = [], noun = chart.noun, first = !chart.earlier && !n;
  if (!rows.length) return told;
  const best = (list, better) => list.reduce((found, row) => !found || better(row, found) > 0 ? row : found, null);
  const top = rows[0];
  if (top.position !== 1) told.push(['Highest entry', top.song, `at ${top.position}`]);
  else if (top.was === 1 || first) told.push(['Number one', top.song, `${ordinal(top.atPeak)} ${noun} at the top`]);
  else told.push(['New number one', top.song, ({NEW: 'straight in', RE: 'back on the chart'}[top.status] || `up from ${top.was}`) + (top.atPeak > 1 ? `, ${ordinal(top.atPeak)} ${noun} at the top` : '')]);
  if (!first) {
    const entry = rows.find(row => row.status === 'NEW' && row.position > 1), back = rows.find(row => row.status === 'RE' && row.position > 1);
    if (entry) told.push(['Highest new entry', entry.song, `in at ${entry.position}`]);
    const moved = rows.filter(row => row.was), gained = row => row.was - row.position;
    const gain = best(moved, (a, b) => gained(a) - gained(b) || b.position - a.position), fall = best(moved, (a, b) => gained(b) - gained(a) || b.position - a.position);
    if (gain && gained(gain) > 0) told.push(['Biggest gain', gain.song, `up ${gained(gain)} to ${gain.position}`]);
    if (fall && gained(fall) < 0) told.push(['Biggest fall', fall.song, `down ${-gained(fall)} to ${fall.position}`]);
    if (back) told.push(['Back again', back.song, `at ${back.position}, peak ${back.peak}`]);
    if (n) {
      const now = new Set(all.map(row => row.song));
      let gone = null;
      for (const [song, own] of chart.places) if (own[n - 1] && !now.has(song) && (!gone || own[n - 1] < gone[0])) gone = [own[n - 1], song];
      if (gone) told.push(['Left the chart', gone[1], `was ${gone[0]}, after ${counted(doneBy(chart, gone[1], n).days, noun)}`]);
    }
  }
  const longest = best(rows, (a, b) => a.days - b.days || b.position - a.position);
  if (longest.days > 1) told.push(['Longest here', longest.song, `${counted(longest.days, noun)}, peak ${longest.peak}`]);
  return told;
};
