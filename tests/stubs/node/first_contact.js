// A partner's first contact in Node: one city asks, another gives, both agree.
//
// Written from the .proto files alone, which are loaded as they are: no code is generated. Each office is known by
// three environment variables:
//
//     REQUESTER_ENDPOINT  REQUESTER_CA  REQUESTER_TOKEN     the office that asks
//     SUPPLIER_ENDPOINT   SUPPLIER_CA   SUPPLIER_TOKEN      the office that gives
//
// ENDPOINT is host:port of the office's API, CA the file of its certificate, TOKEN what `quince token create` told.
// QUINCE_PROTO names the folder of the .proto files; the default is the one of this repository.
// Exits 0 when both offices tell that the stock is promised, 1 with the reason otherwise.
'use strict';

const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const ITEM = 'mask.surgical.iir';
const AMOUNT = 500;

// How long one call may take. An office honours the deadline: it begins nothing for a caller who has left.
const CALL_MS = 20_000;

// Until a record of one office has arrived at the other. It takes milliseconds between healthy offices.
const ARRIVAL_MS = 60_000;

// The cursor before the first change that an office ever saw.
const BEGINNING = '0';

const SERVICES = ['need', 'offer', 'requisition', 'commitment', 'desk'].map((file) => `quince/api/v1/${file}.proto`);

const contract = grpc.loadPackageDefinition(
  protoLoader.loadSync([...SERVICES, 'quince/admin/v1/node.proto'], {
    includeDirs: [process.env.QUINCE_PROTO ?? path.join(__dirname, '../../../proto')],
    // 64-bit numbers do not fit into a JavaScript number: as text they stay exact.
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  }),
).quince;

// One office's API: TLS trusts exactly the office's own certificate, each call carries the token.
class Office {
  static async open(role) {
    const [endpoint, ca, token] = ['ENDPOINT', 'CA', 'TOKEN'].map((what) => variable(`${role}_${what}`));
    const tls = grpc.credentials.createSsl(certificate(role, ca));
    const bearer = grpc.credentials.createFromMetadataGenerator((_, done) => {
      const metadata = new grpc.Metadata();
      metadata.set('authorization', `Bearer ${token}`);
      done(null, metadata);
    });
    const office = new Office(endpoint, grpc.credentials.combineChannelCredentials(tls, bearer));
    office.handle = (await office.call(office.status, 'getStatus', {})).handle;
    return office;
  }

  constructor(endpoint, credentials) {
    this.status = new contract.admin.v1.StatusService(endpoint, credentials);
    this.needs = new contract.api.v1.NeedService(endpoint, credentials);
    this.offers = new contract.api.v1.OfferService(endpoint, credentials);
    this.requisitions = new contract.api.v1.RequisitionService(endpoint, credentials);
    this.commitments = new contract.api.v1.CommitmentService(endpoint, credentials);
    this.desk = new contract.api.v1.DeskService(endpoint, credentials);
  }

  say(words) {
    console.log(`${this.handle}: ${words}`);
  }

  call(service, method, request) {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + CALL_MS };
      service[method](request, options, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }

  // Watches until `wanted(record)`; gives the record and the cursor from which to go on.
  waitFor(collection, wanted, cursor) {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + ARRIVAL_MS };
      const changes = this.desk.watch({ cursor, collections: [collection] }, options);
      changes.on('data', (change) => {
        // A heartbeat only says that the office lives; its cursor is current.
        if (change.resource === 'heartbeat' || !wanted(change[change.resource])) return;
        resolve({ record: change[change.resource], cursor: change.cursor });
        changes.cancel();
      });
      // After a cancel the stream ends with an error of its own, which nobody waits for any more.
      changes.on('error', reject);
      changes.on('end', () => reject(new Error(`${this.handle} ended the watch of ${collection} too early`)));
    });
  }
}

function variable(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set; expected REQUESTER_ and SUPPLIER_, each with ENDPOINT, CA and TOKEN`);
  }
  return value;
}

function certificate(role, file) {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw new Error(`${role}_CA must name the office's certificate: ${error.message}`);
  }
}

// A retry with the same id gets the same answer, so a lost reply never makes a second record.
const requestId = () => crypto.randomUUID();

const named = (name) => (record) => record.name === name;

// nodes/{handle}/needs/{number} as a reference to the first line of that record.
function firstLine(name) {
  const [, owner, , number] = name.split('/');
  return { owner, number, line: 1 };
}

