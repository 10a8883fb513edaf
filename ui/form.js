// The brief's form: judged and saved while one types, by the server, which knows what is right. No library.
const glasbrukForm = (() => {
  const SOON = 350; // milliseconds after the last key until it is saved
  const LATER = 3000; // until a save that failed is tried again
  let root = null;
  let server = null;
  let held = { id: 0, version: 0 };
  let places = {};
  let unsaved = false;
  let busy = false;
  let timer = 0;
  const news = window.BroadcastChannel ? new BroadcastChannel("glasbruk.write") : null;

  const one = (selector) => root?.querySelector(selector);
  const all = (selector, within = root) => [...within.querySelectorAll(selector)];
  const who = () => document.querySelector("#reviewer input, #reviewer textarea")?.value || glasbruk.recall("reviewer");
  const filled = (area) => area.type === "checkbox" ? area.checked : area.value.trim() !== "";
  const valueOf = (area) => area.type === "checkbox" ? area.checked : area.value;

  function put(data, path, value) {
    const keys = path.split(".");
    const last = keys.pop();
    keys.reduce((into, key) => (into[key] ??= {}), data)[last] = value;
  }

  // What stands in the form, as a brief's file would have it, and where each place of it is on the page.
  function gather() {
    const data = {};
    places = { segments: one("[data-do=add-segment]"), channels: one("#channels input") };
    for (const area of all("[data-key]")) {
      places[area.dataset.key] = area;
      if (filled(area)) put(data, area.dataset.key, valueOf(area));
    }
    for (const list of all("[data-list]")) gatherLines(data, list, list.dataset.list);
    const cards = all("[data-segment]").filter((card) => all("[data-part]", card).some(filled));
    if (cards.length) data.segments = cards.map(gatherSegment);
    const chosen = all("#channels input").filter(filled);
    chosen.forEach((box, index) => { places[`channels[${index}]`] = box; });
    if (chosen.length) data.channels = chosen.map((box) => box.value);
    return data;
  }
  function gatherLines(data, list, key) {
    const areas = all("textarea", list).filter(filled);
    areas.forEach((area, index) => { places[`${key}[${index}]`] = area; });
    places[key] = one(`[data-list="${key}"] [data-do=add-line]`);
    if (areas.length) put(data, key, areas.map((area) => area.value));
  }
  function gatherSegment(card, index) {
    const segment = { source: card.dataset.source };
    for (const area of all("[data-part]", card)) {
      places[`segments[${index}].${area.dataset.part}`] = area;
      if (filled(area)) segment[area.dataset.part] = area.value;
    }
    return segment;
  }

  // A fault is told at its place, or at the nearest one above it that is on the page.
  function areaOf(place) {
    for (let at = place; at; at = at.replace(/(\.[^.[\]]+|\[\d+\]|^[^.[\]]+)$/, "")) {
      if (places[at]) return places[at];
    }
    return null;
  }
  function tell(problems) {
    for (const told of all(".wrong-here")) told.textContent = "";
    for (const area of all("[aria-invalid]")) area.removeAttribute("aria-invalid");
    for (const [place, message] of problems) {
      const area = areaOf(place);
      const told = area?.closest("[data-field]")?.querySelector(".wrong-here");
      if (!told || told.textContent) continue;
      told.textContent = message;
      told.classList.toggle("only-missing", message === "is missing");
      area.setAttribute("aria-invalid", "true");
    }
  }

  function judge(said) {
    if (said.problems) tell(said.problems);
    if (said.verdict !== undefined) putIn("#verdict", said.verdict);
    if (said.notice !== undefined) putIn(".brief-notice", said.notice);
  }
  function putIn(selector, markup) {
    const place = one(selector);
    if (place && place.dataset.was !== markup) { place.innerHTML = markup; place.dataset.was = markup; }
  }
  function status(text) { if (one(".saved")) one(".saved").textContent = text; }
  const clock = (moment) => moment ? new Date(moment).toLocaleTimeString([], { hour12: false }) : "";

  function address(to) {
    const query = new URLSearchParams(location.search);
    query.set("brief", to);
    history.replaceState(null, "", `?${query}${location.hash}`);
  }
  const addressed = () => new URLSearchParams(location.search).get("brief") ?? "";

  // What is typed is kept in this browser until the server has it, so that no accident between the two loses a word.
  const remember = () => glasbruk.keep("typed", unsaved ? JSON.stringify({ ...held, data: gather() }) : "");

  function typed() {
    unsaved = true;
    remember();
    status("Saving");
    clearTimeout(timer);
    timer = setTimeout(save, SOON);
  }
  async function save() {
    clearTimeout(timer);
    if (busy) return void (timer = setTimeout(save, SOON));
    if (!unsaved) return;
    busy = true;
    unsaved = false;
    const sent = JSON.stringify(gather());
    try {
      const said = await server.told([held.id, held.version, sent, who()]);
      if (said.refused) { unsaved = true; judge(said); status("Not saved"); } else saved(said);
    } catch {
      unsaved = true;
      status("Not saved: the server does not answer. What you typed is kept here, and tried again.");
      timer = setTimeout(save, LATER);
    } finally { busy = false; }
    remember();
  }
  function saved(said) {
    const other = said.id !== held.id;
    held = { id: said.id, version: said.version };
    if (other) { address(said.id); listed(said.id); }
    if (!unsaved) judge(said); else if (said.notice) judge({ notice: said.notice });
    status(`Saved ${clock(said.saved)}`);
    news?.postMessage(held);
  }
  function listed(id) {
    const list = one("#open-brief");
    if (!list || [...list.options].some((option) => option.value === String(id))) return void (list && (list.value = id));
    list.add(new Option(`This one #${id}`, id), 1);
    list.value = id;
  }

  async function open(to) {
    await settled();
    shown(await server.opened([to, who()]));
  }
  async function settled() {
    if (unsaved) await save();
    while (busy) await new Promise((done) => setTimeout(done, 50));
  }
  function shown(said) {
    if (said.refused) return judge(said);
    one("#brief").innerHTML = said.form;
    one(".order-fields").innerHTML = said.order;
    held = { id: said.id, version: said.version };
    gather();
    judge(said);
    address(said.address);
    status(said.saved ? `Saved ${clock(said.saved)}` : "");
    one(".throw").hidden = !said.id;
  }

  // What a tab that was closed, or a server that was away, left unsaved comes first.
  async function begin() {
    let left = null;
    try { left = JSON.parse(glasbruk.recall("typed")); } catch { /* nothing is left */ }
    if (!left?.data) return open(addressed());
    const said = await server.told([left.id, left.version, JSON.stringify(left.data), who()]);
    glasbruk.keep("typed", "");
    await open(said.refused ? addressed() : String(said.id));
    if (said.notice) judge({ notice: said.notice });
  }

  async function refresh() {
    if (!root?.isConnected || unsaved || busy || !held.id) return;
    const said = await server.opened([String(held.id), who()]);
    if (!unsaved && !busy && said.id === held.id && said.version !== held.version) shown(said);
  }

  function addLine(list, after) {
    const made = list.querySelector("template").content.firstElementChild.cloneNode(true);
    after ? after.after(made) : list.querySelector("template").before(made);
    made.querySelector("textarea").focus();
  }
  function takeLine(line) {
    const before = line.previousElementSibling?.querySelector?.("textarea");
    const last = all(".line", line.parentElement).length === 1;
    if (last) line.querySelector("textarea").value = ""; else line.remove();
    (last ? line.querySelector("textarea") : before)?.focus();
    typed();
  }
  function addSegment() {
    const pattern = one(".segments > template");
    const made = pattern.content.firstElementChild.cloneNode(true);
    pattern.before(made);
    made.querySelector("textarea").focus();
  }
  const acts = {
    "add-line": (button) => addLine(button.closest("[data-list]")),
    "take-line": (button) => takeLine(button.closest(".line")),
    "add-segment": addSegment,
    "take-segment": (button) => { button.closest("[data-segment]").remove(); if (!one("[data-segment]")) addSegment(); typed(); },
    new: () => open("new"),
    throw: async () => { unsaved = false; remember(); shown(await server.thrown([held.id])); },
  };

  function clicked(event) {
    const button = event.target.closest("[data-do]");
    const place = event.target.closest("[data-place]");
    if (button && !button.disabled) acts[button.dataset.do]?.(button);
    if (place) areaOf(place.dataset.place)?.focus();
  }
  function changed(event) {
    if (event.target.id === "open-brief") open(event.target.value);
  }
  function input(event) {
    const area = event.target;
    if (area.id === "bold") one("output[for=bold]").textContent = area.value;
    if (area.closest("#brief, .order-fields") && !["open-brief", "import-brief"].includes(area.id)) typed();
  }
  // In a list Enter begins the next line, and Backspace in an empty one takes it away.
  function pressed(event) {
    const line = event.target.closest(".line");
    if (event.target.matches(".as-button") && ["Enter", " "].includes(event.key)) return one("#import-brief").click();
    if (!line || event.target.tagName !== "TEXTAREA" || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); addLine(line.closest("[data-list]"), line); }
    if (event.key === "Backspace" && !event.target.value && all(".line", line.parentElement).length > 1) {
      event.preventDefault();
      takeLine(line);
    }
  }

  function bind(element, asks) {
    root = element;
    server = asks;
    for (const [name, act] of Object.entries({ click: clicked, change: changed, input, keydown: pressed })) {
      element.addEventListener(name, act);
    }
    return begin();
  }
  news?.addEventListener("message", (event) => { if (event.data.id === held.id && event.data.version > held.version) refresh(); });
  window.addEventListener("focus", refresh);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") refresh(); else save(); });
  return { bind, one, who, settled, shown, judge, putIn, areaOf, text: () => JSON.stringify(gather()) };
})();
