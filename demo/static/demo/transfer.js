// One request for what is missing of a file, and what its answer means (RFC 9110, 13.1.5, 14 and 15.3.7).

/** The connection broke, or the server cannot answer now: it is worth asking again. */
export class Interrupted extends Error {}

/** The server will not give the file, now or later. */
export class Refused extends Error {}

/** The file is somewhere else: the browser can go there, a script must not read it. */
export class Elsewhere extends Error {}

/**
 * Ask *url* for what *kept* has not, and keep it. *tell* hears "begun" or "continued", or "changed" where the file is
 * another one by now and all of it comes anew ("anew" where nobody can tell), then "received" with each piece. Of what
 * is here as a whole, it asks only whether that is still the file.
 */
export async function fetchRest(url, kept, signal, tell) {
    const resumes = resumable(kept);
    const response = await ofNetwork(
        fetch(url, {
            headers: conditions(kept),
            redirect: "manual",
            // Else the browser's cache would answer with parts of its own, and keep the file a second time.
            cache: "no-store",
            signal,
        }),
    );
    if (response.status === 304 && kept.complete) {
        return;
    }
    if (response.status === 416 || (response.status === 206 && !continues(response, kept))) {
        // What is here does not belong to what is there; nobody reads the rest of this answer.
        await response.body?.cancel();
        await kept.discard();
        throw new Interrupted("The server does not have the part that is missing.");
    }
    if (response.status === 206) {
        tell("continued");
    } else {
        check(response);
        const first = kept.length === 0;
        await kept.begin(versionOf(response));
        tell(first ? "begun" : resumes ? "changed" : "anew");
    }
    await keep(response.body, kept, tell);
    await kept.finish();
    if (!kept.complete) {
        throw new Interrupted("The server has sent less than all of it.");
    }
}

/** Say what is here, so that no more than the rest comes, or nothing. */
function conditions(kept) {
    if (!resumable(kept)) {
        return {};
    }
    const { etag } = kept.version;
    return kept.complete ? { "If-None-Match": etag } : { Range: `bytes=${kept.length}-`, "If-Range": etag };
}

function resumable({ length, version }) {
    return length > 0 && version.etag !== null;
}

/** Raise whatever the answer is but the whole file. */
function check(response) {
    if (response.type === "opaqueredirect") {
        throw new Elsewhere();
    }
    if (response.status >= 500 || response.status === 429) {
        throw new Interrupted(`The server has answered ${response.status}.`);
    }
    if (response.status !== 200) {
        throw new Refused(`The server has answered ${response.status}.`);
    }
}

/** Tell whether a 206 goes on exactly where *kept* ends, in the same version. */
function continues(response, { length, version }) {
    const { etag } = versionOf(response);
    const size = version.size ?? "\\d+";
    return etag === version.etag && new RegExp(`^bytes ${length}-\\d+/${size}$`).test(response.headers.get("Content-Range"));
}

/** What tells this version of the file from another one. */
function versionOf({ headers }) {
    const etag = headers.get("ETag");
    const length = headers.get("Content-Length");
    return {
        // A weak one does not promise the same bytes.
        etag: etag?.startsWith('"') ? etag : null,
        size: length === null ? null : Number(length),
        digest: sha256In(headers.get("Repr-Digest") ?? ""),
    };
}

/** The SHA-256 of a Repr-Digest (RFC 9530), in hexadecimal. */
function sha256In(field) {
    const spelled = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):/.exec(field)?.[1];
    return spelled === undefined
        ? null
        : Array.from(atob(spelled), (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

async function keep(body, kept, tell) {
    const reader = body.getReader();
    try {
        for (;;) {
            const { done, value } = await ofNetwork(reader.read());
            if (done) {
                return;
            }
            await kept.append(value);
            tell("received");
        }
    } finally {
        // Where keeping it has failed, nobody reads the rest.
        reader.cancel().catch(() => {});
        // What came before an interruption is not asked for again.
        await kept.flush();
    }
}

/** Browsers say of each broken connection that it is a TypeError. */
async function ofNetwork(promise) {
    try {
        return await promise;
    } catch (error) {
        throw error instanceof TypeError ? new Interrupted("The connection is interrupted.") : error;
    }
}
