// Small pieces that several parts are made of, as pieces.py makes them.
// Whatever comes from the data becomes an attribute or a text node: it is never read as markup.
const DRAWN = new Set(['svg', 'path', 'use', 'rect', 'g', 'text']);
const el = (name, attributes, ...children) => {
  const made = DRAWN.has(name) ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const key in attributes) if (attributes[key] != null) made.setAttribute(key, attributes[key]);
  made.append(...children.filter(child => child != null));
  return made;
};
const heading = (title, told) => [el('h2', {}, title), el('p', {class: 'told'}, told)];
const cover = (song, size = '') => el('svg', {class: `cover b${tileOf(song) % COLOURS} ${size}`.trim()},
  el('use', {href: `#p${Math.floor(tileOf(song) / COLOURS)}`}));
const songLink = song => el('a', {class: 'song', href: `#song=${SOURCE[song]}/${encodeURIComponent(SONGS.id[song])}`, dir: 'auto'}, titleOf(song));
const named = song => el('div', {class: 'named'}, songLink(song), el('span', {class: 'by', dir: 'auto'}, byOf(song)));
const outward = (song, service, text = '↗') => {
  const href = urlOf(song);
  return href && el('a', {class: 'out', href, rel: 'noopener', target: '_blank', 'aria-label': text === '↗' ? `Open at ${service}` : null}, text);
};
const bar = (part, kind = '') => el('svg', {class: `bar ${kind}`.trim()}, el('rect', {width: `${rounded(100 * part)}%`, height: '100%', rx: 2}));
const rounded = value => {
  const tenths = Math.floor(value * 10 + 0.5);
  return tenths % 10 ? `${Math.floor(tenths / 10)}.${tenths % 10}` : String(tenths / 10);
};
const line = points => {
  let path = '', at = null, down = false, alone = false;
  for (const point of points) {
    if (!point) {
      if (alone) path += 'h0';
      down = alone = false;
      continue;
    }
    if (!down) {
      path += `M${point[0]} ${point[1]}`;
      down = alone = true;
    } else {
      path += point[1] === at[1] ? `h${point[0] - at[0]}` : `l${point[0] - at[0]} ${point[1] - at[1]}`;
      alone = false;
    }
    at = point;
  }
  return alone ? path + 'h0' : path;
};
const curve = points => {
  let path = '', at = null, down = false, alone = false, bent = false;
  for (const point of points) {
    if (!point) {
      if (alone) path += 'h0';
      down = alone = false;
      continue;
    }
    if (!down) {
      path += `M${point[0]} ${point[1]}`;
      down = alone = true;
      bent = false;
    } else {
      const across = point[0] - at[0], along = point[1] - at[1], half = across / 2;
      path += along === 0 ? `h${across}` : bent ? `s${half} ${along} ${across} ${along}` : `c${half} 0 ${half} ${along} ${across} ${along}`;
      alone = false;
      bent = along !== 0;
    }
    at = point;
  }
  return alone ? path + 'h0' : path;
};
const cells = (corners, wide) => {
  let path = '', at = null;
  for (const [x, y] of corners) {
    path += at ? `m${x - at[0]} ${y - at[1]}h${wide}` : `M${x} ${y}h${wide}`;
    at = [x + wide, y];
  }
  return path;
};
const stepsBack = (chart, n, last) => Math.floor((chart.days[last] - chart.days[n]) / chart.step);
const standing = (chart, own, first, last) => {
  const way = [];
  for (let n = first; n <= last; n++) {
    if (!own || !own[n]) { way.push(null); continue; }
    if (chart.gap(n)) way.push(null);
    way.push([n, own[n]]);
  }
  return way;
};
const scroll = (told, ...inside) => el('div', {class: 'scroll', tabindex: 0, role: 'group', 'aria-label': told}, ...inside);
