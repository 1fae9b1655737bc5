// The state of the page, and its changes by events and clicks. See view.js for rendering, client.js
// for the connection, log.js for the messages of a room.

import { ChatClient } from './client.js';
import { RoomLog } from './log.js';
import { $, avatar, nameOf, render } from './view.js';

const HOME = 'general';
const PREFIX = '/chat';
const TEMPORARY = ['RATE_LIMITED', 'UNAVAILABLE', 'TIMEOUT'];
const TRIES = 5;

const state = {
  me: null,
  active: null, // the id of the visible room
  rooms: new Map(), // id -> { room, unread, log, members, typing, role?, occupancy? }
  online: new Map(), // userId -> boolean
  stickToEnd: true, // keep the newest message visible
};
let client = null;
let joined = null; // the id of the room this connection has joined
const onlineSince = new Map(); // userId -> time of the last update
let loadingOlder = false;
let editing = null; // the id of the message in the text box
let typingSince = 0;

// ---- the server -------------------------------------------------------------------------------

async function devToken(userId) {
  const response = await fetch('/dev/token', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ userId }),
  });
  if (response.ok) return (await response.json()).token;
  const why = response.status === 404 ? 'This server does not offer demo tokens' : `Could not sign in (error ${response.status})`;
  throw Object.assign(new Error(why), { fatal: response.status < 500 && response.status !== 429 });
}

async function getToken(renew) {
  if (renew || !sessionStorage.token) sessionStorage.token = await devToken(state.me);
  return sessionStorage.token;
}

