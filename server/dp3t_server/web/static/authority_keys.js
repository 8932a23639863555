/** The authority's document of keys, as the server has it now. */

import { ask, authority } from "./page.js";
import { openKeys } from "./recipients.js";
import { recall, remember } from "./storage.js";

const SEEN = "dp3t-arrivals-keys";

/** Fetch the document; one with a lower number than this device has seen is refused [RECIPIENTS-4]. */
export async function fetchKeys() {
  const seen = recall(SEEN);
  const keys = await openKeys(await ask("/v1/arrivals/keys"), authority, Number.isSafeInteger(seen) ? seen : 1);
  remember(SEEN, keys.number);
  return keys;
}
