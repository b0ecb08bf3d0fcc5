// Numbered migrations, applied in order and never edited once released. SQL is kept to PostgreSQL 15.
import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { Schema } from "./schema.ts";

const registrations = sql`
  create table registrations (
    id text primary key,
    sequence bigint generated always as identity unique,
    idempotency_key text unique,
    request_hash text not null,
    state text not null check (state in
      ('received','verified','simulated','journalled','sent','mined','confirmed','refused','failed')),
    agent_url text,
    calldata text,
    evidence_hash text,
    identity_hash text,
    expires_at_block numeric(20),
    rounds integer not null default 0,
    min_anchor_block numeric(20),
    check_id text,
    code text,
    explanation text,
    tx_hash text,
    gas_used numeric(20),
    steps jsonb not null default '[]',
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`;

// The same evidence is never under way twice, whoever brings it and whatever key they bring it under.
const oneLivePerEvidence = sql`
  create unique index registrations_live_evidence on registrations (evidence_hash)
    where state not in ('refused', 'failed')`;

const openRegistrations = sql`
  create index registrations_open on registrations (sequence)
    where state not in ('confirmed', 'refused', 'failed')`;

const transactions = sql`
  create table transactions (
    id text primary key,
    registration_id text not null references registrations (id),
    chain_id numeric(78) not null,
    signer text not null,
    nonce numeric(20) not null,
    recipient text not null,
    data text not null,
    gas_limit numeric(20) not null,
    state text not null check (state in ('open','done','lost')),
    created_at timestamptz not null
  )`;

// A nonce serves one open transaction. A lost one gave its nonce up, and a reorg may free that of a done one.
const oneOpenPerNonce = sql`
  create unique index transactions_open_nonce on transactions (chain_id, signer, nonce)
    where state = 'open'`;

const attempts = sql`
  create table attempts (
    hash text primary key,
    transaction_id text not null references transactions (id),
    kind text not null check (kind in ('send','bump','cancel')),
    raw text not null,
    max_fee_per_gas numeric(40) not null,
    max_priority_fee_per_gas numeric(40) not null,
    journalled_at timestamptz not null,
    broadcast_at timestamptz,
    last_error text
  )`;

async function createTables(db: Kysely<Schema>): Promise<void> {
  for (const statement of [
    registrations,
    oneLivePerEvidence,
    openRegistrations,
    transactions,
    oneOpenPerNonce,
    attempts,
  ])
    await statement.execute(db);
}

/** Collateral is sent for no single registration. */
async function allowOwnTransactions(db: Kysely<Schema>): Promise<void> {
  await sql`alter table transactions alter column registration_id drop not null`.execute(db);
}

/** A form of the evidence that reverted is not sent again. */
async function noteRevertedForm(db: Kysely<Schema>): Promise<void> {
  await sql`alter table registrations add column reverted_form text`.execute(db);
}

const provingRequests = sql`
  create table proving_requests (
    subject text primary key,
    program text not null,
    input text not null,
    created_at timestamptz not null
  )`;

const provingSessions = sql`
  create table proving_sessions (
    key text primary key,
    session text not null,
    updated_at timestamptz not null
  )`;

/** Evidence of the proof report types is proved between being received and being judged. */
async function addProving(db: Kysely<Schema>): Promise<void> {
  await sql`alter table registrations add column report_type text`.execute(db);
  await sql`alter table registrations drop constraint registrations_state_check`.execute(db);
  await sql`alter table registrations add constraint registrations_state_check check (state in
    ('received','proved','verified','simulated','journalled','sent','mined','confirmed','refused','failed'))`.execute(
    db,
  );
  await provingRequests.execute(db);
  await provingSessions.execute(db);
}

// Two relayers that both believed to act left two; the one with the lower nonce is the one to watch.
const closeSecondOpen = sql`
  update transactions set state = 'lost' where state = 'open' and exists (
    select from transactions as first
    where first.registration_id = transactions.registration_id and first.state = 'open'
      and (first.nonce, first.id) < (transactions.nonce, transactions.id))`;

// Whoever acts, and however often: a registration is paid for once.
const oneOpenPerRegistration = sql`
  create unique index transactions_open_registration on transactions (registration_id)
    where state = 'open'`;

async function boundOpenTransactions(db: Kysely<Schema>): Promise<void> {
  await closeSecondOpen.execute(db);
  await oneOpenPerRegistration.execute(db);
}

// Signatures and what lies beside a quote have other spellings, which anybody can make of evidence that he sees: a quote
// is recorded once. Only what the registry would take holds it, so that nothing made up stands in the way of the rest.
const oneLivePerQuote = sql`
  create unique index registrations_live_quote on registrations (quote_hash)
    where state not in ('refused', 'failed')`;

// Each answer of an agent is another quote, and the registry takes but the newest of a machine.
const oneOpenPerAgent = sql`
  create unique index registrations_open_agent on registrations (agent_key)
    where state not in ('confirmed', 'refused', 'failed')`;

/** Columns of their own: what is under way from before keeps to what held for it. */
async function addClaims(db: Kysely<Schema>): Promise<void> {
  await sql`alter table registrations add column quote_hash text, add column agent_key text`.execute(db);
  await oneLivePerQuote.execute(db);
  await oneOpenPerAgent.execute(db);
}

export const migrations: Record<string, Migration> = {
  "0001_registrations": { up: (db: Kysely<Schema>) => createTables(db) },
  "0002_own_transactions": { up: (db: Kysely<Schema>) => allowOwnTransactions(db) },
  "0003_reverted_form": { up: (db: Kysely<Schema>) => noteRevertedForm(db) },
  "0004_proving": { up: (db: Kysely<Schema>) => addProving(db) },
  "0005_one_open_transaction": { up: (db: Kysely<Schema>) => boundOpenTransactions(db) },
  "0006_claims": { up: (db: Kysely<Schema>) => addClaims(db) },
};
