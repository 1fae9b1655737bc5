// Renders the state. Text only ever becomes textContent.

const EMOJI = ['👍', '❤️', '😂', '🎉', '😮', '😢'];
export const $ = (id) => document.getElementById(id);

let nodes = new Map(); // key -> { stamp, node, isMessage }: a row is rebuilt only when its stamp changes

/** Renders `{ me, active, rooms, online, stickToEnd }`. Clicks call `actions`. */
export function render(state, actions) {
  const known = state.rooms.get(state.active);
  drawRooms(state, actions);
  drawMembers(state, known, actions);
  drawMessages(state, known.log, actions);
  const unread = [...state.rooms.values()].reduce((sum, other) => sum + (other === known ? 0 : other.unread), 0);
  document.title = (unread ? `(${unread}) ` : '') + nameOf(known, state.me);
}

export function nameOf({ room, members }, me) {
  if (room.name) return room.name;
  return [...members.keys()].filter((user) => user !== me).join(', ') || room.id;
}

function h(tag, props, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter((child) => child !== undefined && child !== false));
  return node;
}

export function avatar(userId) {
  const hue = [...userId].reduce((sum, char) => (sum * 31 + char.codePointAt(0)) % 360, 7);
  const node = h('span', { className: 'avatar', ariaHidden: 'true' }, [...userId][0].toUpperCase());
  node.style.setProperty('--hue', hue);
  return node;
}

const clock = (time) => new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
const day = (time) => new Date(time).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' });

const SYSTEM = {
  member_joined: ({ userId }) => `${userId} joined`,
  member_left: ({ userId, reason }) => `${userId} ${reason === 'left' ? 'left' : `was ${reason}`}`,
  member_updated: ({ userId, role }) => `${userId} is now ${role}`,
  room_renamed: ({ name }) => (name ? `The room was renamed to ${name}` : 'The room name was removed'),
};

function messageRow({ me }, message, follows, actions) {
  if (message.kind === 'system') {
    const text = SYSTEM[message.system?.event]?.(message.system) ?? message.text;
    return h('li', { className: 'system' }, text);
  }
  const { senderId, text, createdAt, editedAt, deletedAt, reactions = {} } = message;
  const own = senderId === me;
  const tool = (label, name, onclick) => h('button', { title: name, ariaLabel: name, onclick }, label);
  const react = (emoji) => () => actions.react(message, emoji);
  const tools = !deletedAt && h('div', { className: 'tools' },
    ...EMOJI.map((emoji) => tool(emoji, `React with ${emoji}`, react(emoji))),
    own && tool('✎', 'Edit', () => actions.edit(message)),
    own && tool('✕', 'Delete', () => actions.remove(message)));
  const chips = Object.entries(reactions).map(([emoji, users]) => h('button', {
    className: users.includes(me) ? 'chip mine' : 'chip', title: users.join(', '), onclick: react(emoji),
  }, `${emoji} ${users.length}`));
  return h('li', { className: `message${follows ? ' follows' : ''}`, tabIndex: 0 },
    follows ? h('span', { className: 'gutter' }, clock(createdAt)) : avatar(senderId),
    h('div', { className: 'content' },
      !follows && h('div', { className: 'by' }, h('b', {}, senderId), h('time', { dateTime: createdAt }, clock(createdAt))),
      h('p', { className: deletedAt ? 'text gone' : 'text' }, deletedAt ? 'This message was deleted' : text,
        editedAt && !deletedAt ? h('small', {}, ' (edited)') : ''),
      chips.length > 0 && h('div', { className: 'chips' }, ...chips)),
    tools);
}

function pendingRow({ me }, row, actions) {
  return h('li', { className: row.error ? 'message failed' : 'message pending' }, avatar(me),
    h('div', { className: 'content' },
      h('div', { className: 'by' }, h('b', {}, me), h('span', {}, row.error ? 'not sent' : 'sending…')),
      h('p', { className: 'text' }, row.text),
      Boolean(row.error) && h('div', { className: 'chips' }, h('small', { className: 'error' }, row.error),
        h('button', { className: 'chip', onclick: () => actions.retry(row) }, 'Try again'),
        h('button', { className: 'chip', onclick: () => actions.discard(row) }, 'Discard'))));
}

