// Renders the server's OpenAPI document: the parameters and responses of each call, and a form to try it.
// Text from the document only ever becomes textContent.

const WHERE = new URL("chat/openapi.json", document.baseURI);
const openapi = await (await fetch(WHERE)).json();
const base = new URL(openapi.servers[0].url, WHERE).href.replace(/\/$/, "");
const byId = (id) => document.getElementById(id);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child != null));
  return made;
}

function resolve(node) {
  if (!node?.$ref) return node;
  const path = node.$ref.slice(2).split("/");
  return path.reduce((at, key) => at[key.replaceAll("~1", "/").replaceAll("~0", "~")], openapi);
}

const nameOf = (schema) => schema.$ref?.split("/").pop();

// Describes a schema in one line: its name, or its type and limits.
function inShort(schema) {
  if (schema === true || !schema) return "anything";
  if (schema.$ref) return nameOf(schema);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map(inShort).join(" | ");
  const types = [schema.type].flat();
  if (types.includes("array")) return `[${inShort(schema.items)}]${bounds(schema.minItems, schema.maxItems)}`;
  const range = types.includes("string") ? bounds(schema.minLength, schema.maxLength)
    : bounds(schema.minimum, schema.maximum);
  const format = schema.format ? ` (${schema.format})` : "";
  const byDefault = schema.default !== undefined && types[0] !== "object" && schema.default !== ""
    ? `, default ${JSON.stringify(schema.default)}` : "";
  return types.join(" | ") + format + range + byDefault;
}

function bounds(least, most) {
  // The largest safe integer is not a useful limit to show.
  if (most === Number.MAX_SAFE_INTEGER) most = undefined;
  if (least === undefined && most === undefined) return "";
  if (most === undefined) return least === 0 ? "" : `, at least ${least}`;
  return least ? `, ${least} to ${most}` : `, at most ${most}`;
}

function row(name, needed, schema, about) {
  return element("tr", {},
    element("td", { className: needed ? "needed" : "", textContent: name }),
    element("td", {}, element("code", { textContent: inShort(schema) })),
    element("td", { textContent: about ?? "" }));
}

// The fields of a schema. Referenced schemas appear once each, collapsed.
function fields(schema, above = new Set()) {
  const whole = resolve(schema);
  const table = element("table");
  const inner = new Map();
  for (const [name, field] of Object.entries(whole.properties ?? {})) {
    table.append(row(name, whole.required?.includes(name), field, field.description));
    const parts = [field, field.items, ...(field.anyOf ?? [])];
    for (const part of parts) {
      const named = part?.$ref && nameOf(part);
      if (named && !above.has(named)) inner.set(named, part);
    }
  }
  if (!whole.properties) table.append(row(nameOf(schema) ?? "", false, whole, whole.description));
  const all = new Set([...above, ...inner.keys()]);
  const more = [...inner].map(([name, part]) => lazily(
    element("summary", {}, element("code", { textContent: name })),
    () => [about(resolve(part)), fields(part, all)]));
  return element("div", {}, table, ...more);
}

const about = (schema) => element("p", { textContent: schema.description ?? "" });

// A collapsed section whose content is built when it is first opened.
function lazily(summary, make) {
  const details = element("details", {}, summary);
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) {
      details.append(element("div", { className: "inner" }, ...make()));
    }
  });
  return details;
}

function call(path, method, operation) {
  const summary = element("summary", {},
    element("span", { className: `method ${method}`, textContent: method.toUpperCase() }),
    element("code", { textContent: path }),
    element("span", { textContent: operation.summary }));
  const details = lazily(summary, () => {
    const parts = [];
    const parameters = (operation.parameters ?? []).map(resolve);
    if (parameters.length) {
      const rows = parameters.map((p) => row(p.name, p.required, p.schema,
        [p.description, `in the ${p.in}`].filter(Boolean).join(" – ")));
      parts.push(element("h3", { textContent: "Parameters" }), element("table", {}, ...rows));
    }
    const body = operation.requestBody?.content["application/json"];
    if (body) {
      const title = operation.requestBody.required ? "Body" : "Body (optional)";
      parts.push(element("h3", { textContent: title }), fields(body.schema));
    }
    parts.push(element("h3", { textContent: "Responses" }));
    for (const [status, answer] of Object.entries(operation.responses)) {
      parts.push(response(status, resolve(answer)));
    }
    parts.push(element("h3", { textContent: "Try it" }), form(path, method, parameters, body));
    return parts;
  });
  details.id = operation.operationId;
  return details;
}

