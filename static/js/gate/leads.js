// Whom a booth met. Without a network it waits on the disk, sealed, for a note may speak of a person.

import { seal, unseal } from "./sealed.js";

/** The leads of a booth's device. */
export class Leads {
  /** @param {import("./store.js").Store} store @param {import("./calls.js").Calls} calls */
  constructor(store, calls) {
    this.store = store;
    this.calls = calls;
    this.key = null;
  }

  /** Keep a lead until it can be sent. */
  async keep(lead) {
    await this.store.putLead({ id: crypto.randomUUID(), ...(await seal(this.key, lead)) });
  }

  /** Give those that wait. */
  async waiting() {
    const kept = await this.store.leads();
    return Promise.all(kept.map(async (lead) => ({ ...(await unseal(this.key, lead)), waits: true, refused: lead.refused ?? null })));
  }

  /** Send those that wait; one that the server refuses stays, with its reason, to be looked at. */
  async send() {
    for (const lead of await this.store.leads()) {
      if (lead.refused) continue;
      try {
        await this.calls.post("leads", await unseal(this.key, lead));
        await this.store.dropLead(lead.id);
      } catch (error) {
        if (error.status < 400 || error.status >= 500 || [401, 408, 429].includes(error.status)) throw error;
        await this.store.putLead({ ...lead, refused: error.code });
      }
    }
  }
}
