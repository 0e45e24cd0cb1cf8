// Loads the modules that a page has a use for. Without them every page still works: links download, forms post.

const MODULES = {
    "[data-theme-toggle]": "./theme.js",
    "form[data-upload]": "./upload.js",
    "a[data-download]": "./panel.js",
    "form[data-selection]": "./selection.js",
    "button[data-copy]": "./copying.js",
};

for (const [selector, path] of Object.entries(MODULES)) {
    const elements = document.querySelectorAll(selector);
    if (elements.length > 0) {
        import(path).then(({ enhance }) => elements.forEach((element) => enhance(element)));
    }
}
