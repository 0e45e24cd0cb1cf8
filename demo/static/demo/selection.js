// Says how many documents are ticked and how much they are together; nobody can ask for a ZIP of none.

import { spelledSize } from "./amounts.js";

/** Watch the ticks of *form*, each with its size in `data-size`. */
export function enhance(form) {
    const summary = form.querySelector("[data-selection-summary]");
    const submit = form.querySelector("[type=submit]");

    function show() {
        const ticked = [...form.elements].filter(({ type, checked }) => type === "checkbox" && checked);
        const size = ticked.reduce((sum, { dataset }) => sum + Number(dataset.size), 0);
        const documents = ticked.length === 1 ? "1 document" : `${ticked.length} documents`;
        // What is made while it is sent has no size before.
        const more = ticked.some(({ dataset }) => dataset.size === "") ? "more than " : "";
        summary.textContent = ticked.length === 0 ? "None chosen" : `${documents}, ${more}${spelledSize(size)}`;
        submit.disabled = ticked.length === 0;
    }

    // Ticks may lie outside of the form and belong to it all the same.
    document.addEventListener("change", show);
    // Browsers tick again what was ticked before somebody came back.
    addEventListener("pageshow", show);
    show();
}
