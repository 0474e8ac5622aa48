// What the pages do beyond links and forms. Without it everything still works: what it adds is comfort.
"use strict";

// Copy buttons: shown only where they can work. Outside https the clipboard needs a selection instead.
async function copyText(source) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(source.textContent);
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  if (!document.execCommand("copy")) throw new Error("not copied");
  selection.removeAllRanges();
}

function showCopyButtons(place) {
  for (const button of place.querySelectorAll("button[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const word = button.querySelector("span");
  try {
    await copyText(document.getElementById(button.dataset.copy));
    word.textContent = "Copied";
  } catch {
    word.textContent = "Select and copy by hand";
  }
  window.setTimeout(() => { word.textContent = "Copy"; }, 2000);
});

// The account's drop-down and the phone's menu close as menus do.
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.account[open], details.place[open]")) {
    if (!except || !menu.contains(except)) menu.open = false;
  }
}
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenus(null); });

// Help arrives as a fragment and opens beside the page.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "help" || !event.detail.target.showPopover) return;
  event.detail.target.showPopover();
  event.detail.target.querySelector("button").focus();
});
// Where the help cannot be fetched, or the browser has no popover, the link leads to its page.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target.id === "help" && !event.detail.target.showPopover) {
    event.preventDefault();
    window.location.assign(event.detail.elt.href);
  }
});

// Figures that refresh themselves say so when they cannot.
function sayFresh(fresh, why) {
  const notice = document.getElementById("poll-failed");
  if (!notice) return;
  if (why) notice.querySelector("span").textContent = why;
  notice.hidden = fresh;
}
document.addEventListener("htmx:sendError", () => sayFresh(false));
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  const isSaid = xhr.status === 503 && (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
  sayFresh(false, isSaid ? `${xhr.responseText.trim()} These figures are out of date; the page tries again every ten seconds.` : "");
});
document.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.successful) sayFresh(true); });

document.addEventListener("DOMContentLoaded", () => showCopyButtons(document));

// One box ticks all of a list.
document.addEventListener("change", (event) => {
  const name = event.target.dataset.ticks;
  if (!name) return;
  for (const box of event.target.form.querySelectorAll(`input[name="${name}"]`)) box.checked = event.target.checked;
});

// A slider and the radio buttons that it stands for: whichever is moved, the other follows. Only the buttons are sent.
document.addEventListener("input", (event) => {
  const moved = event.target;
  const form = moved.form;
  if (!form) return;
  if (moved.dataset.slides) {
    for (const button of form.querySelectorAll(`input[name="${moved.dataset.slides}"]`)) button.checked = button.value === moved.value;
  }
  const slider = form.querySelector("input[data-slides]");
  const chosen = slider && form.querySelector(`input[name="${slider.dataset.slides}"]:checked`);
  if (!chosen) return;
  slider.value = chosen.value;
  slider.setAttribute("aria-valuetext", `${chosen.value}, ${chosen.dataset.word}`);
}, true);