function response(status, answer) {
  const summary = element("summary", {},
    element("span", { className: `method ${status < 400 ? "put" : "delete"}`, textContent: status }),
    element("span", { textContent: answer.description }));
  return lazily(summary, () => {
    const headers = Object.entries(answer.headers ?? {}).map(([name, header]) =>
      row(name, false, resolve(header).schema, resolve(header).description));
    const bodies = Object.entries(answer.content ?? {}).flatMap(([kind, { schema }]) =>
      [element("h3", { textContent: kind }), fields(schema)]);
    return [element("table", {}, ...headers), ...bodies];
  });
}

function form(path, method, parameters, body) {
  const made = element("form", { className: "try" });
  const inputs = new Map();
  for (const parameter of parameters) {
    const input = element("input", { required: !!parameter.required, ariaLabel: parameter.name });
    inputs.set(parameter, input);
    made.append(element("span", { textContent: parameter.name }), input);
  }
  const text = body && element("textarea", { ariaLabel: "Body", value: example(body.schema) });
  if (text) made.append(element("span", { textContent: "body" }), text);
  const answer = element("pre", { hidden: true, ariaLive: "polite" });
  made.append(element("button", { className: "primary", textContent: "Send" }), answer);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    let target = path;
    const query = new URLSearchParams();
    const headers = {};
    for (const [parameter, input] of inputs) {
      if (parameter.in === "path") {
        target = target.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      } else if (input.value !== "") {
        if (parameter.in === "query") query.set(parameter.name, input.value);
        else headers[parameter.name] = input.value;
      }
    }
    const token = byId("token").value.trim();
    if (token) headers.authorization = `Bearer ${token}`;
    if (text?.value.trim()) headers["content-type"] = "application/json";
    answer.hidden = false;
    answer.textContent = "…";
    try {
      const url = `${base}${target}${query.size ? `?${query}` : ""}`;
      const sent = { method: method.toUpperCase(), headers, body: text?.value.trim() || undefined };
      const got = await fetch(url, sent);
      answer.textContent = `${got.status} ${got.statusText}\n${pretty(await got.text())}`;
    } catch (error) {
      answer.textContent = String(error);
    }
  });
  return made;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// An example body with the required fields.
function example(schema) {
  const whole = resolve(schema);
  const needed = whole.required ?? Object.keys(whole.properties ?? {}).slice(0, 1);
  const value = (field) => {
    const at = resolve(field);
    const first = at.oneOf?.[0] ?? at.anyOf?.[0];
    if (first) return value(first);
    const kind = [at.type].flat()[0];
    return at.const ?? at.enum?.[0]
      ?? { array: [], object: {}, integer: at.minimum ?? 0, boolean: false }[kind]
      ?? (at.format === "date-time" ? new Date(Date.now() + 3_600_000).toISOString() : "…");
  };
  const fields = needed.map((name) => [name, value(whole.properties[name])]);
  return JSON.stringify(Object.fromEntries(fields), null, 2);
}

byId("who").addEventListener("submit", async (event) => {
  event.preventDefault();
  byId("who-error").textContent = "";
  const answer = await fetch("dev/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ userId: byId("name").value.trim() }),
  });
  if (answer.ok) byId("token").value = (await answer.json()).token;
  else byId("who-error").textContent = answer.status === 404 ? "This server does not offer demo tokens." : "This name is not valid.";
});

byId("title").textContent = `${openapi.info.title} ${openapi.info.version}`;
byId("about").textContent = openapi.info.description;
const groups = new Map(openapi.tags.map(({ name }) => [name, []]));
for (const [path, methods] of Object.entries(openapi.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    groups.get(operation.tags[0]).push(call(path, method, operation));
  }
}
byId("calls").replaceChildren(...[...groups].flatMap(([name, calls]) =>
  [element("h2", { textContent: name }), ...calls]));
// Opens the call that the URL links to.
const linked = location.hash && document.getElementById(location.hash.slice(1));
if (linked) {
  linked.open = true;
  linked.scrollIntoView();
}