const pieces = (amount) => ({ qualifier: 'QUALIFIER_EXACT', amount, unit: 'piece' });

const english = (text) => ({ language: 'en', text, origin: 'TEXT_ORIGIN_HUMAN' });

async function ask(office) {
  const line = {
    line: 1,
    kind: 'KIND_GOODS',
    item: ITEM,
    quantity: pieces(AMOUNT),
    urgency: 1,
    deliverTo: { name: 'Isfahan', country: 'IR', point: { latitudeE6: 32_654_000, longitudeE6: 51_668_000 } },
  };
  const need = { record: { title: [english('masks wanted')], lines: [line] } };
  const { name } = await office.call(office.needs, 'createNeed', { need, requestId: requestId() });
  office.say(`asks for ${AMOUNT} ${ITEM} in ${name}`);
  return name;
}

async function offer(office) {
  const line = {
    line: 1,
    kind: 'KIND_GOODS',
    item: ITEM,
    quantity: pieces(AMOUNT),
    availableAt: { name: 'Quanzhou', country: 'CN', point: { latitudeE6: 24_874_000, longitudeE6: 118_676_000 } },
  };
  const created = { record: { title: [english('masks to give')], lines: [line] } };
  const { name } = await office.call(office.offers, 'createOffer', { offer: created, requestId: requestId() });
  office.say(`offers ${AMOUNT} ${ITEM} in ${name}`);
  return name;
}

async function requisition(office, need, offered) {
  const record = { needLine: firstLine(need), offerLine: firstLine(offered), amount: AMOUNT, unit: 'piece' };
  const request = { requisition: { record }, requestId: requestId() };
  const { name } = await office.call(office.requisitions, 'createRequisition', request);
  office.say(`asks for ${AMOUNT} of ${offered} in ${name}`);
  return name;
}

async function commit(office, requested) {
  const request = { requisition: requested, requestId: requestId() };
  const { name, record } = await office.call(office.commitments, 'commitStock', request);
  // When stock ran out meanwhile the answer is a commitment that says no, not an error.
  if (record.amount !== String(AMOUNT)) {
    throw new Error(`${office.handle} promised ${record.amount} in ${name}, expected ${AMOUNT}`);
  }
  office.say(`promises ${record.amount} in ${name}`);
  return name;
}

// What the office tells of the agreement: the answer, and how far the need is covered.
async function check(office, need, requested) {
  const { answer, committed } = await office.call(office.requisitions, 'getRequisition', { name: requested });
  const [coverage] = (await office.call(office.needs, 'getNeed', { name: need })).coverage;
  const told = [answer, committed, coverage.committed, coverage.commitTrack].join(', ');
  const expected = ['ANSWER_COMMITTED', AMOUNT, AMOUNT, 'TRACK_COMPLETE'].join(', ');
  if (told !== expected) {
    throw new Error(`${office.handle} tells ${told} of ${requested}, expected ${expected}`);
  }
  // Promised is not received: `outstanding` stays until the masks are there.
  const sums = `${coverage.committed} promised, ${coverage.outstanding} to be received`;
  office.say(`tells ${answer}, ${coverage.commitTrack}: ${sums}`);
}

async function walk() {
  const requester = await Office.open('REQUESTER');
  const supplier = await Office.open('SUPPLIER');

  const need = await ask(requester);
  let atSupplier = await supplier.waitFor('needs', named(need), BEGINNING);
  supplier.say(`sees ${need}, cursor ${atSupplier.cursor}`);

  const offered = await offer(supplier);
  let atRequester = await requester.waitFor('offers', named(offered), BEGINNING);
  requester.say(`sees ${offered}, cursor ${atRequester.cursor}`);

  // Going on from the last cursor loses nothing and repeats nothing, even when the record came before the call.
  const requested = await requisition(requester, need, offered);
  atSupplier = await supplier.waitFor('requisitions', named(requested), atSupplier.cursor);
  supplier.say(`sees ${requested}, cursor ${atSupplier.cursor}`);

  const promised = await commit(supplier, requested);
  atRequester = await requester.waitFor('commitments', named(promised), atRequester.cursor);
  requester.say(`sees ${promised}, cursor ${atRequester.cursor}`);

  await check(requester, need, requested);
  await check(supplier, need, requested);
}

walk().then(
  () => process.exit(0),
  (error) => {
    const words = error.details === undefined ? error.message : `${grpc.status[error.code]}: ${error.details}`;
    console.error(`error: ${words}`);
    process.exit(1);
  },
);
