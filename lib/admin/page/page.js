"use strict";
(() => {
  // Events come once a second; the curve shows this many, the rates those of the last few seconds.
  const KEPT_SAMPLES = 120, RATE_SAMPLES = 5;
  const SILENCE_MS = 5000; // longer than that: the connection is dead though nobody closed it
  const RETRY_MS = 2000, RETRY_MS_MAX = 15000;
  const BUSY_TRIES = 10;
  const TOKEN = "sluice.token";

  const $ = (id) => document.getElementById(id);
  const shown = new Map(); // by the name of the pipeline: { root, samples, state, fields }

  // Numbers and times

  const whole = new Intl.NumberFormat("en");
  const count = (n) => (n == null ? "unknown" : n < 1e7 ? whole.format(n) : `${(n / 1e6).toFixed(1)} M`);
  const rate = (n) => (n == null ? "–" : n >= 100 ? whole.format(Math.round(n)) : n >= 10 || n === 0 ? n.toFixed(0) : n.toFixed(1));

  function bytes(n) {
    const units = ["B", "KiB", "MiB", "GiB"];
    let i = 0;
    for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
    return `${n < 10 && i > 0 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
  }

  function duration(s) {
    if (s == null || !Number.isFinite(s)) return "–";
    if (s < 0.001) return "under 1 ms";
    if (s < 1) return `${Math.round(s * 1000)} ms`;
    if (s < 10) return `${s.toFixed(1)} s`;
    if (s < 120) return `${Math.round(s)} s`;
    if (s < 7200) return `${Math.round(s / 60)} min`;
    if (s < 172800) return `${Math.round(s / 3600)} h`;
    return `${Math.round(s / 86400)} days`;
  }

  const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");
  const moment = (ms) => new Date(ms).toISOString().replace("T", " ").replace(/\.\d+Z$/, "Z");

  // From one event to what the page says

  const ended = (p) => p.records.row + p.records.dead_letter;
  const sample = (p, time) => ({
    time, received: p.received, stored: ended(p), deleted: p.source.deletes.deleted,
    sent: p.sent_to_committed, commits: p.commits,
  });

  function perSecond(samples, key, span) {
    const last = samples.at(-1), first = samples.at(-1 - Math.min(span, samples.length - 1));
    return last === first ? null : ((last[key] - first[key]) * 1000) / (last.time - first.time);
  }

  // The mean of what was measured lately, or of all before if that is nothing.
  function mean(samples, key) {
    const last = samples.at(-1)[key], first = samples.at(-1 - Math.min(10, samples.length - 1))[key];
    const lately = last.count - first.count;
    if (lately > 0) return (last.seconds - first.seconds) / lately;
    return last.count > 0 ? last.seconds / last.count : null;
  }

  function emptyIn(p, perS) {
    if (!p.queue) return "unknown";
    if (p.state !== "running") return "nothing is received";
    if (p.queue.visible === 0) return "empty when asked";
    return perS > 0 ? duration(p.queue.visible / perS) : "not at this rate";
  }

  function fieldsOf(p, samples, now) {
    const received = perSecond(samples, "received", RATE_SAMPLES);
    const held = p.uncommitted > 0;
    return {
      name: p.name,
      state: p.state,
      since: `since ${clock(p.state_since_ms)}, for ${duration((now - p.state_since_ms) / 1000)}`,
      why: p.why ?? p.trouble,
      gap: p.conservation_gap ? `The books do not balance: ${p.conservation_gap} messages are unaccounted for.` : null,
      visible: p.queue ? count(p.queue.visible) : "unknown",
      elsewhere: p.queue ? `${count(p.queue.not_visible)} hidden, ${count(p.queue.delayed)} delayed; SQS told it ${duration(p.queue.age_seconds)} ago` : "not seen yet",
      receivedRate: rate(received),
      received: `${count(p.received)} in all`,
      uncommitted: count(p.uncommitted),
      rings: `${count(p.intake_ring_depth)} batches before, ${count(p.row_ring_depth)} after the transform`,
      storedRate: rate(perSecond(samples, "stored", RATE_SAMPLES)),
      stored: `${count(p.records.row)} rows, ${count(p.records.dead_letter)} dead letters`,
      deletedRate: rate(perSecond(samples, "deleted", RATE_SAMPLES)),
      deleted: `${count(p.source.deletes.deleted)} in all`,
      emptyIn: emptyIn(p, received),
      age: duration(mean(samples, "sent")),
      lastCommit: p.last_commit_ms == null ? "none yet" : `${duration(Math.max(0, now - p.last_commit_ms) / 1000)} ago`,
      inFlight: `${count(p.in_flight_messages)} of ${count(p.in_flight_messages_max)}`,
      memory: `${bytes(p.in_flight_bytes)} of ${bytes(p.in_flight_bytes_max)}`,
      memoryShare: p.in_flight_bytes / p.in_flight_bytes_max,
      visibility: p.queue ? duration(p.queue.visibility_timeout_seconds) : "unknown",
      lease: held ? duration(Math.max(0, p.lease_remaining_seconds)) : "nothing is held",
      extended: count(p.source.lease_extensions.extended),
      leasesLost: count(p.source.lease_extensions.lost),
      leasesLostAlarm: p.source.lease_extensions.lost > 0,
      again: count(p.source.received_again),
      fetchers: count(p.source.fetchers.polling),
      breaker: { closed: "closed: writes go through", open: "open: no writes", needs_repair: "open: waits for a person",
        braked: "braked: too many dead letters", starting: "not known yet: the database was not asked" }[p.breaker],
      breakerAlarm: !["closed", "starting"].includes(p.breaker),
      breakerText: p.breaker_text,
      connections: `${p.database_connections} of ${p.database_connections_max}`,
      connectionsAlarm: p.database_connections < p.database_connections_max,
      commit: duration(mean(samples, "commits")),
    };
  }

  const plain = (word) => word.replaceAll("_", " ");

  function listsOf(p) {
    const more = (list, name, number) => list.map((each) => [name(each), number(each)]).sort((a, b) => b[1] - a[1]);
    const errors = [
      ...p.requests.filter((r) => r.outcome !== "ok").map((r) => [`${r.operation}: ${plain(r.outcome)}`, r.requests]),
      ...p.database_errors.map((e) => [`PostgreSQL ${e.class || "connection"}: ${plain(e.verdict)}`, e.errors]),
    ];
    const rejects = more(p.rejects, (r) => (r.column ? `${r.column}: ${plain(r.reason)}` : plain(r.reason)), (r) => r.messages);
    return {
      ends: [["rows", p.records.row], ...Object.entries(p.records).filter(([key, n]) => key !== "row" && n > 0)
        .map(([key, n]) => [plain(key) + (key === "left" || key === "released" || key === "lost" ? "" : "s"), n])],
      errors: errors.sort((a, b) => b[1] - a[1]),
      rejects,
    };
  }

  // Onto the page: only what has changed is touched, so that a selection or a reader is left alone.

  function write(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }

  function fillList(list, pairs) {
    const texts = pairs.length ? pairs.slice(0, 12).map(([name, n]) => [name, count(n)]) : [["none", ""]];
    if (pairs.length > 12) texts.push([`and ${pairs.length - 12} more kinds`, ""]);
    while (list.children.length > 2 * texts.length) list.lastChild.remove();
    while (list.children.length < 2 * texts.length) list.append(document.createElement("dt"), document.createElement("dd"));
    texts.forEach(([name, n], i) => {
      write(list.children[2 * i], name);
      write(list.children[2 * i + 1], n);
    });
  }

  // Rates between neighbours, the newest at the right edge.
  function drawLines(root, samples) {
    const rates = { received: [], stored: [] };
    for (let i = 1; i < samples.length; i++)
      for (const key of Object.keys(rates)) rates[key].push(perSecond([samples[i - 1], samples[i]], key, 1) ?? 0);
    const peak = Math.max(0, ...rates.received, ...rates.stored);
    for (const [key, values] of Object.entries(rates)) {
      const points = values.map((value, i) =>
        `${240 - 2 * (values.length - 1 - i)},${(58 - 56 * (peak ? value / peak : 0)).toFixed(1)}`);
      root.querySelector(`[data-line=${key}]`).setAttribute("points", points.join(" "));
    }
    return `the top is ${rate(peak)}/s`;
  }

  function add(name) {
    const root = $("pipeline").content.firstElementChild.cloneNode(true);
    const id = `pipeline-${shown.size}`;
    root.querySelector("h2").id = id;
    root.setAttribute("aria-labelledby", id);
    for (const details of root.querySelectorAll("[data-load]"))
      details.addEventListener("toggle", () => details.open && load(details, name));
    $("pipelines").append(root);
    return { root, samples: [], state: null };
  }

  function show(p, now) {
    if (!shown.has(p.name)) shown.set(p.name, add(p.name));
    const one = shown.get(p.name);
    const before = one.samples.at(-1);
    if (before && p.received < before.received) one.samples.length = 0; // another process
    if (!before || now > before.time) one.samples.push(sample(p, now));
    if (one.samples.length > KEPT_SAMPLES) one.samples.shift();
    const fields = fieldsOf(p, one.samples, now);
    fields.peak = drawLines(one.root, one.samples);
    for (const node of one.root.querySelectorAll("[data-text]")) write(node, fields[node.dataset.text] ?? "");
    for (const node of one.root.querySelectorAll("[data-show]")) node.hidden = !fields[node.dataset.show];
    for (const node of one.root.querySelectorAll("[data-alarm]")) node.classList.toggle("alarm", fields[node.dataset.alarm]);
    for (const node of one.root.querySelectorAll("[data-meter]")) node.value = fields[node.dataset.meter];
    for (const node of one.root.querySelectorAll("[data-state-of]")) node.dataset.state = fields.state;
    const lists = listsOf(p);
    for (const node of one.root.querySelectorAll("[data-list]")) fillList(node, lists[node.dataset.list]);
    if (one.state !== null && one.state !== p.state) say(`${p.name} is ${p.state}`);
    one.state = p.state;
  }

  function showAll(event) {
    write($("version"), event.version);
    for (const p of event.pipelines) show(p, event.time_ms);
    for (const [name, one] of shown) {
      if (event.pipelines.some((p) => p.name === name)) continue;
      one.root.remove();
      shown.delete(name);
    }
    const worst = event.pipelines.find((p) => p.state !== "running");
    document.title = worst ? `${worst.state}: ${worst.name} – Sluice` : "Sluice";
  }

  // What a screen reader is told; numbers that change every second are not.
  const say = (text) => write($("said"), text);

  // Rows and letters, when somebody asks for them

  const headers = () => {
    const token = sessionStorage.getItem(TOKEN);
    return token ? { Authorization: `Bearer ${token}` } : {};
  };

  function cell(value) {
    if (value === null) return "–";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  function paragraph(text) {
    const out = document.createElement("p");
    out.className = "quiet";
    out.textContent = text;
    return out;
  }

  function table(caption, columns, rows) {
    const out = document.createElement("table");
    const head = out.createTHead().insertRow();
    for (const column of columns) {
      const th = document.createElement("th");
      th.scope = "col";
      th.textContent = column;
      head.append(th);
    }
    const body = out.createTBody();
    for (const row of rows) {
      const tr = body.insertRow();
      for (const value of row) {
        const td = tr.insertCell();
        td.textContent = td.title = cell(value);
      }
    }
    const scroll = document.createElement("div");
    scroll.className = "scroll";
    scroll.tabIndex = 0; // so that keys can scroll it
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", caption);
    scroll.append(out);
    return [paragraph(caption), scroll];
  }

  const views = {
    letters(answer) {
      const columns = ["stored", "reason", "column", "detail", "times received", "state", "message id"];
      const rows = answer.letters.map((l) => [moment(l.stored_at_ms), l.reason, l.column, l.detail, l.receive_count, l.state, l.message_id]);
      return table(`The latest ${rows.length}, without bodies; sluice letters shows and replays them`, columns, rows);
    },
    latest(answer) {
      return table(`The latest ${answer.rows.length}, as they are in ${answer.table}`, answer.columns, answer.rows);
    },
  };

  // The daemon reads for one at a time: ours go one after another, and wait for those of others.
  let lastRead = Promise.resolve();

  async function stored(path) {
    for (let tries = 1; ; tries++) {
      const answer = await fetch(path, { headers: headers(), cache: "no-store" });
      if (answer.ok) return answer.json();
      const busy = answer.status === 503 && answer.headers.has("Retry-After");
      if (!busy || tries === BUSY_TRIES) throw new Error(`${answer.status}: ${(await answer.text()).trim()}`);
      await new Promise((go) => setTimeout(go, 1000 * answer.headers.get("Retry-After")));
    }
  }

  async function load(details, name) {
    const into = details.querySelector(".loaded"), what = details.dataset.load;
    into.textContent = "asking the database …";
    const path = `api/v1/pipelines/${encodeURIComponent(name)}/${what}?limit=50`;
    const mine = (lastRead = lastRead.catch(() => {}).then(() => stored(path)));
    try {
      const got = await mine;
      const again = document.createElement("button");
      again.textContent = "Look again";
      again.addEventListener("click", () => load(details, name));
      const found = (got.letters ?? got.rows).length ? views[what](got) : [paragraph("There are none.")];
      into.replaceChildren(...found, again);
    } catch (error) {
      into.textContent = `Not to be had now: ${error.message}`;
    }
  }

  // The connection. Not EventSource: it cannot send the token.

  let running = null; // aborts the stream under way
  let failures = 0;

  function setLink(state, text) {
    $("link").dataset.state = state;
    write($("link"), text);
    document.body.classList.toggle("stale", state === "lost");
  }

  function notice(text) {
    $("notice").hidden = !text;
    write($("notice"), text);
  }

  function askForToken(text) {
    sessionStorage.removeItem(TOKEN);
    setLink("waiting", "locked");
    write($("door-says"), text);
    $("door").hidden = false;
    $("token").focus();
  }

  // The lines of one event; null for what is only a comment or a delay.
  function dataOf(block) {
    const lines = block.split("\n").filter((line) => line.startsWith("data:"));
    return lines.length ? JSON.parse(lines.map((line) => line.slice(5)).join("\n")) : null;
  }

  async function read(answer, abort) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "", silence = 0;
    try {
      for (;;) {
        clearTimeout(silence);
        silence = setTimeout(() => abort.abort(), SILENCE_MS);
        const { value, done } = await reader.read();
        if (done) return;
        text += value;
        for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
          const event = dataOf(text.slice(0, end));
          if (event) showAll(event);
        }
      }
    } finally {
      clearTimeout(silence);
    }
  }

  async function follow() {
    const abort = (running = new AbortController());
    try {
      const answer = await fetch("api/v1/events", { headers: headers(), cache: "no-store", signal: abort.signal });
      if (answer.status === 401) {
        const tried = sessionStorage.getItem(TOKEN) !== null;
        running = null;
        return askForToken(tried ? "That is not the token." : "");
      }
      if (!answer.ok) throw new Error((await answer.text()).trim());
      failures = 0;
      $("door").hidden = true;
      notice("");
      setLink("live", "live");
      await read(answer, abort);
      throw new Error("the daemon has ended the connection");
    } catch (error) {
      if (running !== abort) return; // left on purpose
      failures += 1;
      const lost = error.name === "AbortError" || error instanceof TypeError ? "the daemon does not answer" : error.message;
      if (failures === 1) say("Connection lost");
      setLink("lost", "connection lost");
      notice(`No news: ${lost}. What is shown is the last that was heard.`);
      setTimeout(() => running === abort && follow(), Math.min(RETRY_MS * failures, RETRY_MS_MAX));
    }
  }

  function leave() {
    const abort = running;
    running = null;
    if (abort) abort.abort();
  }

  $("door").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(TOKEN, $("token").value.trim());
    $("token").value = "";
    follow();
  });

  // A tab that nobody looks at keeps no place: the daemon has few.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leave();
    else if (running === null && $("door").hidden) follow();
  });
  follow();
})();
