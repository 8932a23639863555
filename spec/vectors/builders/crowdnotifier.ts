// Asks CrowdNotifier's library what crowdnotifier_requests.py wants to know, and prints its answers.
// It has to lie in the folder `lib` of a checkout; spec/vectors/README.md says how to run it.

import {createHash} from 'crypto';
import {readFileSync} from 'fs';
import mcl from 'mcl-wasm';
import {from_base64} from 'libsodium-wrappers-sumo';
import {waitReady, deriveNoncesAndNotificationKey, genIdV3} from './src/v3/helpers';
import {dec} from './src/v2/ibe_primitives';
import {crowdnotifier_v3 as pb} from './src/v3/messages';
import {
  genPreTrace, genTrace, getCheckIn, getVenueInfoFromQrCodeV3, match, setupLocation, verifyTrace,
} from './src/v3/crowd_notifier_primitives';

const file = readFileSync(process.argv[2]);
const asked = JSON.parse(file.toString());
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');
const base64 = (data: string) => hex(from_base64(data));
const cipher = (c: any) => hex(c.c1.serialize()) + hex(c.c2) + hex(c.nonce) + hex(c.c3);
const authority = () => ({
  publicKey: bytes(asked.authority_public),
  privateKey: bytes(asked.authority_private),
} as any);

function answers(questions: any[], ask: (one: any) => any) {
  return Object.assign({}, ...questions.map((one) => {
    try {
      const answer = ask(one);
      return {[one.id]: answer === undefined ? null : answer};
    } catch (error) {
      return {[one.id]: 'error: ' + error.message};
    }
  }));
}

function venue(wanted: any) {
  const made = setupLocation(
      3, authority().publicKey, wanted.description, wanted.address,
      new Date('2020-01-01T00:00:00Z'), new Date('2099-01-01T00:00:00Z'),
      bytes(wanted.country_data));
  const info = getVenueInfoFromQrCodeV3(made.qrCodePayload);
  return {
    ...wanted,
    payload: base64(made.qrCodePayload),
    trace_code: base64(made.qrCodeTrace),
    visits: asked.their_visits.map(([arrival, departure]: [number, number]) => ({
      arrival, departure,
      ciphertexts: getCheckIn(arrival, departure, info).ibeCiphertextEntries.map(cipher),
    })),
    ...traced(pb.QRCodeTrace.decode(from_base64(made.qrCodeTrace)), asked.start, asked.end),
  };
}

function traced(code: pb.QRCodeTrace, start: number, end: number) {
  const preTraces = genPreTrace(code, start, end);
  const traces = preTraces.map((one) => genTrace(
      pb.PreTraceWithProof.decode(from_base64(one)), authority(), 3, 'Please take a test.',
      bytes('0801'))!);
  return {start, end, pre_traces: preTraces.map(base64), traces: traces.map(base64)};
}

function derived(payload: Uint8Array, start: number) {
  const secrets = deriveNoncesAndNotificationKey(payload);
  return {
    payload: hex(payload), start,
    nonce_preid: hex(secrets.noncePreId),
    nonce_timekey: hex(secrets.nonceTimekey),
    notification_key: hex(secrets.notificationKey!),
    identity: hex(genIdV3(payload, start)),
  };
}

function encrypted(data: Uint8Array) {
  const c1 = new mcl.G2();
  c1.deserialize(data.slice(0, 96));
  return {c1, c2: data.slice(96, 128), nonce: data.slice(128, 152), c3: data.slice(152)};
}

function opened(one: any) {
  const key = new mcl.G1();
  key.deserialize(bytes(one.key));
  const message = dec(bytes(one.identity), key, encrypted(bytes(one.ciphertext)));
  return message && hex(message);
}

function verified(one: any) {
  const key = verifyTrace(pb.PreTraceWithProof.create({
    preTrace: {
      identity: bytes(one.identity),
      partialSecretKeyForIdentityOfLocation: bytes(one.part),
      cipherTextHealthAuthority: bytes(one.sealed_share),
      notificationKey: bytes('00'),
    },
    proof: {masterPublicKey: bytes(one.public_key), nonce1: bytes('00'), nonce2: bytes('00')},
    qrCodePayload: bytes(one.payload),
    startOfInterval: one.start,
  }), authority());
  return key && hex(key.serialize());
}

function taken(one: any) {
  const point = one.group === 1 ? new mcl.G1() : new mcl.G2();
  point.deserialize(bytes(one.point));
  return point.isValidOrder() ? 'of order r, it says' : 'of another order';
}

function read(one: any) {
  const payload = Buffer.from(bytes(one.payload)).toString('base64url');
  return getVenueInfoFromQrCodeV3(payload).description;
}

const used = ['mcl-wasm', 'libsodium-wrappers-sumo', 'futoin-hkdf', 'protobufjs', 'typescript'];

async function main() {
  await waitReady();
  const ours = traced(pb.QRCodeTrace.decode(bytes(asked.trace_code)), asked.start, asked.end);
  const record = asked.ciphertexts.find((one: any) => one.id === 'their-record');
  const visit = {date: 0, ibeCiphertextEntries: [encrypted(bytes(record.ciphertext))]};
  const found = match(visit, pb.Trace.decode(bytes(ours.traces[0])))!;
  const venues = asked.their_venues.map(venue);
  console.log(JSON.stringify({
    asked: createHash('sha256').update(file).digest('hex'),
    commit: process.argv[3],
    versions: Object.assign({node: process.version}, ...used.map(
        (name) => ({[name]: require(`${name}/package.json`).version}))),
    venues,
    derived: [asked.payload, venues[1].payload].map((one) => derived(bytes(one), asked.start)),
    our_venue: ours,
    match: {
      arrival: found.startTimestamp, departure: found.endTimestamp, message: found.message,
      country_data: hex(found.countryData),
    },
    opened: answers(asked.ciphertexts, opened),
    verified: answers(asked.pre_traces, verified),
    taken: answers(asked.points, taken),
    read: answers(asked.payloads, read),
  }, null, 1));
}

main();
