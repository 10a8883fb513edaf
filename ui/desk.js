// What Gradio has no part for: keys, the place in the page's address, and the editor's text. No library, no request.
const glasbruk = (() => {
  const one = (selector) => document.querySelector(selector);
  const press = (id) => one(`#${id}`)?.click();
  const editor = () => one("#card .editor");
  const here = () => location.pathname.slice(root().length) + location.search + location.hash;
  const root = () => one(".languages").dataset.root; // the prefix that a proxy serves us under
  const reviewing = () => one(".bench")?.offsetParent != null;

  // Whoever is no longer signed in gets to the login page, which knows the way back here.
  const plain = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await plain(...asked);
    if (answer.status === 401 && new URL(answer.url).origin === location.origin) location.reload();
    return answer;
  };

  function recall(key) {
    try { return localStorage.getItem(`glasbruk.${key}`) ?? ""; } catch { return ""; }
  }
  function keep(key, value) {
    try { localStorage.setItem(`glasbruk.${key}`, String(value)); } catch { /* private windows have no storage */ }
  }

  // The address keeps the place. Gradio's own parameter (the theme) and the brief of the Write view stay as they are.
  function address(place) {
    keep_address("#review", place);
    requestAnimationFrame(() => requestAnimationFrame(reveal));
  }
  // Each view writes its own filters, and only while it is the one in front.
  function keep_address(view, place) {
    if ((location.hash || "#review") !== view) return;
    const now = new URLSearchParams(location.search);
    const others = ["brief", "__theme"].filter((key) => now.get(key)).map((key) => `${key}=${encodeURIComponent(now.get(key))}`);
    const query = [place, ...others].filter(Boolean).join("&");
    history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash);
  }

  // The open one comes into sight within its list; the page itself stays where it is. Who walked the list by keyboard
  // goes on from there, though its buttons are new.
  let walking = false;
  function reveal() {
    const open = one("#queue .item-open");
    if (!open) return;
    if (walking) open.focus({ preventScroll: true });
    walking = false;
    const list = open.closest(".queue");
    if (list.scrollHeight <= list.clientHeight) return;
    const [top, bottom] = [open.offsetTop - list.offsetTop, open.offsetTop - list.offsetTop + open.offsetHeight];
    if (top < list.scrollTop) list.scrollTop = top - 8;
    else if (bottom > list.scrollTop + list.clientHeight - 48) list.scrollTop = bottom - list.clientHeight + 48;
  }

  // What a click in the queue asks for. Where there is room for one thing only, a card of the grid opens by itself.
  const narrow = () => matchMedia("(max-width: 760px)").matches;
  function clicked(button) {
    const { id, page, view } = button.dataset;
    if (!id) return page ? { page } : { view };
    walking = document.activeElement === button;
    return narrow() && grid() ? { variant: id, view: "list" } : { variant: id };
  }
  const look = (view) => () => [...document.querySelectorAll(`:is(#queue, #card) [data-view=${view}]`)].at(-1)?.click();
  const grid = () => one("#queue .queue-grid");
  const pair = () => one("#card .pair");

  // In the grid, up and down go by rows, left and right by cards.
  function walk(key) {
    const items = [...document.querySelectorAll("#queue .item")];
    const here = items.findIndex((item) => item.classList.contains("item-open"));
    const across = items.filter((item) => item.offsetTop === items[0].offsetTop).length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[key];
    const there = items[Math.max(here, 0) + step];
    there?.focus({ preventScroll: true });
    there?.click();
  }
  const better = (side) => one(`#card [data-better=${side}]`)?.click();
  const BETTER = { 1: "left", 2: "right", 0: "neither", ArrowLeft: "left", ArrowRight: "right" };

  function fold(button) {
    const open = one("#filters").classList.toggle("filters-open");
    button.setAttribute("aria-expanded", String(open));
  }

  function edit() {
    if (!editor()) return;
    editor().hidden = false;
    editor().querySelector("textarea")?.focus();
  }
  function leave() {
    if (editor()) editor().hidden = true;
    document.activeElement?.blur();
  }
  function typedIn() {
    const areas = [...document.querySelectorAll("#card .editor textarea")];
    return Object.fromEntries(areas.map((area) => [area.dataset.key, area.value]));
  }
  const edited = () => JSON.stringify(typedIn());

  // Counts, findings, preview and score follow what is typed: they come from the server, which counts and checks as it
  // does when an edit is saved. An answer that a later question has overtaken is dropped.
  let waiting = 0;
  let asked = 0;
  let ask = null;
  function typed(area, server) {
    if (!area.dataset?.key) return;
    ask = server;
    clearTimeout(waiting);
    waiting = setTimeout(follow, 120);
  }
  async function follow() {
    const card = one("#card .card");
    if (!card || !ask) return;
    const mine = ++asked;
    const said = await ask([card.dataset.id, typedIn(), one("#blind input")?.checked ?? true, one("#reviewer input, #reviewer textarea")?.value ?? ""]);
    if (mine !== asked || one("#card .card") !== card) return;
    for (const [key, field] of Object.entries(said.fields ?? {})) told(card, key, field);
    if (said.mock && card.querySelector(".mock")) card.querySelector(".mock").innerHTML = said.mock;
    card.querySelector(".following").innerHTML = said.rest;
  }
  function told(card, key, field) {
    const label = card.querySelector(`#count-${key}`);
    if (!label) return;
    label.textContent = field.words;
    label.className = `count ${field.over ? "count-over" : field.cut ? "count-cut" : ""}`;
    card.querySelector(`#told-${key}`).innerHTML = field.told;
  }

  // A mend opens the editor with the words replaced: it is seen before it is saved. Spans are in code points.
  function mend(button) {
    edit();
    const area = one(`#edit-${button.dataset.field}`);
    if (!area) return;
    const text = [...area.value.trim()];
    text.splice(button.dataset.start, button.dataset.end - button.dataset.start, button.dataset.mend);
    area.value = text.join("");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  }

  function because(reason) {
    const box = one("#reason textarea, #reason input");
    if (!box) return;
    box.value = reason;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }

  function help() {
    const dialog = one("#keys");
    if (dialog) dialog.open ? dialog.close() : dialog.showModal();
  }

  // One word on all that match: asked in a dialog, which says how many they are.
  function swept(button) {
    const reason = one("#sweep-reason")?.value ?? "";
    one("#sweep")?.close();
    return { kind: button.dataset.sweep, count: button.dataset.count, reason };
  }

  const keys = {
    a: () => press("approve"),
    b: () => press("bring"),
    e: edit,
    r: () => one("#reason textarea, #reason input")?.focus(),
    j: () => press("next"),
    k: () => press("back"),
    u: () => press("undo"),
    m: () => one("#sweep")?.showModal(),
    c: () => one("#comment")?.focus(),
    g: () => look(grid() ? "list" : "grid")(),
    v: () => look(pair() ? "list" : "pairs")(),
    "/": () => one("#text textarea, #text input")?.focus(),
    "?": help,
  };

  // What a key does in the grid, or while two are compared, where the usual keys but for these rest.
  function special({ key, target }) {
    if (target.closest?.("[role=tab]")) return null; // the arrows are the tabs' own there
    if (pair() && BETTER[key]) return () => better(BETTER[key]);
    if (pair() && key in keys && !"guv/?".includes(key)) return () => {};
    return grid() && key.startsWith("Arrow") ? () => walk(key) : null;
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [role=listbox]");
    if (event.key === "Escape" && event.target.closest?.("#card .editor, #reason, #text, #comment")) return leave();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest?.("#card .editor")) {
      return press("save");
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !reviewing()) return;
    if (one("dialog[open]") && !(one("#keys")?.open && event.key === "?")) return;
    const act = special(event) ?? keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest?.("[data-reason]");
    const mending = event.target.closest?.(".mend");
    if (chip) because(chip.dataset.reason);
    else if (mending) mend(mending);
    else if (event.target.closest?.(".sweep-open")) one("#sweep")?.showModal();
    else if (event.target.closest?.(".sweep-leave") || event.target.id === "sweep") one("#sweep").close();
    else if (event.target.closest?.("#fold [data-view]")) look(event.target.dataset.view)();
    else if (event.target.closest?.(".fold")) fold(event.target.closest(".fold"));
    else if (event.target.closest?.(".keys-button")) help();
    else if (event.target.closest?.(".languages a")) event.target.search = new URLSearchParams({ next: here() });
    else if (event.target.id === "keys") event.target.close(); // the dialog's backdrop
  });

  // The view is kept in the address too; Gradio selects the first one by itself.
  const tabs = () => [...document.querySelectorAll("#views button[role=tab]")];
  const named = (tab) => `#${tab.textContent.trim().toLowerCase()}`;
  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("#views button[role=tab]");
    if (tab) history.replaceState(null, "", location.pathname + location.search + named(tab));
  });
  const follow_address = () => tabs().find((tab) => named(tab) === location.hash)?.click();
  window.addEventListener("hashchange", follow_address);
  const looking = setInterval(() => {
    if (!tabs().length) return;
    clearInterval(looking);
    follow_address();
  }, 50);

  return {
    place: () => location.search,
    blind: () => recall("blind") !== "false",
    keys: Object.keys(keys), recall, keep, address, keep_address, clicked, edit, leave, edited, typed, swept,
  };
})();
window.glasbruk = glasbruk;
