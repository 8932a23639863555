/**
 * Replays test vectors with the scripts of the pages, in a browser or under node.
 *
 * `replay(files, base)` returns what differs from the vectors: nothing where all is well.
 */

let load;

/** Each operation: what comes of a case; a Fault's kind where it fails. */
const OPERATIONS = {
  "form/check": async (given, file) => {
    const { check } = await load("form");
    const values = { ...file.answers, ...given.change };
    for (const name of given.without) delete values[name];
    return check(file.form, values, given.now).map(({ path, code, limit }) => [path, code, limit]);
  },
  "form/tidy": async ({ values }, { form }) => (await load("form")).tidied(form, values),
  "form/part": async ({ values, role }, { form }) => (await load("form")).partValues(form, values, role),
  "canonical_json/encode": async ({ value }) => {
    const { encodeJson } = await load("canonical");
    return hex(encodeJson(value));
  },
  "canonical_json/decode": async ({ encoded }) => (await load("canonical")).decodeJson(await octets(encoded)),
  "hpke/seal": async (given) => {
    const { privateKey, sealWith, open } = await load("hpke");
    const [mine, ephemeral] = [await keyOf(given.private), await keyOf(given.ephemeral)];
    const [content, context] = [await octets(given.content), await octets(given.context)];
    const sealed = await sealWith(ephemeral, mine.publicBytes, content, context);
    const opened = await open(await privateKey(await octets(given.private)), sealed, context);
    return [hex(sealed), hex(opened), hex(mine.publicBytes)];
  },
  "hpke/open": async (given) => {
    const { open } = await load("hpke");
    return open(await keyOf(given.private), await octets(given.sealed), await octets(given.context));
  },
  "recipients/open": async (given) => {
    const { openKeys } = await load("recipients");
    const keys = await openKeys(await octets(given.file), await trusted(given), given.at_least);
    const provinces = [...keys.provinces].map(([code, key]) => [code, hex(key)]);
    return [keys.number, keys.valid_from, keys.valid_until, hex(keys.border), Object.fromEntries(provinces)];
  },
  "sealing/header": async (given) => {
    const { decodeHeader, encodeHeader } = await load("sealing");
    return hex(encodeHeader(decodeHeader(await octets(given.header))));
  },
  "sealing/envelope": async (given, { form }) => {
    const { encodePart, openDeclaration } = await load("sealing");
    const envelope = await octets(given.envelope);
    const roles = ["border", "province"];
    const written = roles.map((role) => new TextDecoder().decode(encodePart(form, given.values, role)));
    for (const role of roles) {
      const opened = await openDeclaration(envelope, await keyOf(given[`${role}_private`]), role, form);
      if (opened.problems.length) return opened.problems;
    }
    return written;
  },
  "sealing/open": async ({ private: mine, role, altered }, file) => {
    const { openDeclaration } = await load("sealing");
    const envelope = await octets(file.cases.find(({ id }) => id === "envelope").envelope);
    if (altered !== undefined) envelope[altered] ^= 1;
    return openDeclaration(envelope, await keyOf(mine), role, file.form);
  },
  "sealing/part": async ({ content, header, role }, { form }) => {
    const { decodeHeader, decodePart } = await load("sealing");
    const bytes = new TextEncoder().encode(content);
    const part = decodePart(bytes, decodeHeader(await octets(header)), role, form);
    return part.problems.map(({ path, code, limit }) => [path, code, limit]);
  },
  "entry_receipt/document": async ({ typed }) => (await load("travel_document")).typedDocument(typed),
  "entry_receipt/zone": async ({ zone }) => (await load("travel_document")).documentInZone(zone),
  "entry_receipt/bind": async (given) => {
    const { bind, fits } = await load("travel_document");
    const binding = await bind(given, await octets(given.salt));
    return [hex(binding), await fits(binding, given), await fits(binding, { ...given, number: "X" })];
  },
  "entry_receipt/receipt": async ({ payload }) => {
    const { decodeReceipt } = await load("entry_receipt");
    const found = decodeReceipt(await octets(payload));
    return [hex(found.id), hex(found.binding), found.entryDay, found.arrivalPoint, found.validFrom, found.validUntil];
  },
  "entry_receipt/payload": async ({ payload }) => (await load("entry_receipt")).decodeReceipt(await octets(payload)),
  "entry_receipt/verify": async (given) => {
    const { verify } = await load("entry_receipt");
    const { verdict } = await verify(given.text, given, {
      keys: await trusted(given),
      arrivalPoint: given.arrival_point,
      now: given.now,
      isWithdrawn: (id) => given.withdrawn.includes(id),
    });
    return verdict;
  },
  "gate/mark": async (given) => {
    const { gateKeys, openMark, sealMark, tagOf } = await load("mark");
    const keys = await gateKeys(await octets(given.secret));
    const sealed = await octets(given.mark);
    const tag = await tagOf(keys, await octets(given.receipt_id));
    const draw = await octets(given.draw);
    const mark = { expiryDay: given.expiry_day, tag, moment: given.moment, gate: given.gate, draw };
    const opened = await openMark(sealed, keys);
    return [hex(await sealMark(mark, keys)), hex(await sealMark(opened, keys))];
  },
  "gate/open": async ({ secret, mark }) => {
    const { gateKeys, openMark } = await load("mark");
    return openMark(await octets(mark), await gateKeys(await octets(secret)));
  },
  "help/request": async ({ sealed, private: mine }) => {
    const { openHelp } = await load("help");
    const { number, expires, said } = await openHelp(await octets(sealed), [await keyOf(mine)]);
    return [number, expires, said];
  },
  "help/open": async ({ sealed, private: mine }) => {
    const { openHelp } = await load("help");
    return openHelp(await octets(sealed), [await keyOf(mine)]);
  },
  "gate/open-withdrawn": async (given) => {
    const { openWithdrawn } = await load("withdrawn");
    return openWithdrawn(await octets(given.list), await trusted(given), given.now);
  },
};

