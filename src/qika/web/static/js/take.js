// Copying the link and printing the plan, where the browser lets a page do it. Without this file the
// link can be selected by hand, and the browser's own command prints the plan.
"use strict";

function copied(field, button) {
  const done = () => {
    document.getElementById(field.id + "-done").textContent = button.dataset.copied;
    button.textContent = button.dataset.copied;
  };
  field.focus();
  field.select();
  if (navigator.clipboard) {
    navigator.clipboard.writeText(field.value).then(done, () => document.execCommand("copy") && done());
  } else if (document.execCommand("copy")) {
    done();
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", () => copied(field, button));
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const sheet = window.open(button.dataset.print);
    sheet.addEventListener("load", () => sheet.print());
  });
}