async function rest(method, path, body) {
  const response = await fetch(PREFIX + path, {
    method,
    headers: { authorization: `Bearer ${sessionStorage.token}`, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({})); // a 204 has no body, a proxy may not send JSON
  if (!response.ok) {
    throw Object.assign(new Error(answer.detail ?? answer.title ?? `HTTP ${response.status}`), { code: answer.code });
  }
  return answer;
}

const roomPath = (id) => `/rooms/${encodeURIComponent(id)}`;
const complain = ({ message }) => notice(message);

// ---- rooms ------------------------------------------------------------------------------------

function entry(id) {
  if (!state.rooms.has(id)) {
    const log = new RoomLog(state.me);
    state.rooms.set(id, { room: { id, name: id }, unread: 0, log, members: new Map(), typing: new Map() });
  }
  return state.rooms.get(id);
}

async function loadRooms() {
  const { rooms } = await rest('GET', '/rooms?limit=100');
  for (const { unread, ...room } of rooms) {
    Object.assign(entry(room.id), { room, unread });
    if (room.kind === 'direct') loadMembers(room.id).catch(() => {}); // for the name of the other member
  }
  draw();
}

async function loadMembers(id) {
  const known = entry(id);
  const { members } = await rest('GET', `${roomPath(id)}/members?limit=100`);
  known.members = new Map(members.map(({ userId, role }) => [userId, role]));
  const ids = [...known.members.keys()].map(encodeURIComponent);
  const asked = performance.now();
  const { users } = await rest('GET', `/presence?users=${ids.join(',')}`);
  users.forEach((user) => setOnline(user.userId, user.online, asked));
  draw();
}

/** Ignores a response to a request that is older than the last event: it may be out of date. */
function setOnline(userId, online, at = performance.now()) {
  if (at < (onlineSince.get(userId) ?? 0)) return;
  onlineSince.set(userId, at);
  state.online.set(userId, online);
}

/** Shows a room. Only the visible room is joined; ROOM_ACTIVITY reports changes in the others. */
async function show(id) {
  if (joined && joined !== id) client.tell({ type: 'LEAVE_ROOM', roomId: joined });
  if (state.active !== id) state.stickToEnd = true;
  state.active = id;
  joined = null;
  history.replaceState(null, '', `#${encodeURIComponent(id)}`);
  pane('chat');
  if (editing) endEdit(); // keeps a draft
  draw();
  try {
    await client.request({ type: 'JOIN_ROOM', roomId: id, ...entry(id).log.joinFields() });
    loadMembers(id).catch(() => {});
    if (!entry(id).room.kind) loadRooms().catch(() => {}); // the user has just become a member
    pump(id);
  } catch ({ code, message, retryAfterMs }) {
    if (code === 'LOST' || state.active !== id) return;
    notice(message);
    if (TEMPORARY.includes(code)) {
      setTimeout(() => { if (state.active === id && joined !== id && client.ready) show(id); }, retryAfterMs ?? 2000);
    }
    if (['FORBIDDEN', 'NOT_A_MEMBER', 'ROOM_NOT_FOUND'].includes(code)) forget(id);
  }
}

function forget(id) {
  if (id === HOME) return;
  state.rooms.delete(id);
  if (state.active === id) show(HOME);
  draw();
}

async function createRoom(name) {
  const known = await rest('GET', `/rooms/${encodeURIComponent(name.trim())}`).catch(() => null);
  try {
    // The id of an existing room opens it. Any other text is the name of a new room.
    const room = known ?? await rest('POST', '/rooms', { kind: 'public', name: name.trim() });
    entry(room.id).room = room;
    show(room.id);
  } catch (error) { complain(error); }
}

async function talkTo(userId) {
  try {
    const room = await rest('POST', '/rooms', { kind: 'direct', members: [userId] });
    entry(room.id).room = room;
    show(room.id);
  } catch (error) { complain(error); }
}

// ---- events from the server -------------------------------------------------------------------

const IN_LOG = /^(MESSAGE_(CREATED|UPDATED|DELETED)|MEMBER_(JOINED|UPDATED|LEFT)|ROOM_UPDATED)$/;

function onEvent(event) {
  const known = event.roomId && entry(event.roomId);
  if (event.rev && IN_LOG.test(event.type)) known.log.event(event);
  handlers[event.type]?.(event, known);
  draw();
}

const handlers = {
  HELLO() {
    loadRooms().catch(complain);
    show(state.active ?? (decodeURIComponent(location.hash.slice(1)) || HOME));
  },
  ROOM_JOINED(event, known) {
    if (event.roomId === state.active) joined = state.active;
    else client.tell({ type: 'LEAVE_ROOM', roomId: event.roomId }); // the user has moved on
    known.role = event.role;
    known.log.joined(event);
  },
  ROOM_SYNC: (event, known) => known.log.sync(event),
  ROOM_ACTIVITY: ({ unread }, known) => { known.unread = unread; },
  ROOM_ADDED({ room }) {
    entry(room.id).room = room;
    if (room.kind === 'direct') loadMembers(room.id).catch(() => {});
  },
  ROOM_REMOVED({ roomId, reason }, known) {
    notice(`You are no longer in ${nameOf(known, state.me)} (${reason})`);
    forget(roomId);
  },
  MESSAGE_CREATED({ message }, known) {
    stopTyping(known, message.senderId);
    if (message.senderId !== state.me) $('announce').textContent = `${message.senderId ?? ''}: ${message.text}`;
  },
  MEMBER_JOINED({ userId, role }, known) {
    known.members.set(userId, role);
    if (!state.online.has(userId)) setOnline(userId, true); // a user who joins is online
  },
  MEMBER_UPDATED({ userId, role }, known) {
    known.members.set(userId, role);
    if (userId === state.me) known.role = role;
  },
  MEMBER_LEFT: ({ userId }, known) => known.members.delete(userId),
  ROOM_UPDATED({ room, message }, known) {
    known.room = room ?? { ...known.room, name: message?.system?.name };
  },
  OCCUPANCY(event, known) { known.occupancy = event; },
  USER_ONLINE: ({ userId }) => setOnline(userId, true),
  USER_OFFLINE({ userId }) {
    setOnline(userId, false);
    state.rooms.forEach((known) => stopTyping(known, userId));
  },
  TYPING({ userId, typing, expiresInMs }, known) {
    stopTyping(known, userId);
    if (typing) known.typing.set(userId, setTimeout(() => { stopTyping(known, userId); draw(); }, expiresInMs));
  },
  ERROR: complain,
};

function stopTyping(known, userId) {
  clearTimeout(known.typing.get(userId));
  known.typing.delete(userId);
}

function onState({ state: connection, inMs, reason }) {
  if (connection !== 'connected') joined = null;
  clearInterval(onState.ticking);
  const again = () => client.connect();
  if (connection === 'connected') banner(null);
  if (connection === 'connecting') banner('Connecting…');
  if (connection === 'stopped') banner(reason, 'Try again', again);
  if (connection === 'waiting') {
    const at = Date.now() + inMs;
    const tick = () => banner(`Connection lost. Trying again in ${Math.max(0, Math.ceil((at - Date.now()) / 1000))} s`, 'Try now', again);
    tick();
    onState.ticking = setInterval(tick, 1000);
  }
}

// ---- actions of the user ----------------------------------------------------------------------

/** Sends pending messages in order, one at a time. After a lost connection it repeats the last one with
 *  the same clientMessageId, so the server stores it once. */
async function pump(id) {
  const { log } = entry(id);
  if (log.pumping) return;
  log.pumping = true;
  while (joined === id) {
    const row = log.pending.find(({ error }) => !error);
    if (!row) break;
    const { clientMessageId, text } = row;
    try {
      log.acked(row, await client.request({ type: 'SEND_MESSAGE', roomId: id, clientMessageId, text }));
    } catch ({ code, message, retryAfterMs }) {
      if (code === 'LOST' || code === 'NOT_JOINED') break; // the next join continues
      if (TEMPORARY.includes(code) && ++row.tries < TRIES) {
        await new Promise((done) => setTimeout(done, retryAfterMs ?? 500 * 2 ** row.tries));
      } else row.error = message;
    }
    draw();
  }
  log.pumping = false;
}

function submit() {
  const text = $('text').value.trim();
  if (!text || !state.active) return;
  const most = client.limits.maxTextChars ?? Infinity;
  if ([...text].length > most) return notice(`A message can have at most ${most} characters`);
  if (editing) command('EDIT_MESSAGE', { messageId: editing, text });
  else {
    const clientMessageId = Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join('');
    entry(state.active).log.pending.push({ clientMessageId, text, tries: 0 });
    state.stickToEnd = true;
    pump(state.active);
  }
  typing(false);
  endEdit();
  draw();
}

function command(type, fields) {
  client.request({ type, roomId: state.active, ...fields }).catch(complain);
}

const actions = {
  show,
  talkTo,
  loadOlder,
  react(message, emoji) {
    const on = message.reactions?.[emoji]?.includes(state.me);
    command(on ? 'REMOVE_REACTION' : 'ADD_REACTION', { messageId: message.id, emoji });
  },
  edit(message) {
    editing = message.id;
    $('text').value = message.text;
    $('compose').classList.add('editing');
    fit();
    $('text').focus();
  },
  remove(message) {
    if (confirm('Delete this message?')) command('DELETE_MESSAGE', { messageId: message.id });
  },
  retry(row) {
    Object.assign(row, { error: undefined, tries: 0 });
    pump(state.active);
    draw();
  },
  discard(row) {
    const { log } = entry(state.active);
    log.pending = log.pending.filter((other) => other !== row);
    draw();
  },
};

function endEdit() {
  editing = null;
  $('compose').classList.remove('editing');
  $('text').value = '';
  fit();
}

function typing(now) {
  if (now ? Date.now() - typingSince < 3000 : !typingSince) return;
  typingSince = now ? Date.now() : 0;
  client.tell({ type: 'TYPING', roomId: state.active, typing: now });
}

async function loadOlder() {
  const id = state.active;
  const log = entry(id).log;
  if (loadingOlder || !log.cursor || joined !== id) return;
  loadingOlder = true;
  $('older').hidden = false;
  log.loading();
  try {
    log.older(await rest('GET', `${roomPath(id)}/messages?before=${encodeURIComponent(log.cursor)}&limit=50`));
  } catch (error) { complain(error); }
  loadingOlder = false;
  $('older').hidden = true;
  draw();
}

function markRead(known) {
  const { log } = known;
  if (joined !== state.active || document.hidden || !state.stickToEnd || log.newest <= log.readSeq) return;
  log.readSeq = log.newest;
  known.unread = 0;
  client.request({ type: 'MARK_READ', roomId: state.active, seq: log.newest }).catch(() => {});
}

// ---- the page ---------------------------------------------------------------------------------

let drawing = false;
function draw() {
  if (drawing || !state.active) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    markRead(entry(state.active));
    render(state, actions);
  });
}

