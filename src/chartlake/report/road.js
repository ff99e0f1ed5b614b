// The road of the top ten, as road.py draws it.
const TOP = 10, PITCH = 34, BAND = 84, HEIGHT = TOP * PITCH + BAND, ACROSS = 10;
const height = (place, depth) => place <= TOP ? PITCH * place - PITCH / 2
  : TOP * PITCH + 12 + Math.floor((BAND - 24) * (place - TOP - 1) / Math.max(depth - TOP - 1, 1) + 0.5);
const road = (chart, last, rows) => {
  const top = rows.filter(row => row.song >= 0 && row.status && row.position <= TOP), colours = toldApart(top.map(row => row.song));
  const first = since(chart, last, chart.weekly ? 26 : 29), reach = Math.max(stepsBack(chart, first, last), 1), told = counted(reach + 1, chart.noun);
  let grid = '', holes = '';
  for (let place = 1; place <= TOP; place++) grid += `M0 ${height(place, 0)}h${ACROSS * reach}`;
  for (let n = first + 1; n <= last; n++) if (chart.gap(n)) {
    const end = ACROSS * (reach - stepsBack(chart, n, last)), start = end - ACROSS * (chart.gap(n) + 1);
    holes += `M${start} 0H${end}V${HEIGHT}H${start}z`;
  }
  const way = ({song}) => {
    const points = standing(chart, chart.places.get(song), first, last).map(point => point &&
      [ACROSS * (reach - stepsBack(chart, point[0], last)), height(point[1], chart.depth)]);
    const end = points[points.length - 1], d = curve(points);
    return el('g', {class: `way l${colours.get(song)}`, 'data-song': song}, el('path', {class: 'case', d}), el('path', {d}),
      end ? el('path', {class: 'end', d: `M${end[0]} ${end[1]}h0`}) : null);
  };
  const labels = [];
  for (let place = 1; place <= TOP; place++) {
    const row = top.find(one => one.position === place);
    labels.push(row ? el('li', {class: `k${colours.get(row.song)}`, 'data-song': row.song}, songLink(row.song)) : el('li', {}));
  }
  const marks = [1, 5, 10, ...(chart.depth > TOP + 1 ? [chart.depth] : [])];
  return [
    ...heading('The road of the top ten', `How they got here, over ${told}`),
    el('div', {class: 'road'},
      el('svg', {class: 'axis', 'aria-hidden': 'true'}, ...marks.map(place => el('text', {x: 20, y: height(place, chart.depth) + 4}, String(place)))),
      el('svg', {class: 'plot', viewBox: `0 0 ${ACROSS * reach} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `Positions of the top ten over ${told}`},
        el('path', {class: 'grid', d: grid}), el('path', {class: 'gaps', d: holes}), ...[...top].reverse().map(way)),
      el('ol', {class: 'labels'}, ...labels),
      el('p', {class: 'dates'}, el('span', {}, shortDay(chart.days[first])), el('span', {}, shortDay(chart.days[last])))),
  ];
};
