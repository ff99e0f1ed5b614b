// Finding a song or an artist among everything on the page.
const plainText = text => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
let sought = null;
const findSongs = text => {
  const wanted = plainText(text).trim();
  if (!wanted) return [];
  sought = sought || SONGS.title.map((title, song) => plainText(`${title}\n${byOf(song)}`));
  const found = [], seen = new Set();
  sought.forEach((line, song) => {
    const at = line.indexOf(wanted);
    if (at >= 0 && !seen.has(kinOf(song)[0])) {
      seen.add(kinOf(song)[0]);
      found.push([at === 0 ? 0 : line[at - 1] === '\n' ? 1 : line[at - 1] === ' ' ? 2 : 3, song]);
    }
  });
  return found.sort((a, b) => a[0] - b[0]).slice(0, 30).map(([, song]) => song);
};
const showFound = text => {
  const list = document.getElementById('found'), songs = findSongs(text);
  list.replaceChildren(...songs.map(song => el('li', {}, cover(song), named(song))));
  if (text.trim() && !songs.length) list.append(el('li', {class: 'none'}, 'Nothing of that name'));
  list.hidden = !text.trim();
};
