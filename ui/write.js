// The Write view: its run, which is the server's and of which this shows how far it has come; what the model is told;
// and files of briefs.
const glasbrukWrite = (() => {
  const TICK = 700; // milliseconds between looks at a server that writes
  const LATER = 3000; // and at one that does not: somebody else may begin
  const { one, who, settled, shown, judge, putIn, areaOf, text } = glasbrukForm;
  const news = window.BroadcastChannel ? new BroadcastChannel("glasbruk.run") : null;
  let server = null;
  let looking = 0;

  async function write() {
    await settled();
    one("#write-view").classList.add("asked");
    const said = await server.write([text(), who()]);
    judge(said);
    if (said.problems?.length) areaOf(said.problems[0][0])?.focus();
    news?.postMessage("begun");
    look();
  }
  async function look() {
    clearTimeout(looking);
    if (!one("#progress")) return;
    let running = false;
    if (one("#progress").offsetParent && document.visibilityState === "visible") {
      try {
        const said = await server.look([]);
        putIn("#progress", said.progress);
        putIn("#models", said.models);
        one("#start").disabled = said.running;
        one("#stop").disabled = !said.running;
        running = said.running || said.waiting;
      } catch { /* the server is away; what stands stays */ }
    }
    clearTimeout(looking);
    looking = setTimeout(look, running ? TICK : LATER);
  }

  async function prompt() {
    await settled();
    const asked = (part) => one(`[data-prompt=${part}]`)?.value ?? "";
    const said = await server.prompted([text(), asked("segment"), asked("channel"), asked("claim")]);
    putIn(".prompt-body", said.prompt);
    if (!one("#prompt").open) one("#prompt").showModal();
  }

  async function take(file) {
    await settled();
    if (file.size > 2_000_000) return judge({ notice: `<div class="notice notice-wrong">The file has more than 2,000,000 bytes, which no brief needs.</div>` });
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    shown(await server.imported([file.name, btoa(text), who()]));
  }
  async function give() {
    const said = await server.exported([text()]);
    if (said.refused) return judge(said);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([said.text], { type: "application/yaml" }));
    link.download = said.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  const acts = {
    write, prompt, export: give,
    stop: async () => { await server.stop([]); look(); },
    "close-prompt": () => one("#prompt").close(),
  };
  function bind(element, asks) {
    server = asks;
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button && !button.disabled) acts[button.dataset.do]?.();
      if (event.target.id === "prompt") event.target.close(); // the dialog's backdrop
    });
    element.addEventListener("change", (event) => {
      if (event.target.dataset.prompt) prompt();
      if (event.target.id === "import-brief" && event.target.files[0]) take(event.target.files[0]);
    });
    glasbrukForm.bind(element, asks).then(look);
  }
  news?.addEventListener("message", look);
  document.addEventListener("visibilitychange", look);
  return { bind };
})();
window.glasbrukWrite = glasbrukWrite;
