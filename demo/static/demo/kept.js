// What has come of a download so far, and of which version of the file. It outlives a reload where the browser lets a
// site keep files of its own (the origin private file system); elsewhere it is in memory.

const PART_SIZE = 1024 * 1024;
const DIRECTORY = "downloads";

/** Files in a directory of their own. A part is named after where it begins, and is there as a whole or not at all. */
class PrivateFiles {
    #parent;
    #name;
    #directory;

    static async open(name) {
        const files = new PrivateFiles();
        const root = await navigator.storage.getDirectory();
        files.#parent = await root.getDirectoryHandle(DIRECTORY, { create: true });
        files.#name = name;
        return files;
    }

    static async names() {
        const root = await navigator.storage.getDirectory();
        const parent = await root.getDirectoryHandle(DIRECTORY, { create: true });
        const names = [];
        for await (const name of parent.keys()) {
            names.push(name);
        }
        return names;
    }

    async read() {
        try {
            this.#directory = await this.#parent.getDirectoryHandle(this.#name);
            const version = JSON.parse(await (await this.#file("version")).text());
            const parts = [];
            for (let start = 0; ; start += parts.at(-1).size) {
                const part = await this.#file(String(start)).catch(orMissing);
                if (part === null) {
                    return { version, parts };
                }
                parts.push(part);
            }
        } catch (error) {
            return orMissing(error);
        }
    }

    async begin(version) {
        await this.clear();
        this.#directory = await this.#parent.getDirectoryHandle(this.#name, { create: true });
        await this.note(version);
    }

    async note(version) {
        await this.#write("version", JSON.stringify(version));
    }

    async write(start, part) {
        return this.#write(String(start), part);
    }

    async clear() {
        await this.#parent.removeEntry(this.#name, { recursive: true }).catch(orMissing);
    }

    async #file(name) {
        return (await this.#directory.getFileHandle(name)).getFile();
    }

    async #write(name, content) {
        const handle = await this.#directory.getFileHandle(name, { create: true });
        const writable = await handle.createWritable();
        await writable.write(content);
        await writable.close();
        return handle.getFile();
    }
}

function orMissing(error) {
    if (error.name !== "NotFoundError") {
        throw error;
    }
    return null;
}

/** The same for browsers without such files. */
class Memory {
    async read() {
        return null;
    }

    async begin() {}

    async note() {}

    async write(start, part) {
        return part;
    }

    async clear() {}
}

/** Let *work* be done with files of the site's own; return *otherwise* where the browser has none. */
async function withFiles(work, otherwise) {
    if (!navigator.storage?.getDirectory || !globalThis.FileSystemFileHandle?.prototype.createWritable) {
        return otherwise;
    }
    return work().catch((error) => {
        // Some browsers have such files, but not in private windows.
        if (error.name !== "SecurityError") {
            throw error;
        }
        return otherwise;
    });
}

export class Kept {
    #place;
    #parts = [];
    #stored = 0;
    #pending = [];

    /** How many bytes are here, from the first one on. */
    length = 0;
    /** `{etag, size, digest}` of the file that they are of, each of which may be `null`; `null` as long as nothing came. */
    version = null;

    /** Open what is kept of *url*. */
    static async open(url) {
        const kept = new Kept();
        kept.#place = await withFiles(() => PrivateFiles.open(encodeURIComponent(url)), new Memory());
        const found = await kept.#place.read();
        if (found !== null) {
            kept.version = found.version;
            kept.#parts = found.parts;
            kept.#stored = kept.length = found.parts.reduce((sum, part) => sum + part.size, 0);
        }
        return kept;
    }

    /** List each URL of which something outlives the page. */
    static async urls() {
        return (await withFiles(() => PrivateFiles.names(), [])).map(decodeURIComponent);
    }

    /** Forget what was there, and keep *version* from its beginning. */
    async begin(version) {
        this.#forget();
        await this.#place.begin(version);
        this.version = version;
    }

    /** Keep the bytes that come next. */
    async append(bytes) {
        this.#pending.push(bytes);
        this.length += bytes.length;
        if (this.length - this.#stored >= PART_SIZE) {
            await this.flush();
        }
    }

    /** Store what is still in memory only. */
    async flush() {
        if (this.#pending.length > 0) {
            this.#parts.push(await this.#place.write(this.#stored, new Blob(this.#pending)));
            this.#stored = this.length;
            this.#pending = [];
        }
    }

    /** Note that nothing more will come. */
    async finish() {
        if (this.version.size === null) {
            this.version.size = this.length;
            await this.#place.note(this.version);
        }
    }

    /** Note when all of it was saved elsewhere, so that nobody needs it after this visit. */
    async settle() {
        this.version.saved = Date.now();
        await this.#place.note(this.version);
    }

    /** Whether nothing is missing; `false` if nobody has said how much it is. */
    get complete() {
        return this.version !== null && this.length === this.version.size;
    }

    /** All that is stored, without a copy. */
    blob() {
        return new Blob(this.#parts);
    }

    /** Leave nothing behind. */
    async discard() {
        this.#forget();
        await this.#place.clear();
    }

    #forget() {
        this.#parts = [];
        this.#pending = [];
        this.#stored = this.length = 0;
        this.version = null;
    }
}
