-- Tables of every room, and the roles that may touch them.
-- Roles are shared by a whole PostgreSQL cluster; each program logs in as its own.

do $$
declare name text;
begin
  foreach name in array array[
    'rempart_check', 'rempart_auth', 'rempart_desk', 'rempart_intake', 'rempart_guard', 'rempart_log',
    'rempart_signals', 'rempart_officer'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I login', name);
    end if;
  end loop;
  if not exists (select from pg_roles where rolname = 'rempart_gate') then
    create role rempart_gate nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'rempart_erase') then
    create role rempart_erase nologin;
  end if;
end $$;

do $$ begin
  execute format('revoke temporary, create on database %I from public', current_database());
end $$;
revoke all on schema public from public;
-- Nobody may execute what is not granted to them by name, now and in later migrations.
alter default privileges revoke execute on functions from public;

create schema registry;
create schema access;
create schema journal;
create schema gate;
create schema guard;

-- ── registry: the insured's rights ────────────────────────────────────────────────────────────────

-- One insurer (AMC). `base_load` and `visible_load` are the pointer: rows of the loads between them
-- answer. `effective_at` is when the pointer last moved: older than `max_file_age`, we do not know.
create table registry.insurer (
  id smallint generated always as identity primary key,
  amc_number text not null unique,
  name text not null,
  signing_key bytea not null,               -- Ed25519 public key, 32 bytes: signs its files
  card_key bytea,                           -- Ed25519 public key, 32 bytes: signs its card codes
  age_recipient text not null,              -- age X25519 recipient: identities are sealed to it
  max_file_age interval not null default '3 days',
  strike_off_share numeric not null default 0.05,
  printed_card_accepted boolean not null default false,
  undetermined_rule jsonb not null,         -- {"fr": …, "en": …}: what it allows when we cannot answer
  channel jsonb not null,                   -- {"fr": …, "en": …}: how to reach it
  guarantee_days smallint not null default 30,
  base_load bigint,
  visible_load bigint,
  last_sequence integer not null default 0,
  effective_at timestamptz
);

-- A product (formula) of an insurer; `definition` is read by src/guarantees `parseProduct`.
create table registry.product (
  id bigint generated always as identity primary key,
  insurer_id smallint not null references registry.insurer,
  code text not null,
  version integer not null,
  valid_from date not null,
  definition jsonb not null,
  recorded_at timestamptz not null default clock_timestamp(),
  unique (insurer_id, code, version)
);

-- One received file. Its rows answer only once the insurer's pointer has reached it.
create table registry.load (
  id bigint generated always as identity primary key,
  insurer_id smallint not null references registry.insurer,
  kind text not null check (kind in ('full', 'delta')),
  sequence integer not null,
  effective_on date not null,
  file_hash bytea not null,
  state text not null check (state in ('loading', 'held', 'effective', 'refused')),
  lines_done bigint not null default 0,
  accepted bigint not null default 0,
  rejected bigint not null default 0,
  struck_off bigint not null default 0,
  started_at timestamptz not null default clock_timestamp(),
  effective_at timestamptz,
  report jsonb,
  unique (insurer_id, sequence)
);

-- The fresh data key of (a run of) a load, wrapped to the insurer's age recipient; nobody else can open it.
create table registry.seal_key (
  id bigint generated always as identity primary key,
  insurer_id smallint not null references registry.insurer,
  load_id bigint not null references registry.load,
  wrapped bytea not null
);

-- A person of an insurer: the random reference that entries and ceilings name, kept from file to file.
create table registry.person (
  ref uuid primary key,
  insurer_id smallint not null,
  beneficiary uuid not null,                -- keyed hash of the insurer's own beneficiary id
  unique (insurer_id, beneficiary)
);

-- One version of one contract's rights for one person. `by_nir` and `by_adherent` are blind indexes.
create table registry.right_row (
  id bigint generated always as identity primary key,
  insurer_id smallint not null,
  load_id bigint not null,
  person uuid not null,
  contract uuid not null,                   -- keyed hash of the contract number
  by_nir uuid not null,
  by_adherent uuid not null,
  product_code text not null,
  csr text not null,
  convention_type text not null,
  contract_order smallint not null,         -- 1 first insurer, 2 second (surcomplémentaire)
  valid_from date not null,
  valid_to date,
  card_from date not null,
  card_to date not null,
  domains text[] not null,
  domain_from date[] not null,
  domain_to date[] not null,                -- null element: until the contract's end
  responsible boolean not null,
  c2s boolean not null,
  regime text not null,                     -- 'general' | 'alsace-moselle' | …
  seal_key bigint not null,
  sealed bytea not null                     -- identity, sealed to the insurer, bound to this row
);
create index right_row_by_nir on registry.right_row (by_nir);
create index right_row_by_adherent on registry.right_row (by_adherent);
create index right_row_person on registry.right_row (person);

