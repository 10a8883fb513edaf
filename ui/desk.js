// What Gradio has no part for: keys, the place in the page's address, and the editor's text. No library, no request.
const glasbruk = (() => {
  const one = (selector) => document.querySelector(selector);
  const press = (id) => one(`#${id}`)?.click();
  const editor = () => one("#card .editor");
  const reviewing = () => one("#queue")?.offsetParent != null;

  function recall(key) {
    try { return localStorage.getItem(`glasbruk.${key}`) ?? ""; } catch { return ""; }
  }
  function keep(key, value) {
    try { localStorage.setItem(`glasbruk.${key}`, String(value)); } catch { /* private windows have no storage */ }
  }

  // The address keeps the place. Gradio's own parameter (the theme) stays as it is.
  function address(place) {
    const theme = new URLSearchParams(location.search).get("__theme");
    const query = [place, theme ? `__theme=${encodeURIComponent(theme)}` : ""].filter(Boolean).join("&");
    history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash);
    const open = one("#queue .item-open");
    open?.scrollIntoView({ block: "nearest" });
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
  function edited() {
    const areas = [...document.querySelectorAll("#card .editor textarea")];
    return JSON.stringify(Object.fromEntries(areas.map((area) => [area.dataset.key, area.value])));
  }

  // The words under a field come from the server, which counts as the channel does.
  let waiting = 0;
  function count(area, ask) {
    if (!area.dataset?.key) return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const said = await ask(area.closest(".card").dataset.channel, area.dataset.key, area.value);
      const label = area.closest("label").querySelector(".count");
      if (!label || !said.words) return;
      label.textContent = said.words;
      label.className = `count ${said.over ? "count-over" : said.cut ? "count-cut" : ""}`;
    }, 150);
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

  const keys = {
    a: () => press("approve"),
    b: () => press("bring"),
    e: edit,
    r: () => one("#reason textarea, #reason input")?.focus(),
    j: () => press("next"),
    k: () => press("back"),
    u: () => press("undo"),
    "?": help,
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [role=listbox]");
    if (event.key === "Escape" && event.target.closest?.("#card .editor, #reason")) return leave();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest?.("#card .editor")) {
      return press("save");
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !reviewing()) return;
    if (one("#keys")?.open && event.key !== "?") return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest?.("[data-reason]");
    if (chip) because(chip.dataset.reason);
    else if (event.target.closest?.(".keys-button")) help();
    else if (event.target.id === "keys") event.target.close(); // the dialog's backdrop
  });

  // The view is kept in the address too; Gradio selects the first one by itself.
  const tabs = () => [...document.querySelectorAll("#views button[role=tab]")];
  const named = (tab) => `#${tab.textContent.trim().toLowerCase()}`;
  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("#views button[role=tab]");
    if (tab) history.replaceState(null, "", location.pathname + location.search + named(tab));
  });
  const looking = setInterval(() => {
    if (!tabs().length) return;
    clearInterval(looking);
    tabs().find((tab) => named(tab) === location.hash)?.click();
  }, 50);

  return {
    place: () => location.search,
    blind: () => recall("blind") !== "false",
    recall, keep, address, edit, leave, edited, count,
  };
})();
window.glasbruk = glasbruk;
