// Sends a form with a file in it: shows how far that is, lets it be cancelled, and says at each field what is wrong with it.

import { Speed, spelledSize, spelledTime } from "./amounts.js";

/** Take over *form*; its answer is JSON, 201 with a `url` to go to, or 400 with `errors` for each field. */
export function enhance(form) {
    const cancel = Object.assign(document.createElement("button"), {
        type: "button",
        textContent: "Cancel",
        hidden: true,
    });
    form.querySelector("[type=submit]").after(cancel);
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        send(form, cancel);
    });
}

function send(form, cancel) {
    const bar = form.querySelector("[data-upload-progress]");
    const status = form.querySelector("[data-upload-status]");
    const submit = form.querySelector("[type=submit]");
    const speed = new Speed();
    const request = new XMLHttpRequest();

    function end(message) {
        bar.hidden = cancel.hidden = true;
        submit.disabled = false;
        status.textContent = message;
    }

    // fetch() does not tell how far a request is.
    request.upload.addEventListener("progress", ({ loaded, total }) => {
        speed.note(loaded);
        bar.max = total;
        bar.value = loaded;
        const left = speed.perSecond ? ` · ${spelledTime((total - loaded) / speed.perSecond)} left` : "";
        status.textContent = `${spelledSize(loaded)} of ${spelledSize(total)} sent${left}`;
    });
    request.addEventListener("load", () => {
        const answer = request.response;
        if (request.status === 201) {
            end("Uploaded.");
            location.assign(answer.url);
        } else if (request.status === 200) {
            end("Not uploaded: nobody is signed in here any more. Sign in, and send it again.");
        } else if (request.status === 400 && answer?.errors) {
            end("Not uploaded: see what is said of the fields.");
            showErrors(form, answer.errors);
        } else {
            end(`Not uploaded: the server has answered ${request.status}.`);
        }
    });
    request.addEventListener("error", () => end("Not uploaded: the connection is interrupted."));
    request.addEventListener("abort", () => {
        end("Cancelled.");
        submit.focus();
    });
    cancel.onclick = () => request.abort();

    forgetErrors(form);
    bar.hidden = cancel.hidden = false;
    submit.disabled = true;
    status.textContent = "Sending.";
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.send(new FormData(form));
}

/** Put what is wrong where Django puts it when it renders a form; what belongs to no field comes first. */
function showErrors(form, errors) {
    const wrong = [];
    for (const [name, messages] of Object.entries(errors)) {
        const list = Object.assign(document.createElement("ul"), { className: "errorlist", id: `id_${name}_error` });
        for (const message of messages) {
            list.append(Object.assign(document.createElement("li"), { textContent: message }));
        }
        const fields = form.querySelectorAll(`[name="${CSS.escape(name)}"]`);
        if (fields.length === 0) {
            form.prepend(list);
            continue;
        }
        // Several fields of one name are a group, which is described as one.
        const group = fields[0].closest("fieldset");
        (group?.querySelector("legend") ?? fields[0].previousElementSibling).after(list);
        describe(group ?? fields[0], list.id);
        fields.forEach((field) => field.setAttribute("aria-invalid", "true"));
        wrong.push(fields[0]);
    }
    wrong[0]?.focus();
}

/** Add the element *id* to those that describe *element*, such as its help. */
function describe(element, id) {
    const ids = new Set((element.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
    element.setAttribute("aria-describedby", [...ids.add(id)].join(" "));
}

function forgetErrors(form) {
    form.querySelectorAll(".errorlist").forEach((list) => list.remove());
    form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
}
