// The inspector without a reload; without this module, the same form is posted, and the same page comes back.

const form = document.querySelector("[data-inspect]");

/** Ask by the form, and show what has come in place of what was there; one question at a time. */
async function ask(button) {
  const answer = document.querySelector("[data-inspect-answer]");
  if (answer.hasAttribute("aria-busy")) {
    return;
  }
  answer.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form, button) });
    if (response.redirected) {
      location.assign(response.url); // nobody is signed in any more
      return;
    }
    if (!response.ok) {
      answer.textContent = `The inspector itself has answered ${response.status}. Load this page again.`;
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    showErrors(page);
    replace(page, "[data-inspect-offers]");
    replace(page, "[data-inspect-answer]");
  } catch {
    answer.textContent = "No answer came. Does the demo still run?";
  } finally {
    answer.removeAttribute("aria-busy");
  }
}

/** Put the contents of an element of the new page into the one that is here, which screen readers watch. */
function replace(page, selector) {
  const here = document.querySelector(selector);
  const there = page.querySelector(selector);
  if (there !== null) {
    here.replaceChildren(...there.childNodes);
  }
}

/** Where a field makes no sense, take over the form of the new page, with what is wrong beside each field. */
function showErrors(page) {
  const fresh = page.querySelector("[data-inspect]");
  if (fresh !== null && (fresh.querySelector(".errorlist") ?? form.querySelector(".errorlist")) !== null) {
    form.replaceChildren(...fresh.childNodes);
    // The button that had the focus is gone.
    form.querySelector("[aria-invalid='true'], button").focus();
  }
}

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  event.preventDefault();
  if (button?.name === "use") {
    const [key, ...value] = button.value.split("=");
    const input = form.elements.namedItem(key);
    input.value = value.join("=");
    input.focus();
  } else {
    ask(button);
  }
});
