"""The scripts that sign acts and ask for tokens, held under node to every vector there is."""

import json
from pathlib import Path
from typing import Any

import pytest

from dp3t.facilities import Words
from map_scripts import run_scripts
from published_blind_rsa import MODULUS as PUBLISHED_MODULUS
from published_blind_rsa import VARIANTS
from spec.vectors.tokens import MODULUS
from vectors import load

HEX = """
import { fromHex, toHex } from "./bytes.js";
const outcome = async (task) => {
  try { return await task(); } catch (fault) { return fault.kind ?? `${fault}`; }
};
const all = (cases, task) => Promise.all(cases.map((each) => outcome(() => task(each))));
"""
ACTS = (
    HEX
    + """
import { after, commitmentOf, requireWords, signAct, signerOf, START } from "./acts.js";
const { acts, chain, words } = given;
const sign = async ({ said, seed }) => toHex(await signAct(said, await signerOf(fromHex(seed))));
const signed = await all(acts, sign);
let end = START;
for (const file of chain.files) end = await after(end, fromHex(file));
const good = await all(words, async (each) => {
  const commitment = await commitmentOf(each.words);
  await requireWords(each.words, each.commitment);
  return commitment;
});
console.log(JSON.stringify({ signed, end, good }));
"""
)
BLIND = (
    HEX
    + """
import { blind, finalize, toNumber, verifies } from "./blind_rsa.js";
const n = toNumber(fromHex(given.modulus));
console.log(JSON.stringify(await all(given.cases, async (each) => {
  const [modulus, message] = [fromHex(given.modulus), fromHex(each.message)];
  const chosen = { salt: fromHex(each.salt), factor: toNumber(fromHex(each.factor)) };
  const made = await blind(modulus, message, chosen);
  const signature = await finalize(modulus, message, fromHex(each.blind_signature), made.inverse);
  const other = await verifies(modulus, fromHex("00" + each.message), signature);
  return [toHex(made.blinded), toHex(signature), other];
})));
"""
)
TOKENS = (
    HEX
    + """
import { toNumber } from "./blind_rsa.js";
import { decodeMsgpack } from "./msgpack.js";
import { beginToken, finishToken, readToken, requireToken } from "./tokens.js";
const modulus = fromHex(given.modulus);
const token = async (each) => {
  const key = { modulus, scope: each.scope, day: each.day };
  const [prefix, salt] = [fromHex(each.prefix), fromHex(each.salt)];
  const chosen = { prefix, salt, factor: toNumber(fromHex(each.factor)) };
  const pending = await beginToken(key, fromHex(each.nonce), chosen);
  const made = await finishToken(pending, fromHex(each.blind_signature));
  return [toHex(pending.blinded), toHex(pending.inverse), toHex(made)];
};
const finish = async (each) => {
  const { key, ...kept } = decodeMsgpack(fromHex(each.pending));
  return finishToken({ ...key, ...kept }, fromHex(each.blind_signature));
};
const verify = async (each) => {
  await requireToken(fromHex(each.token), { modulus, scope: given.scope, day: given.day });
  return "valid";
};
const decode = async (each) => readToken(fromHex(each.token)) && "valid";
const tasks = { token, finish, verify, decode };
console.log(JSON.stringify(await all(given.cases, (each) => tasks[each.operation](each))));
"""
)
EXCHANGE = (
    HEX
    + """
import { issuedIn, openList, readList, requestOf, requireContinues, signedList } from "./tokens.js";
const shown = (each) => each instanceof Uint8Array ? toHex(each) : each;
const open = async (each) => {
  const file = each.logged ? signedList(fromHex(each.logged)) : fromHex(each.file);
  const trusted = each.trusted.map((key) => ({ ...key, public: fromHex(key.public) }));
  const list = await openList(file, { trusted, region: each.region, now: each.now });
  return each.keys ? list.keys.map((key) => ({ ...key, modulus: toHex(key.modulus) })) : "valid";
};
const follow = async (each) => {
  requireContinues(readList(fromHex(each.following)), readList(fromHex(each.former)));
  return "valid";
};
const request = async (each) => {
  const wanted = each.wanted.map(({ day, blinded }) => ({ day, blinded: fromHex(blinded) }));
  return toHex(requestOf(each.code, each.scope, wanted));
};
const answer = async (each) => {
  const padded = new Uint8Array(each.body_bytes);
  padded.set(fromHex(each.body));
  return issuedIn(padded, each.days).map(shown);
};
const tasks = { open, continue: follow, request, answer };
console.log(JSON.stringify(await all(given, (each) => tasks[each.operation](each))));
"""
)
MSGPACK = (
    HEX
    + """
import { decodeMsgpack, encodeMsgpack } from "./msgpack.js";
const plain = (value) => {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object") return value;
  if ("$bytes" in value) return fromHex(value.$bytes);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
};
const encode = async ({ value }) => {
  const encoded = encodeMsgpack(plain(value));
  return toHex(encodeMsgpack(decodeMsgpack(encoded)));
};
const decode = async ({ encoded }) => decodeMsgpack(fromHex(encoded)) && "valid";
const tasks = { encode, decode };
console.log(JSON.stringify(await all(given, (each) => tasks[each.operation](each))));
"""
)
DAY = """
import { allDone, attestationOf, countOf, draftOf, emptyDraft, isDue, marked } from "./desk_day.js";
const place = { region: "VN-26", made: 100, end: { number: 3, previous: "ab" } };
const how = { place, facility: "le-loi", checklist: given, commitment: "", corrected: undefined };
const role = { role: "cook", at: 90 };
let draft = marked(emptyDraft(20), "hands", "absent", { role: "", at: 0 });
draft = marked(allDone(draft, given.tasks, 120), "gone", "done", role);
const act = attestationOf(draft, how);
const corrected = { digest: "cd", act: { presence: "ef" } };
const again = attestationOf(draftOf(act), { ...how, corrected });
const closed = attestationOf({ ...draft, closed: true }, how);
const weekly = { due: false, period_days: 7, last_done_day: 13 };
const due = [19, 20, 21].map((day) => isDue(weekly, 18, day));
const others = [{ last_done_day: -1 }, { period_days: 1 }].map((each) =>
  isDue({ ...weekly, ...each }, 18, 18),
);
const count = countOf(draft, given.tasks);
console.log(JSON.stringify({ act, again, closed, due, others, count }));
"""
KEYS = """
import { isLine, lineOf, readKeyFile, signerOf, writeKeyFile } from "./acts.js";
import { toHex } from "./bytes.js";
const files = given.files.map((text) => {
  try {
    const { seed, facility } = readKeyFile(text);
    return [toHex(seed), facility];
  } catch (fault) {
    return fault.what;
  }
});
const { seed } = readKeyFile(given.files[0]);
const { key, public: half } = await signerOf(seed);
const lines = given.lines.map((line) => isLine(line, 8));
const line = lineOf("  a\\n\\tb  e\\u0301 ");
const written = JSON.parse(writeKeyFile("le-loi", seed));
const { extractable } = key;
console.log(JSON.stringify({ files, half: toHex(half), extractable, written, lines, line }));
"""