/** Every row as [key, stamp, build]: day separators and messages by seq, then pending messages. */
function rows(state, log, actions) {
  const list = [];
  let before = null;
  for (const message of log.sorted()) {
    if (message.createdAt && (!before || day(before.createdAt) !== day(message.createdAt))) {
      const label = day(message.createdAt);
      list.push([`day ${label}`, '', () => h('li', { className: 'day' }, label)]);
      before = null;
    }
    const follows = before?.kind === 'user' && before.senderId === message.senderId
      && new Date(message.createdAt) - new Date(before.createdAt) < 300_000;
    list.push([message.seq, `${message.id} ${message.rev} ${follows} ${message.guess}`, () => messageRow(state, message, follows, actions)]);
    if (message.createdAt) before = message;
  }
  for (const row of log.pending) list.push([row.clientMessageId, row.error, () => pendingRow(state, row, actions)]);
  return list;
}

function drawMessages(state, log, actions) {
  const scroll = $('scroll');
  const list = $('messages');
  // Keep the first visible message in place when rows are added above it. Found by key, as its row may
  // be rebuilt. Day separators do not count, as they move up to the first message of the day.
  const [anchor, was] = [...nodes].find(([, { node, isMessage }]) => isMessage && node.offsetTop + node.offsetHeight > scroll.scrollTop) ?? [];
  const offset = was && was.node.offsetTop - scroll.scrollTop;
  const kept = new Map();
  for (const [key, stamp, build] of rows(state, log, actions)) {
    const id = `${state.active} ${key}`;
    const old = nodes.get(id);
    kept.set(id, old && old.stamp === stamp ? old : { stamp, node: build(), isMessage: Number.isInteger(key) });
  }
  nodes = kept;
  let at = list.firstChild;
  for (const { node } of kept.values()) {
    if (at === node) at = at.nextSibling;
    else list.insertBefore(node, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
  if (state.stickToEnd) scroll.scrollTop = scroll.scrollHeight;
  else if (kept.has(anchor)) scroll.scrollTop = kept.get(anchor).node.offsetTop - offset;
  $('jump').hidden = state.stickToEnd || log.newest <= log.readSeq;
  if (log.cursor && scroll.scrollHeight <= scroll.clientHeight) actions.loadOlder();
}

function drawRooms({ rooms, active, me }, actions) {
  $('room-list').replaceChildren(...[...rooms].map(([id, known]) => h('li', {},
    h('button', { className: id === active ? 'room active' : 'room', onclick: () => actions.show(id) },
      h('span', {}, `${known.room.kind === 'direct' ? '@' : '#'} ${nameOf(known, me)}`),
      id !== active && known.unread > 0 && h('span', { className: 'badge' }, known.unread > 99 ? '99+' : known.unread)))));
}

function drawMembers({ me, online }, known, actions) {
  const isHere = (user) => Boolean(online.get(user));
  const members = [...known.members.keys()].sort((a, b) => isHere(b) - isHere(a) || a.localeCompare(b));
  $('member-list').replaceChildren(...members.map((user) => h('li', {},
    h('button', {
      className: isHere(user) ? 'member online' : 'member', disabled: user === me,
      title: user === me ? 'You' : `Message ${user}`, onclick: () => actions.talkTo(user),
    }, avatar(user), h('span', {}, user), h('span', { className: 'hidden-text' }, isHere(user) ? 'online' : 'offline')))));
  const here = known.occupancy?.online ?? members.filter(isHere).length;
  $('occupancy').textContent = here ? `${here} online` : '';
  $('title').textContent = nameOf(known, me);
  $('text').disabled = known.role === 'guest';
  const names = [...known.typing.keys()];
  $('typing').textContent = names.length > 3 ? 'Several people are typing…'
    : names.length ? `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} typing…` : '';
}