-- A card code in circulation: its random id by hash, and whom of the insurer's own it stands for. Revoked at once.
create table registry.card (
  id uuid primary key,                      -- first 128 bits of SHA-256 of the card's id
  insurer_id smallint not null,
  person uuid not null,
  contract uuid not null,
  valid_from date not null,
  valid_to date not null,
  issued_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz
);
create index card_person on registry.card (person);

-- A row that a later load replaced or struck off (insert only; acts once that load is visible).
create table registry.superseded (
  row_id bigint primary key,
  load_id bigint not null,
  insurer_id smallint not null
);

-- Lines set aside, sealed to the insurer that sent them; the report carries rule and remedy, no identity.
create table registry.rejected_line (
  load_id bigint not null,
  line_number bigint not null,
  field text not null,
  rule text not null,
  remedy jsonb not null,                    -- {"fr": …, "en": …}
  seal_key bigint not null,
  sealed bytea not null,
  primary key (load_id, line_number, field)
);

-- ── access: who is calling ────────────────────────────────────────────────────────────────────────

-- `peer_group`: doctor, nurse, physiotherapist, dentist, optician, transporter, pharmacy, laboratory,
-- hospital, centre. `asks_as_establishment`: hospitals, laboratories, centres, transporters.
create table access.establishment (
  id bigint generated always as identity primary key,
  identifier text not null unique,          -- FINESS (9) or SIRET (14)
  name text not null,
  town text not null default '',
  peer_group text not null,
  asks_as_establishment boolean not null,
  valid_from date not null,
  valid_to date
);

create table access.professional (
  id bigint generated always as identity primary key,
  rpps text not null unique,
  peer_group text not null,
  valid_from date not null,
  valid_to date
);

create table access.activity (
  professional_id bigint not null references access.professional,
  establishment_id bigint not null references access.establishment,
  valid_from date not null,
  valid_to date,
  primary key (professional_id, establishment_id, valid_from)
);

create table access.convention (
  establishment_id bigint not null references access.establishment,
  insurer_id smallint not null references registry.insurer,
  valid_from date not null,
  valid_to date,
  primary key (establishment_id, insurer_id, valid_from)
);

-- A file of the directory, by day; replayed or older ones are refused.
create table access.directory_load (
  kind text not null,                       -- 'establishments' | 'professionals' | 'activities' | 'conventions'
  sequence integer not null,
  file_hash bytea not null,
  loaded_at timestamptz not null default clock_timestamp(),
  rows bigint not null,
  primary key (kind, sequence)
);