def cases(name: str, *operations: str) -> list[dict[str, Any]]:
    """Return the cases of a file of vectors that are of some operations."""
    return [each for each in load(name)["cases"] if each["operation"] in operations]


@pytest.mark.spec("ACT-1", "ACT-2", "ACT-3", "ACT-7", "ACT-9")
def test_the_scripts_sign_what_the_library_signs(tmp_path: Path) -> None:
    acts = [each for each in cases("facilities", "act") if each["result"] == "valid"]
    (chain,) = cases("facilities", "chain")
    words = cases("facilities", "words")
    found = run_scripts(tmp_path, ACTS, {"acts": acts, "chain": chain, "words": words})
    assert len(acts) > 15
    assert found["signed"] == [each["file"] for each in acts]
    assert found["end"] == chain["next"]
    wanted = [each["commitment"] if each["result"] == "valid" else each["result"] for each in words]
    assert found["good"] == wanted


def test_blind_signatures_are_those_that_the_rfc_prints(tmp_path: Path) -> None:
    """The two variants with a salt; the others this page never makes."""
    salted = [each for each in VARIANTS if each.salt]
    given = {
        "modulus": f"{PUBLISHED_MODULUS:x}",
        "cases": [
            {
                "message": each.prepared.hex(),
                "salt": each.salt.hex(),
                "factor": f"{each.factor:0{1024}x}",
                "blind_signature": each.blind_signature.hex(),
            }
            for each in salted
        ],
    }
    found = run_scripts(tmp_path, BLIND, given)
    assert len(salted) == 2
    assert found == [[each.blinded.hex(), each.signature.hex(), False] for each in salted]


