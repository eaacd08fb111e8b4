// Copies the command beside a button, also where a page from disk may not use the clipboard of the browser.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const word = button.textContent;
  button.addEventListener("click", async () => {
    await copy(button.parentElement.querySelector("code, pre"));
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = word; }, 1500);
  });
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
  } catch {
    getSelection().selectAllChildren(element);
    document.execCommand("copy");
  }
}