function banner(text, action, onclick) {
  $('banner').hidden = !text;
  $('banner-text').textContent = text ?? '';
  Object.assign($('banner-action'), { hidden: !action, textContent: action ?? '', onclick });
}

function notice(text) {
  clearTimeout(notice.timer);
  if (!client?.ready) return; // keep the connection banner
  banner(text);
  notice.timer = setTimeout(() => { if (client.ready) banner(null); }, 5000);
}

function pane(name) { document.body.dataset.pane = name; }

function fit() {
  $('text').style.height = 'auto';
  $('text').style.height = `${$('text').scrollHeight}px`;
}

function start(name) {
  state.me = sessionStorage.name = name;
  $('me').replaceChildren(avatar(name), name);
  $('welcome').hidden = true;
  $('app').hidden = false;
  const url = new URL(`${PREFIX}/ws`, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  url.hash = '';
  client = new ChatClient({ url: url.href, getToken, onEvent, onState });
  client.connect();
}

$('enter').onsubmit = async (event) => {
  event.preventDefault();
  const name = $('name').value.trim();
  try {
    sessionStorage.token = await devToken(name);
    start(name);
  } catch ({ message }) { $('enter-error').textContent = message; }
};
$('leave').onclick = () => {
  client.close();
  sessionStorage.clear();
  location.replace(location.pathname);
};
$('new-room').onsubmit = (event) => {
  event.preventDefault();
  createRoom($('room-name').value);
  event.target.reset();
};
$('compose').onsubmit = (event) => { event.preventDefault(); submit(); };
$('text').onkeydown = (event) => {
  if (event.isComposing) return; // Enter confirms a candidate of the input method
  if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); submit(); }
  if (event.key === 'Escape' && editing) endEdit();
};
$('text').oninput = () => { fit(); if (!editing) typing($('text').value !== ''); };
$('text').onblur = () => typing(false);
$('scroll').onscroll = ({ target }) => {
  state.stickToEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 40;
  if (target.scrollTop < 200 && state.active) loadOlder();
  draw();
};
$('jump').onclick = () => { state.stickToEnd = true; draw(); };
$('show-rooms').onclick = () => pane('rooms');
$('show-members').onclick = () => pane(document.body.dataset.pane === 'members' ? 'chat' : 'members');
document.onvisibilitychange = draw;

if (sessionStorage.name) start(sessionStorage.name);
else $('welcome').hidden = false;