@pytest.mark.spec("TOKENS-3", "TOKENS-4", "TOKENS-5")
def test_tokens_are_those_of_the_vectors(tmp_path: Path) -> None:
    some = cases("tokens", "token", "finish", "verify", "decode")
    first = some[0]
    given = {"modulus": MODULUS.hex(), "scope": first["scope"], "day": first["day"], "cases": some}
    wanted = [
        [each["blinded"], each["inverse"], each["token"]]
        if each["operation"] == "token"
        else each["result"]
        for each in some
    ]
    assert len(some) > 25
    assert run_scripts(tmp_path, TOKENS, given) == wanted


@pytest.mark.spec("TOKENS-2", "TOKENS-13", "TOKENS-15", "TOKENS-16", "TOKENS-17")
def test_lists_requests_and_answers_are_those_of_the_vectors(tmp_path: Path) -> None:
    some = [
        each
        for each in cases("token_exchange", "open", "continue", "request", "answer")
        if each["operation"] != "request" or each["result"] == "valid"
    ]
    found = run_scripts(tmp_path, EXCHANGE, some)
    for each, said in zip(some, found, strict=True):
        wanted: object = each["result"]
        if wanted == "valid" and each["operation"] == "request":
            wanted = each["body"].ljust(2 * each["body_bytes"], "0")
        elif wanted == "valid":
            wanted = each.get("keys", each.get("issued", wanted))
        assert said == wanted, each["id"]


@pytest.mark.spec("CODEC-1", "CODEC-2")
def test_values_become_the_bytes_of_the_vectors(tmp_path: Path) -> None:
    """Integers beyond 53 bits are refused: nothing that a page sends or gets has one."""
    some = [each for each in cases("codec", "encode", "decode") if "limit_items" not in each]
    found = run_scripts(tmp_path, MSGPACK, some)
    for each, said in zip(some, found, strict=True):
        beyond = isinstance(each.get("value"), int) and abs(each["value"]) >= 2**53
        wanted = each.get("encoded") if each["operation"] == "encode" else each["result"]
        if beyond or each["result"] == "limit":
            assert said in ("malformed", "valid"), each["id"]
        else:
            assert said == wanted, each["id"]


@pytest.mark.spec("DESK-PAGE-6", "DESK-PAGE-11")
def test_taps_become_the_attestation_that_says_them(tmp_path: Path) -> None:
    tasks = [{"id": name, "role": "nurse"} for name in ("hands", "air", "deep")]
    found = run_scripts(tmp_path, DAY, {"checklist": 4, "tasks": tasks})
    done = [{"at": 100, "role": "nurse", "task": name} for name in ("air", "deep")]
    assert found["act"] == {
        "kind": "attestation",
        "version": 1,
        "region": "VN-26",
        "made": 100,
        "number": 3,
        "previous": "ab",
        "facility": "le-loi",
        "day": 20,
        "checklist": 4,
        "done": done,
        "absent": ["hands"],
        "closed": False,
        "photos": [],
        "presence": "",
        "corrects": "",
        "words": "",
    }
    assert found["again"] == {**found["act"], "corrects": "cd", "presence": "ef"}
    assert found["closed"] == {**found["act"], "closed": True, "done": [], "absent": []}
    assert found["count"] == {"done": 2, "absent": 1, "left": 0, "all": 3}
    assert (found["due"], found["others"]) == ([False, True, True], [False, True])


@pytest.mark.spec("DESK-PAGE-2", "DESK-PAGE-3", "ACT-6")
def test_a_key_is_read_in_the_two_forms_and_no_other(tmp_path: Path) -> None:
    seed = bytes(range(32)).hex()
    whole = {"facility": "le-loi", "seed": seed, "valid_from": 0, "valid_until": 2**32 - 1}
    bad = ({"seed": seed[:-2]}, {"seed": 5}, {"seed": seed, "facility": 5}, [seed], seed[:-1])
    good = (f"{seed.upper()}\n", json.dumps(whole), json.dumps({"seed": seed}))
    files = [*good, *(json.dumps(each) for each in bad), "", "{"]
    lines = ["a", "ế" * 8, "", "  ", "ế" * 9, "a\nb", "a\u200bb", "e\u0301", "👍" * 8]
    found = run_scripts(tmp_path, KEYS, {"files": files, "lines": lines})
    assert found["files"][:3] == [[seed, ""], [seed, "le-loi"], [seed, ""]]
    assert found["files"][3:] == ["no-key"] * 7
    assert found["half"].startswith("03a107bff3ce10be1d70dd18e74bc099")
    assert (found["extractable"], found["written"]) == (False, whole)
    assert found["lines"] == [True, True, False, False, False, False, False, False, True]
    assert found["line"] == "a b é"
    assert Words(bytes(16), found["line"]).text == "a b é"