-- One key of one software in one establishment (or of one insurer's system), or the portal as that
-- establishment's people use it (no key: each sign-in brings its own). The client id is `client_id`.
create table access.installation (
  id bigint generated always as identity primary key,
  client_id uuid not null unique default gen_random_uuid(),
  kind text not null check (kind in ('software', 'portal', 'insurer')),
  establishment_id bigint references access.establishment,
  responsible_id bigint references access.professional,   -- null where the establishment itself asks
  insurer_id smallint references registry.insurer,
  vendor text not null,
  software text not null,
  jwk jsonb,                                -- public key (P-256), set by enrolment
  state text not null default 'pending' check (state in ('pending', 'active', 'suspended', 'closed')),
  frozen_at timestamptz,                    -- from then on; later than now while an on-call operator lifted it
  unproven_frozen_at timestamptz,           -- only its questions without presence
  created_at timestamptz not null default clock_timestamp(),
  check ((kind in ('software', 'portal')) = (establishment_id is not null)),
  check ((kind = 'insurer') = (insurer_id is not null))
);

create table access.enrolment_code (
  code_hash uuid primary key,               -- first 128 bits of SHA-256
  installation_id bigint not null references access.installation,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- A pseudonymous user of one installation, made on its first question; optionally a professional's own.
create table access.app_user (
  id bigint generated always as identity primary key,
  installation_id bigint not null references access.installation,
  pseudonym text not null,
  professional_id bigint references access.professional,
  responsible_id bigint references access.professional,   -- of a member of staff: who answers for them
  step_up_from timestamptz,                 -- the guard wants a touch newer than this before questions without presence
  watched_until timestamptz,                -- after a freeze: a touch at every tenth person told of without presence
  watched_told int not null default 0,      -- since the last touch asked for
  frozen_at timestamptz,                    -- from then on; later than now while an on-call operator lifted it
  unproven_frozen_at timestamptz,           -- only questions without presence
  first_seen timestamptz not null default clock_timestamp(),
  unique (installation_id, pseudonym)
);

-- One opening of the portal by one person: a key made in the browser, and what a person's own means (Pro Santé
-- Connect, or a passkey within the hours it opened) said about that key. The authorization server writes `evidence`;
-- only the gate, after the answering side verified it, sets who it is (docs/decisions/portal-sign-in.md).
create table access.sign_in (
  id uuid primary key default gen_random_uuid(),
  jkt uuid not null,                        -- first 128 bits of the browser key's thumbprint
  installation_id bigint not null references access.installation,
  evidence jsonb,                           -- emptied once verified
  started_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  last_seen_at timestamptz not null default clock_timestamp(),
  confirmed_at timestamptz,
  ended_at timestamptz,
  how text check (how in ('psc', 'passkey')),
  level text,                               -- acr of Pro Santé Connect, or 'passkey'
  psc_at timestamptz,                       -- when Pro Santé Connect last said who it is
  stepped_up_at timestamptz,
  stepped_up_by bigint,                     -- passkey
  pseudonym text,
  user_id bigint references access.app_user,
  shown_as text                             -- name on the screen; removed with the sign-in's end
);
create index sign_in_user on access.sign_in (user_id, started_at);

-- An access token in force. The gate reads the caller from this row, never from the caller's word.
create table access.session (
  secret_hash uuid primary key,             -- first 128 bits of SHA-256(token)
  installation_id bigint not null references access.installation,
  jkt uuid not null,                        -- first 128 bits of the key's RFC 7638 SHA-256 thumbprint
  payload jsonb not null,                   -- the authorization server's own record, without the token
  sign_in_id uuid references access.sign_in on delete cascade,
  issued_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
create index session_expiry on access.session (expires_at);
create index session_sign_in on access.session (sign_in_id) where sign_in_id is not null;

-- What the authorization server must remember besides (replay of client assertions and the like).
create table access.artifact (
  kind text not null,
  id_hash uuid not null,
  payload jsonb not null,
  expires_at timestamptz,
  primary key (kind, id_hash)
);
create index artifact_grant on access.artifact ((payload->>'grantId')) where payload ? 'grantId';

-- A passkey of one user, enrolled after a fresh Pro Santé Connect sign-in.
create table access.passkey (
  id bigint generated always as identity primary key,
  user_id bigint not null references access.app_user,
  credential_id text not null unique,       -- base64url
  public_key bytea not null,                -- COSE
  sign_count bigint not null,
  single_device boolean not null,
  backed_up boolean not null,
  enrolled_at timestamptz not null default clock_timestamp(),
  last_used_at timestamptz,
  lost_at timestamptz,                      -- said to be lost: works no more, and after a day no longer guards the next one
  removed_at timestamptz
);
create index passkey_user on access.passkey (user_id);

-- What a person must hear by another channel than the one it happened in; the operator's own means deliver it.
create table access.notice (
  id bigint generated always as identity primary key,
  user_id bigint not null references access.app_user,
  kind text not null check (kind in ('first-passkey', 'further-passkey', 'passkeys-lost', 'frozen-by-person')),
  at timestamptz not null default clock_timestamp(),
  delivered_at timestamptz,
  channel text
);
create index notice_waiting on access.notice (id) where delivered_at is null;

-- A member of staff, invited by who answers for them; `identity` is set by their own first sign-in.
create table access.staff (
  id bigint generated always as identity primary key,
  establishment_id bigint not null references access.establishment,
  responsible_id bigint not null references access.professional,
  code_hash uuid not null unique,
  invited_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  identity uuid,                            -- keyed hash of the national id
  removed_at timestamptz
);
create unique index staff_identity on access.staff (establishment_id, identity) where removed_at is null;

-- ── journal: what was told to whom ────────────────────────────────────────────────────────────────

-- INSERT only. Names nobody: the person is a random reference, the caller a row number of `access`.
create sequence journal.entry_id;
create table journal.entry (
  id bigint primary key,
  version smallint not null default 1,
  at timestamptz not null,
  salt uuid not null default gen_random_uuid(),
  session uuid,
  installation_id bigint,
  establishment_id bigint,
  user_id bigint,
  professional_id bigint,
  purpose text not null,                    -- 'ask' | 'guarantee' | 'refusals' | 'freeze' | 'unfreeze' | 'settle'
  outcome text not null,
  insurer_id smallint,
  domain text,
  care_date date,
  presence text,                            -- 'none' | 'declared' | 'known' | 'card'
  person uuid,                              -- set when the register was told of: disclosed
  row_id bigint,
  parameters text,                          -- version of the AMO parameters
  fields integer not null default 0,        -- bit set, docs/formats/journal-entry.md
  detail text                               -- reason words of an operator, counts: never an identity
);
create index entry_person on journal.entry (person) where person is not null;
create index entry_installation on journal.entry (installation_id, at);

-- Refusals that must not fill the journal: counted by minute, caller (0 before a valid proof) and reason;
-- the first of each is an entry.
create table journal.refusal (
  minute timestamptz not null,
  installation_id bigint not null,
  reason text not null,
  count bigint not null,
  primary key (minute, installation_id, reason)
);

-- Only the erasing functions of migration 0010 may delete, and they journal it; nobody updates.
create function journal.refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_user = 'rempart_erase' then return null; end if;
  raise exception 'the journal only grows' using errcode = 'RPJ01';
end $$;
create trigger entry_only_grows before update or delete or truncate on journal.entry
  for each statement execute function journal.refuse_change();

-- ── guard: ceilings as dated data ─────────────────────────────────────────────────────────────────

-- Distinct persons (class u unproven = none and declared together, k known, c card) or misses (m) that a
-- scope may be told in a sliding window. Scope: a who asks (professional, or user), i installation,
-- e establishment, b what one installation asks in batches; v vendor and p platform only alarm. A scope without a row is bounded by the one above it.
create table guard.ceiling (
  peer_group text not null,
  scope "char" not null check (scope in ('a', 'i', 'e', 'b', 'v', 'p')),
  class "char" not null check (class in ('u', 'k', 'c', 'm')),
  valid_from date not null,
  per_minute integer not null,
  per_hour integer not null,
  per_day integer not null,
  per_month integer not null,
  source text not null,
  primary key (peer_group, scope, class, valid_from)
);

-- What the guard needs of a question without proof of presence, beside its entry: keyed hashes that say "again" and
-- "near" and nothing else. Swept after 40 days.
create table guard.trace (
  entry_id bigint primary key,
  at timestamptz not null,
  user_id bigint,
  installation_id bigint not null,
  insurer_id smallint not null,
  outcome text not null,
  who uuid,                                 -- the same identity again, whatever the insurer
  area uuid,                                -- same sex, birth month and commune; or the same run of adhérent numbers
  root uuid,                                -- same NIR, or same adhérent number
  place uuid,                               -- same commune of birth
  device uuid,                              -- the key that signed
  network uuid                              -- the network it was used from, when known
);
create index trace_age on guard.trace (at);

-- ── gate: what a decision needs to remember ───────────────────────────────────────────────────────

-- Sliding counts of one subject: p professional, u user, i installation, b its batches, e establishment.
-- Each ring holds 7 × 10 s, 13 × 5 min, 25 × 1 h, 31 × 1 day (76 buckets), newest last in each part, then the four sums.
create table gate.meter (
  scope "char" not null,
  subject bigint not null,
  u int[] , u_at timestamptz,
  k int[] , k_at timestamptz,
  c int[] , c_at timestamptz,
  m int[] , m_at timestamptz,
  raised_percent smallint,                  -- of the ceiling of class u, until raised_until
  raised_until timestamptz,
  since timestamptz,                        -- of an account that still grows: its first question
  confirmed int not null default 0,         -- uses that settlement confirmed meanwhile
  primary key (scope, subject)
) with (fillfactor = 50);

-- Whom an establishment was told of today, and by which hands: keeps a repeat in its slot.
create table gate.told (
  establishment_id bigint not null,
  day date not null,
  person uuid not null,
  class "char" not null,
  askers bigint[] not null,                 -- users; professionals as negative numbers
  installations bigint[] not null,
  primary key (establishment_id, day, person, class)
);

-- Proofs of possession seen in the last minutes: a replay finds its row here.
create table gate.proof (
  id uuid primary key,                      -- keyed by thumbprint and jti
  at timestamptz not null
);

-- A question's idempotency key, for 24 hours.
create table gate.retry (
  installation_id bigint not null,
  key uuid not null,
  digest uuid not null,
  entry_id bigint not null,
  at timestamptz not null,
  primary key (installation_id, key)
);

-- A guarantee: the insurer's commitment. Its number is its entry's.
create table gate.guarantee (
  entry_id bigint primary key,
  state text not null default 'given' check (state in ('given', 'used', 'cancelled')),
  insurer_id smallint not null,
  establishment_id bigint not null,
  installation_id bigint not null,
  person uuid not null,
  row_id bigint not null,
  domain text not null,
  care_date date not null,
  expires_on date not null,
  terms jsonb,                              -- the invoice lines asked about, as they were
  given_at timestamptz not null,
  used_on date,
  used_amount_cents bigint,
  settled_at timestamptz,
  cancelled_at timestamptz,
  cancel_reason text,
  parameters text                           -- set when its entry is erased before it: it must be reproduced without
);

-- How often a card code was shown, by establishment and day: beyond a usual rhythm it proves nothing.
create table gate.card_use (
  card uuid not null,
  establishment_id bigint not null,
  day date not null,
  count int not null,
  primary key (card, day, establishment_id)
);

-- Persons whose care here a settlement confirmed, found by blind index: presence `known`.
create table gate.known (
  establishment_id bigint not null,
  identity uuid not null,                   -- a row's by_nir or by_adherent
  last_care date not null,
  primary key (establishment_id, identity)
);