/** What a case says must come out of it; undefined where it is enough that nothing fails. */
const EXPECTED = {
  "form/check": (given) => given.problems,
  "form/tidy": (given) => given.tidied,
  "form/part": (given) => given.part,
  "canonical_json/encode": (given) => given.encoded,
  "hpke/seal": (given) => [given.sealed, given.content, given.public],
  "recipients/open": (given) => [given.number, given.valid_from, given.valid_until, given.border, given.provinces],
  "sealing/header": (given) => given.header,
  "sealing/envelope": (given) => [given.border_content, given.province_content],
  "sealing/part": (given) => given.problems,
  "entry_receipt/document": ({ number, birth, expiry }) => ({ number, birth, expiry }),
  "entry_receipt/zone": ({ number, birth, expiry }) => ({ number, birth, expiry }),
  "entry_receipt/bind": (given) => [given.binding, true, false],
  "entry_receipt/receipt": (given) => [
    given.receipt_id,
    given.binding,
    given.entry_day,
    given.arrival_point,
    given.valid_from,
    given.valid_until,
  ],
  "entry_receipt/verify": (given) => given.verdict,
  "help/request": (given) => [given.keys_number, given.expires, given.said],
  "gate/mark": (given) => [given.mark, given.mark],
};

/**
 * @param {Record<string, {cases: object[]}>} files vectors by name
 * @param {string} base where the scripts are, ending in a slash
 * @returns {Promise<{replayed: number, different: string[]}>}
 */
export async function replay(files, base) {
  load = (name) => import(`${base}${name}.js`);
  const different = [];
  let replayed = 0;
  for (const [name, file] of Object.entries(files)) {
    for (const given of file.cases) {
      const operation = `${name}/${given.operation}`;
      if (!(operation in OPERATIONS)) continue;
      replayed += 1;
      const { wanted, found } = await outcome(operation, given, file);
      if (inOrder(wanted) !== inOrder(found)) {
        different.push(`${name} ${given.id}: ${inOrder(found)} instead of ${inOrder(wanted)}`);
      }
    }
  }
  return { replayed, different };
}

async function outcome(operation, given, file) {
  const fails = given.result !== "valid" && !("verdict" in given);
  const wanted = fails ? given.result : EXPECTED[operation]?.(given);
  try {
    const found = await OPERATIONS[operation](given, file);
    return { wanted, found: fails ? "valid" : wanted === undefined ? undefined : found };
  } catch (fault) {
    return { wanted, found: fault.kind ?? `${fault}` };
  }
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const octets = async (text) => (await load("bytes")).fromHex(text);
const keyOf = async (text) => (await load("hpke")).privateKey(await octets(text));
const trusted = ({ trusted: keys }) =>
  Promise.all(keys.map(async (key) => ({ ...key, public: await octets(key.public) })));

/** JSON with keys in order, to compare by. */
function inOrder(value) {
  return JSON.stringify(value, (_, each) =>
    each && typeof each === "object" && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
}
