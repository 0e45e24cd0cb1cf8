// Copies a text of the page, such as a link to share.

/** Let *button* copy the value of the element that its `data-copy` selects; it is there only where it can. */
export function enhance(button) {
    if (!navigator.clipboard) {
        return;
    }
    const label = button.textContent;
    button.addEventListener("click", async () => {
        const source = document.querySelector(button.dataset.copy);
        await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
        button.textContent = "Copied";
        setTimeout(() => {
            button.textContent = label;
        }, 2000);
    });
    button.hidden = false;
}
