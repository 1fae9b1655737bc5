// The app's page, with a chat box. It needs no token: the browser adds the session cookie to the
// WebSocket request. Text only ever becomes textContent.

const $ = (id) => document.getElementById(id);
const state = {
  me: null,
  teams: [],
  active: null, // the id of the visible team
  messages: new Map(), // seq -> message of that team
  rev: 0, // everything up to this position has arrived
  epoch: null,
  pending: new Map(), // clientMessageId -> unacknowledged command
};
let socket = null;
let attempts = 0;

function h(tag, props, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
}

// The app's own routes

async function loadTeams() {
  const answer = await fetch('/teams');
  if (answer.status === 401) return showLogin();
  if (!answer.ok) throw new Error(`teams: ${answer.status}`);
  Object.assign(state, await answer.json());
  $('login').hidden = true;
  $('app').hidden = false;
  $('me').textContent = state.me;
  const team = state.teams.find(({ id }) => id === state.active);
  if (!team) show(state.teams[0]?.id ?? null);
  else drawTeams();
  if (!socket) connect();
}

function showLogin() {
  const old = socket;
  socket = null;
  old?.close();
  Object.assign(state, { me: null, teams: [], active: null });
  state.pending.clear();
  $('app').hidden = true;
  $('login').hidden = false;
}

async function changePerson(method, person) {
  const path = `/teams/${encodeURIComponent(state.active)}/people/${encodeURIComponent(person)}`;
  const answer = await fetch(path, { method });
  $('error').textContent = answer.ok ? '' : await answer.text();
  await loadTeams();
}

// The chat

function connect() {
  const mine = socket = new WebSocket(`${location.origin.replace('http', 'ws')}/chat/ws`, 'chat.v1');
  mine.onmessage = ({ data }) => { if (mine === socket) receive(JSON.parse(data)); };
  mine.onclose = ({ code }) => {
    if (mine !== socket) return;
    socket = null;
    // Not logged in, the session has expired, or a logout in another tab.
    if ([1008, 4001, 4003].includes(code)) return showLogin();
    $('status').textContent = 'Connecting…';
    const most = Math.min(20_000, 500 * 2 ** attempts++);
    setTimeout(() => { if (state.me && !socket) connect(); }, most / 2 + Math.random() * most / 2);
  };
}

function tell(command) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
}

function join() {
  if (!state.active) return;
  // Resume from the last position, or load the newest messages.
  const resume = state.epoch ? { epoch: state.epoch, after: state.rev } : { history: 50 };
  tell({ type: 'JOIN_ROOM', roomId: state.active, ...resume });
}

function receive(event) {
  switch (event.type) {
    case 'HELLO':
      attempts = 0;
      $('status').textContent = '';
      return join();
    case 'ROOM_ADDED':
    case 'ROOM_REMOVED':
      return void loadTeams();
    case 'ERROR':
      if (!state.pending.delete(event.ref) && event.code === 'NOT_A_MEMBER') loadTeams();
      $('error').textContent = event.message;
      return;
    case 'MESSAGE_ACK':
      $('error').textContent = '';
      state.pending.delete(event.ref);
      return;
  }
  if (event.roomId !== state.active) return;
  switch (event.type) {
    case 'ROOM_JOINED':
      state.epoch = event.epoch;
      if (!event.recovered) {
        state.messages = new Map(event.messages.map((message) => [message.seq, message]));
        state.rev = event.head;
      }
      // The server ignores a clientMessageId that it has stored already.
      for (const command of state.pending.values()) tell(command);
      break;
    case 'ROOM_SYNC':
      for (const message of event.changes) state.messages.set(message.seq, message);
      state.rev = event.through;
      break;
    case 'MESSAGE_DELETED':
      state.messages.delete(event.seq);
      state.rev = event.rev;
      break;
    default:
      if (event.rev) state.rev = event.rev;
      if (event.message) state.messages.set(event.message.seq, event.message);
      if (event.type.startsWith('MEMBER_')) loadTeams();
  }
  drawMessages();
}

function show(id) {
  // After a removal from the team, the server has left the room already.
  if (state.teams.some((team) => team.id === state.active)) tell({ type: 'LEAVE_ROOM', roomId: state.active });
  Object.assign(state, { active: id, messages: new Map(), rev: 0, epoch: null });
  $('error').textContent = '';
  drawTeams();
  drawMessages();
  join();
}

// Drawing

function drawTeams() {
  $('teams').replaceChildren(...state.teams.map(({ id, name }) => h('li', {},
    h('button', { ariaCurrent: id === state.active ? 'true' : null, onclick: () => show(id) }, name))));
  const people = state.teams.find(({ id }) => id === state.active)?.people ?? {};
  const mayRemove = (person) => person === state.me || (people[state.me] && !people[person]);
  $('people').replaceChildren(...Object.entries(people).flatMap(([person, lead]) => [
    h('span', {}, ` ${person}${lead ? ' (lead)' : ''} `),
    mayRemove(person) ? h('button', {
      title: person === state.me ? 'Leave' : `Remove ${person}`, onclick: () => changePerson('DELETE', person),
    }, '✕') : '',
  ]));
  for (const form of ['add', 'compose']) $(form).hidden = !state.active;
}

const SYSTEM = {
  member_joined: ({ userId }) => `${userId} joined`,
  member_left: ({ userId, reason }) => `${userId} ${reason === 'left' ? 'left' : `was ${reason}`}`,
};

function drawMessages() {
  const list = $('messages');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const shown = [...state.messages.values()].filter(({ deletedAt }) => !deletedAt);
  list.replaceChildren(...shown.sort((a, b) => a.seq - b.seq).map((message) => (message.kind === 'system'
    ? h('li', { className: 'system' }, SYSTEM[message.system?.event]?.(message.system) ?? message.text)
    : h('li', {}, h('b', {}, message.senderId), ` ${message.text}`))));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

// Forms

$('login').onsubmit = async (submit) => {
  submit.preventDefault();
  const answer = await fetch('/login', { method: 'POST', body: new URLSearchParams(new FormData(submit.target)) });
  $('login-error').textContent = answer.ok ? '' : await answer.text();
  if (!answer.ok) return;
  submit.target.reset();
  await loadTeams();
};

$('logout').onclick = async () => {
  await fetch('/logout', { method: 'POST' });
  showLogin();
};

$('add').onsubmit = (submit) => {
  submit.preventDefault();
  changePerson('PUT', submit.target.person.value.trim());
  submit.target.reset();
};

$('compose').onsubmit = (submit) => {
  submit.preventDefault();
  const id = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  const command = {
    type: 'SEND_MESSAGE', ref: id, clientMessageId: id, roomId: state.active, text: submit.target.text.value,
  };
  state.pending.set(id, command);
  tell(command);
  submit.target.reset();
};

loadTeams();
