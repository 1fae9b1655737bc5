const DAY_MS = 24 * 60 * 60 * 1000;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dateWithYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** Returns a key for the calendar day of a time, in the reader's time zone. */
export function dayOf(time: string): string {
  const at = new Date(time);
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
}

/** Returns the number of calendar days between two times. Today is 0. Days may have 23 or 25 hours. */
function daysAgo(at: Date, now: Date): number {
  const midnight = (d: Date) => Date.UTC(d.getFullYear(), d.getMonth(), d.getDate());
  return Math.round((midnight(now) - midnight(at)) / DAY_MS);
}

/** Formats a day for a day separator. */
export function dayLabel(time: string, now = new Date()): string {
  const at = new Date(time);
  const ago = daysAgo(at, now);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  return at.getFullYear() === now.getFullYear() ? date.format(at) : dateWithYear.format(at);
}

export function timeOfDay(time: string): string {
  return clock.format(new Date(time));
}

/** Formats a time as short as possible, for lists. */
export function shortTime(time: string, now = new Date()): string {
  const at = new Date(time);
  const ago = daysAgo(at, now);
  if (ago === 0) return clock.format(at);
  if (ago === 1) return "Yesterday";
  return ago < 7 ? weekday.format(at) : short.format(at);
}

export function fullTime(time: string): string {
  return full.format(new Date(time));
}

/** Formats a time as "5 min ago", for presence. */
export function ago(time: string, now = Date.now()): string {
  const minutes = Math.floor((now - new Date(time).getTime()) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ago` : shortTime(time);
}
