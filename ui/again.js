// The card's buttons by which it is written again. What comes of it shows below them, and stands in the queue.
const glasbrukAgain = (() => {
  let server = null;
  async function again(button) {
    const card = button.closest(".card");
    const told = card.querySelector(".again-told");
    const buttons = [...card.querySelectorAll("[data-again]")];
    const who = document.querySelector("#reviewer input, #reviewer textarea")?.value ?? "";
    for (const one of buttons) one.disabled = true;
    told.innerHTML = `<p class="quiet">Writing a dozen drafts to choose from.</p>`;
    try {
      told.innerHTML = await server.again([card.dataset.id, button.dataset.again, button.dataset.key ?? "", who]);
    } catch {
      told.innerHTML = `<div class="notice notice-wrong">The server does not answer; try again.</div>`;
    }
    for (const one of buttons) one.disabled = false;
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-again]");
    if (button && server && !button.disabled) again(button);
  });
  return { bind: (asks) => { server = asks; } };
})();
window.glasbrukAgain = glasbrukAgain;
