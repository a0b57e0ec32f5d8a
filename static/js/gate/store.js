// What the device keeps, in IndexedDB: one record a scan, the list of passes, sealed names, and what it was paired as.
//
// The browser may close or clear the database while we run. It is opened again, and `lost` is called when it came back
// empty, so that its owner can write anew what it still knows.

const NAME = "tular-gate";
const VERSION = 1;
const SAFE = { durability: "strict" }; // The record is on the disk before the promise resolves.
export const QUEUED = "queued"; // To be sent.
export const STUCK = "stuck"; // Refused by the server as a request, to be tried again later.
export const DONE = "done"; // Answered; kept a day as history.

/** Tell whether something failed because the device has no room left. */
export function isFull(error) {
  return error?.name === "QuotaExceededError";
}

/** The device's database. */
export class Store {
  constructor() {
    this.lost = () => {}; // Called after the database came back empty.
    this.deleted = () => {}; // Called when another tab deletes it: nothing may be written any more.
    this.db = null;
    this.isDeleted = false;
    this.wasOpen = false;
  }

  /** @returns {Promise<Store>} */
  static async open() {
    const store = new Store();
    await store.connect();
    return store;
  }

  async connect() {
    if (this.isDeleted) throw new DOMException("the database was deleted", "InvalidStateError");
    if (this.db) return this.db;
    // Those who come meanwhile wait for the same opening.
    this.opening ??= this.reach().finally(() => (this.opening = null));
    return this.opening;
  }

  async reach() {
    let isNew = false;
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      isNew = true;
      build(request.result);
    };
    const db = await answered(request);
    db.onclose = () => (this.db = null);
    db.onversionchange = ({ newVersion }) => {
      db.close();
      this.db = null;
      if (newVersion !== null) return;
      this.isDeleted = true;
      this.deleted();
    };
    this.db = db;
    if (isNew && this.wasOpen) queueMicrotask(() => this.lost());
    this.wasOpen = true;
    return db;
  }

  /** Run work in one transaction; give what its request gave. Tried once more where the database had gone away. */
  async run(stores, mode, work, options) {
    const run = async () => transacted((await this.connect()).transaction(stores, mode, options), work);
    try {
      return await run();
    } catch (error) {
      if (this.isDeleted || !["InvalidStateError", "AbortError", "NotFoundError"].includes(error?.name)) throw error;
      this.db = null;
      return run();
    }
  }

  /** Read what was kept under a name. */
  get(key) {
    return this.run("meta", "readonly", (tx) => tx.objectStore("meta").get(key));
  }

  /** Keep values under their names, all or none. */
  keep(values) {
    return this.run("meta", "readwrite", (tx) => {
      for (const [key, value] of Object.entries(values)) tx.objectStore("meta").put(value, key);
    });
  }

  /** Change what is kept under a name, as one step for all tabs; give what it is now. */
  async change(key, changed) {
    let now;
    await this.run(
      "meta",
      "readwrite",
      (tx) => {
        const meta = tx.objectStore("meta");
        meta.get(key).onsuccess = ({ target }) => meta.put((now = changed(target.result)), key);
      },
      SAFE,
    );
    return now;
  }

  /** Write a scan to the disk, and number it: numbers only go up, in whichever tab. @returns {Promise<number>} */
  async addScan(scan, least) {
    let counter;
    await this.run(
      ["meta", "scans"],
      "readwrite",
      (tx) => {
        const meta = tx.objectStore("meta");
        meta.get("counter").onsuccess = ({ target }) => {
          counter = Math.max(target.result ?? 0, least) + 1;
          meta.put(counter, "counter");
          tx.objectStore("scans").put({ ...scan, counter });
        };
      },
      SAFE,
    );
    return counter;
  }

  /** Write scans again, as they are now. */
  putScans(scans) {
    return this.run("scans", "readwrite", (tx) => {
      for (const scan of scans) tx.objectStore("scans").put(scan);
    });
  }

  /** Read every scan that is kept. */
  scans() {
    return this.run("scans", "readonly", (tx) => tx.objectStore("scans").getAll());
  }

  /** Forget scans. */
  dropScans(ids) {
    return this.run("scans", "readwrite", (tx) => {
      for (const id of ids) tx.objectStore("scans").delete(id);
    });
  }

  /** Keep the list whole, instead of what was kept of it. */
  putList(snapshot, seen) {
    return this.run("list", "readwrite", (tx) => {
      const list = tx.objectStore("list");
      list.clear();
      list.put({ snapshot, seen });
    });
  }

  /** Keep what changed in the list. */
  addToList(buffer, seen) {
    return this.run("list", "readwrite", (tx) => tx.objectStore("list").put({ buffer, seen }));
  }

  /** Read the list as it was kept: whole, then what changed, in order. */
  list() {
    return this.run("list", "readonly", (tx) => tx.objectStore("list").getAll());
  }

  /** Read the sealed names kept under these keys. */
  async names(keys) {
    const found = new Map();
    await this.run("names", "readonly", (tx) => {
      for (const key of keys) {
        tx.objectStore("names").get(key).onsuccess = ({ target }) => found.set(key, target.result);
      }
    });
    return found;
  }

  /** Keep sealed names, and how far they were read, all or none. */
  putNames(pages, cursor) {
    return this.run(["names", "meta"], "readwrite", (tx) => {
      for (const [key, page] of pages) tx.objectStore("names").put(page, key);
      tx.objectStore("meta").put(cursor, "names");
    });
  }

  /** Keep a lead that could not be sent, or forget it again. */
  putLead(lead) {
    return this.run("leads", "readwrite", (tx) => tx.objectStore("leads").put(lead), SAFE);
  }

  dropLead(id) {
    return this.run("leads", "readwrite", (tx) => tx.objectStore("leads").delete(id));
  }

  /** Read the leads that wait. */
  leads() {
    return this.run("leads", "readonly", (tx) => tx.objectStore("leads").getAll());
  }

  /** Let go of the database, which another tab deletes. */
  leave() {
    this.isDeleted = true;
    this.db?.close();
    this.db = null;
  }

  /** Delete the database, in every tab. */
  async wipe() {
    this.leave();
    await answered(indexedDB.deleteDatabase(NAME));
  }
}

function build(db) {
  db.createObjectStore("meta");
  db.createObjectStore("scans", { keyPath: "id" });
  db.createObjectStore("list", { autoIncrement: true });
  db.createObjectStore("names");
  db.createObjectStore("leads", { keyPath: "id" });
}

function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function transacted(transaction, work) {
  return new Promise((resolve, reject) => {
    let made;
    transaction.oncomplete = () => resolve(made instanceof IDBRequest ? made.result : made);
    transaction.onabort = () => reject(transaction.error ?? new DOMException("stopped", "AbortError"));
    made = work(transaction);
  });
}
