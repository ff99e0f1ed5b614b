// Words and figures of the page, as words.py writes them.
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const SERVICES = {spotify: 'Spotify', deezer: 'Deezer', apple: 'Apple Music', listenbrainz: 'ListenBrainz', chartfile: 'chart files'};
const parts = day => { const [y, m, d] = isoOf(day).split('-').map(Number); return {y, m, d}; };
const shortDay = day => { const {m, d} = parts(day); return `${d} ${MONTHS[m - 1].slice(0, 3)}`; };
const plainDay = day => { const {y, m, d} = parts(day); return `${d} ${MONTHS[m - 1]} ${y}`; };
const longDay = day => `${WEEKDAYS[weekday(day)]}, ${plainDay(day)}`;
const number = value => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
const counted = (value, noun) => `${number(value)} ${value === 1 ? noun : noun.endsWith('y') && noun !== 'day' ? noun.slice(0, -1) + 'ies' : noun + 's'}`;
const ordinal = value => number(value) + ([11, 12, 13].includes(value % 100) ? 'th' : {1: 'st', 2: 'nd', 3: 'rd'}[value % 10] || 'th');
const serviceOf = source => Object.hasOwn(SERVICES, source) ? SERVICES[source] : source;
const capital = word => word[0].toUpperCase() + word.slice(1);
